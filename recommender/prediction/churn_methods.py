"""Ways to tell whether somebody will not order again: each learned from a table of features, each giving log-odds."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from recommender.interactions import Float64s
from recommender.prediction.buytilldie import WEEK, BuyTillDie, Rhythms, fit_buy_till_die
from recommender.prediction.calibration import Calibration, fit_calibration
from recommender.prediction.features import NAMES
from recommender.prediction.histories import Bools
from recommender.prediction.predictor import Arrays
from recommender.prediction.trees import Trees

SURE: Final = 12.0  # log-odds
RFM: Final = ("days_since_last", "days_since_first", "occasions", "spent")
AT: Final = {name: NAMES.index(name) for name in NAMES}
LEAST_FOR_TREES: Final = 200  # rows
ALL_STRENGTH: Final = 0.01
RFM_STRENGTH: Final = 0.03  # it serves small shops: there 1 says too much, and with thousands of rows it is all one


class Method(Protocol):
    """A fitted way to tell. table: float64 [people, len(NAMES)] as `features_at` counts it."""

    def log_odds(self, table: Float64s) -> Float64s:
        """Return the log-odds of no order within the horizon: float64 [people]."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        ...


@dataclass(frozen=True)
class Recency:
    """The longer ago the last order, the surer they have left: a curve over the logarithm of days."""

    curve: Calibration
    middle: float
    spread: float

    def log_odds(self, table: Float64s) -> Float64s:
        """Return the log-odds of no order within the horizon: float64 [people]."""
        return self.curve.log_odds((np.log1p(table[:, AT["days_since_last"]]) - self.middle) / self.spread)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        return {"curve": self.curve.array(), "scale": np.array([self.middle, self.spread])}

    @classmethod
    def from_arrays(cls, arrays: Arrays, _horizon: float) -> "Recency":
        """Put together again what `arrays` took apart."""
        middle, spread = arrays["scale"].astype(np.float64).tolist()
        return cls(Calibration.from_array(arrays["curve"].astype(np.float64)), middle, spread)


@dataclass(frozen=True)
class Logistic:
    """Logistic regression on logarithms of features. columns: int32 [n]. What is unknown counts as the usual.

    middle, spread, weights: float64 [n + gaps]; the last of them are of columns that say that a value is unknown.
    """

    columns: npt.NDArray[np.int32]
    middle: Float64s
    spread: Float64s
    weights: Float64s
    intercept: float

    def log_odds(self, table: Float64s) -> Float64s:
        """Return the log-odds of no order within the horizon: float64 [people]."""
        rows = _standard(_logarithms(table, self.columns), self.middle, self.spread)
        return np.clip(rows @ self.weights + self.intercept, -SURE, SURE)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        linear = np.stack([self.middle, self.spread, self.weights])
        return {"columns": self.columns, "linear": linear, "intercept": np.array(self.intercept)}

    @classmethod
    def from_arrays(cls, arrays: Arrays, _horizon: float) -> "Logistic":
        """Put together again what `arrays` took apart."""
        middle, spread, weights = arrays["linear"].astype(np.float64)
        return cls(arrays["columns"].astype(np.int32), middle, spread, weights, float(arrays["intercept"].item()))


@dataclass(frozen=True)
class Boosted:
    """Boosted trees on every feature."""

    trees: Trees

    def log_odds(self, table: Float64s) -> Float64s:
        """Return the log-odds of no order within the horizon: float64 [people]."""
        return np.clip(self.trees.predict(table), -SURE, SURE)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        return self.trees.arrays()

    @classmethod
    def from_arrays(cls, arrays: Arrays, _horizon: float) -> "Boosted":
        """Put together again what `arrays` took apart."""
        return cls(Trees.from_arrays(arrays))


@dataclass(frozen=True)
class Leaving:
    """MBG/NBD (`buytilldie.py`), asked for no order within the horizon, in days."""

    fitted: BuyTillDie
    horizon_days: float

    def log_odds(self, table: Float64s) -> Float64s:
        """Return the log-odds of no order within the horizon: float64 [people]."""
        none = self.fitted.none(_rhythms(table), self.horizon_days)
        return np.clip(logit(np.clip(none, 1e-9, 1 - 1e-9)), -SURE, SURE)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        one = self.fitted
        return {"parameters": np.array([one.r, one.alpha, one.a, one.b])}

    @classmethod
    def from_arrays(cls, arrays: Arrays, horizon: float) -> "Leaving":
        """Put together again what `arrays` took apart."""
        r, alpha, a, b = arrays["parameters"].astype(np.float64).tolist()
        return cls(BuyTillDie(r, alpha, a, b, may_leave_at_once=True), horizon)


def fit_recency(table: Float64s, is_gone: Bools) -> Recency:
    """Fit the plainest rule."""
    days = np.log1p(table[:, AT["days_since_last"]])
    middle, spread = float(days.mean()), float(max(days.std(), 1e-3))
    return Recency(fit_calibration((days - middle) / spread, is_gone, faith=2.0), middle, spread)


def fit_rfm(table: Float64s, is_gone: Bools, *, strength: float = RFM_STRENGTH) -> Logistic:
    """Fit logistic regression on recency, frequency, money and how long somebody has been here.

    strength: how freely it follows the data, scikit-learn's C.
    """
    return _fit_logistic(table, is_gone, np.array([AT[name] for name in RFM], np.int32), strength)


def fit_all(table: Float64s, is_gone: Bools) -> Logistic:
    """Fit logistic regression on every feature, held back strongly."""
    return _fit_logistic(table, is_gone, np.arange(len(NAMES), dtype=np.int32), ALL_STRENGTH)


def fit_boosted(table: Float64s, is_gone: Bools, *, seed: int) -> Boosted | None:
    """Fit boosted trees (Friedman 2001); None where there are too few rows for them."""
    if min(is_gone.sum(), (~is_gone).sum()) < LEAST_FOR_TREES / 4 or len(table) < LEAST_FOR_TREES:
        return None
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=int(np.clip(len(table) / 50, 20, 100)),
        l2_regularization=10.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )
    told = np.where(np.isnan(table).all(axis=0), 0.0, table)  # a feature nobody has yet cannot be cut anywhere
    return Boosted(Trees.from_sklearn(model.fit(told, is_gone)))


def fit_leaving(table: Float64s, horizon_days: float) -> Leaving | None:
    """Fit MBG/NBD on one day's table; None where too few came back."""
    fitted = fit_buy_till_die(_rhythms(table), may_leave_at_once=True)
    return None if fitted is None else Leaving(fitted, horizon_days)


def _rhythms(table: Float64s) -> Rhythms:
    age = table[:, AT["days_since_first"]]
    last = np.maximum(age - table[:, AT["days_since_last"]], 0.0)
    repeats = np.maximum(table[:, AT["occasions"]] - 1, 0.0)
    return Rhythms(repeats, np.where(repeats > 0, last, 0.0) / WEEK, age / WEEK, np.ones(len(table), np.bool_))


def _fit_logistic(table: Float64s, is_gone: Bools, columns: npt.NDArray[np.int32], strength: float) -> Logistic:
    rows = _logarithms(table, columns)
    known = np.isfinite(rows)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, rows, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (rows - middle) ** 2, 0.0).sum(axis=0) / count)
    spread = np.where(spread > 1e-6, spread, 1.0)
    model = LogisticRegression(C=strength, max_iter=500).fit(_standard(rows, middle, spread), is_gone)
    return Logistic(columns, middle, spread, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def _logarithms(table: Float64s, columns: npt.NDArray[np.int32]) -> Float64s:
    """Return logarithms of the columns, and beside them whether two gaps could be measured."""
    gaps = np.isnan(table[:, [AT["mean_gap"], AT["gap_spread"]]]).astype(np.float64)
    rows = np.log1p(np.maximum(table[:, columns], 0.0))
    return np.concatenate([rows, gaps], axis=1) if len(columns) > len(RFM) else rows


def _standard(rows: Float64s, middle: Float64s, spread: Float64s) -> Float64s:
    scaled = (rows - middle) / spread
    return np.where(np.isfinite(scaled), scaled, 0.0)
