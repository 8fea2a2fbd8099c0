"""Ways to say whether a visit ends in an order: a rule on its last step, a logistic curve, boosted trees.

All read the same columns and answer log-odds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from recommender.interactions import Float64s, Int32s
from recommender.prediction.histories import Bools
from recommender.prediction.session import FEATURES, STEPS
from recommender.prediction.trees import Trees

LAST_STEP: Final = "intent_last_step"
LOGISTIC: Final = "intent_logistic"
TREES: Final = "intent_trees"
METHODS: Final = (LAST_STEP, LOGISTIC, TREES)  # the simplest first

PULL: Final = 20.0  # rows by which a step's rate is drawn to the shop's
STRENGTH: Final = 0.3  # of the logistic curve's regularisation, as scikit-learn's C
LEAST_FOR_TREES: Final = 500  # rows

AT: Final = {name: place for place, name in enumerate(FEATURES)}
COUNTED: Final = tuple(name for name in FEATURES if name not in {"last_step", "hour", "weekday"})
RISING: Final = ("distinct_items", "cart_size", "dwell", "prior_orders")  # the more, the likelier an order
FALLING: Final = ("seconds_since_last",)
DIRECTION: Final = np.zeros(len(STEPS) + len(COUNTED) + 3, np.int32)  # of each column `spread` lays out
DIRECTION[len(STEPS) : -3] = [(name in RISING) - (name in FALLING) for name in COUNTED]


class Scorer(Protocol):
    """What has learned from visits: columns in, log-odds out."""

    def predict(self, rows: Float64s) -> Float64s:
        """Return log-odds, float64 [n], for columns as `spread` makes them, float64 [n, columns]."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        ...


@dataclass(frozen=True)
class Linear:
    """Log-odds as a weighted sum. weights: float64 [columns]."""

    weights: Float64s
    offset: float

    def predict(self, rows: Float64s) -> Float64s:
        """Return log-odds, float64 [n], for float64 [n, columns]."""
        told: Float64s = rows @ self.weights + self.offset
        return told

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of."""
        return {"weights": self.weights, "offset": np.array(self.offset, np.float64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> "Linear":
        """Put together again what `arrays` took apart. Raises KeyError when one is missing."""
        return cls(arrays["weights"].astype(np.float64, copy=False), float(arrays["offset"].item()))


def spread(features: Float64s) -> Float64s:
    """Lay features of visits, float64 [n, len(FEATURES)], out in columns: float64 [n, columns].

    One column for each of STEPS, then counts and seconds by their logarithm, the hour as a point on a circle, and
    whether it is a weekend.
    """
    step = features[:, AT["last_step"], None] == np.arange(len(STEPS))
    counted = np.log1p(np.maximum(features[:, [AT[name] for name in COUNTED]], 0.0))
    angle = features[:, AT["hour"], None] * (2 * np.pi / 24)
    weekend = features[:, AT["weekday"], None] >= 5
    return np.concatenate([step, counted, np.sin(angle), np.cos(angle), weekend], axis=1).astype(np.float64)


def fit_last_step(rows: Float64s, outcome: Bools, weight: Float64s) -> Linear:
    """Learn how often a visit ends in an order after each last step, drawn to the shop's rate where there were few.

    rows: float64 [n, columns] as `spread` makes them. outcome: bool [n]. weight: float64 [n].
    """
    steps = rows[:, : len(STEPS)]
    base = (weight @ outcome + 0.5) / (weight.sum() + 1)  # inside (0, 1), whatever happened
    rate = (steps.T @ (weight * outcome) + PULL * base) / (steps.T @ weight + PULL)
    odds = np.zeros(rows.shape[1])
    odds[: len(STEPS)] = np.log(rate) - np.log1p(-rate)
    return Linear(odds, 0.0)


def fit_logistic(rows: Float64s, outcome: Bools, weight: Float64s, *, strength: float = STRENGTH) -> Linear:
    """Fit a logistic curve with a ridge (Hoerl and Kennard 1970) on columns brought to the same spread.

    rows: float64 [n, columns]. outcome: bool [n], both answers among them. weight: float64 [n].
    """
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model = LogisticRegression(C=strength, max_iter=1000).fit((rows - centre) / scale, outcome, weight)
    weights = model.coef_[0] / scale
    return Linear(weights, float(model.intercept_[0] - centre @ weights))


def fit_trees(rows: Float64s, outcome: Bools, weight: Float64s, *, direction: Int32s, seed: int) -> Trees:
    """Fit boosted trees (Friedman 2001), shallow and few. rows: float64 [n, columns]. outcome: bool [n].

    direction: int [columns], 1 where more of it can only make an order likelier, -1 where less likely, 0 where trees
    are free. What holds in every season is not unlearned from the noise of one.
    """
    model = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.08,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=10.0,
        monotonic_cst=direction,
        early_stopping=False,
        random_state=seed,
    )
    return Trees.from_sklearn(model.fit(rows, outcome, weight))


def fit_methods(rows: Float64s, outcome: Bools, weight: Float64s, *, seed: int) -> dict[str, Scorer]:
    """Fit every method there are rows enough for, by name, the simplest first."""
    told: dict[str, Scorer] = {LAST_STEP: fit_last_step(rows, outcome, weight)}
    if outcome.any() and not outcome.all():
        told[LOGISTIC] = fit_logistic(rows, outcome, weight)
        if len(rows) >= LEAST_FOR_TREES:
            told[TREES] = fit_trees(rows, outcome, weight, direction=DIRECTION, seed=seed)
    return told
