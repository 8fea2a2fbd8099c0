"""The predictor of leaving: the chance that somebody does not order again within the horizon, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s
from recommender.prediction.calibration import BINS, UNCHANGED, Calibration
from recommender.prediction.churn_methods import AT, Boosted, Leaving, Logistic, Method, Recency
from recommender.prediction.features import HALF_LIVES, NAMES, WINDOWS, features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Arrays, Estimate, Reason, strongest

RECENCY: Final = "churn_recency"
RFM_LOGISTIC: Final = "churn_rfm"
EVERYTHING: Final = "churn_features"
TREES: Final = "churn_trees"
LEAVING: Final = "churn_mbg_nbd"
AVERAGE: Final = "churn_average"

SINGLE: Final[Mapping[str, Callable[[Arrays, float], Method]]] = {
    RECENCY: Recency.from_arrays,
    RFM_LOGISTIC: Logistic.from_arrays,
    EVERYTHING: Logistic.from_arrays,
    TREES: Boosted.from_arrays,
    LEAVING: Leaving.from_arrays,
}

REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "days_since_last": ("days_since_last", "last_share"),
    "days_since_first": ("days_since_first",),
    "overdue": ("overdue", "overdue_longest"),
    "mean_gap": ("mean_gap", "gap_spread", "last_gap", "longest_gap"),
    "occasions": ("occasions", "second_half"),
    "occasions_90": (*(f"occasions_{days}" for days in WINDOWS), *(f"pace_{days}" for days in HALF_LIVES)),
    "spent": ("spent", *(f"spent_{days}" for days in WINDOWS[1:4])),
    "mean_amount": ("mean_amount", "last_amount", "largest_amount"),
}
"""What can be a reason, and the features that say the same in other words: they are taken away together."""

CERTAIN: Final = 1.2816  # standard deviations on either side of which 80 % lie


@dataclass(frozen=True)
class Churn:
    """One method, or the average of the log-odds of several, with its calibration.

    members: by name of SINGLE. typical: float64 [len(NAMES)], medians of the shop. usual: share of people who did not
    order again. judges: how many people the calibration rests on.
    """

    method: str
    members: Mapping[str, Method]
    horizon_days: float
    typical: Float64s
    usual: float
    curve: Calibration = UNCHANGED
    judges: int = 0

    @property
    def name(self) -> str:
        """Name the method, the same in reports and artifacts."""
        return self.method

    def score(self, table: Float64s) -> Float64s:
        """Return log-odds before calibration: float64 [people]. table: float64 [people, len(NAMES)]."""
        told: Float64s = np.mean([one.log_odds(table) for one in self.members.values()], axis=0)
        return told

    def chances(self, table: Float64s) -> Float64s:
        """Return the probability of no order within the horizon: float64 [people]."""
        return self.curve.chance(self.score(table))

    def predict(self, purchases: Purchases, now: float) -> Estimate:
        """Estimate for every customer, float64 [customer_count]; who never ordered gets what is usual here.

        The interval is of the chance itself: how far the share of a tenth of the judges could lie off by luck.
        """
        found = features_at(purchases, now)
        value = np.full(purchases.customer_count, self.usual)
        is_known = np.zeros(purchases.customer_count, np.bool_)
        is_known[found.rows] = True
        if len(found.rows):
            value[found.rows] = self.chances(found.table)
        off = CERTAIN * np.sqrt((value * (1 - value) + 0.01) / (self.judges / BINS + 1))
        return Estimate(value, np.maximum(value - off, 0.0), np.minimum(value + off, 1.0), is_known)

    def explain(self, purchases: Purchases, now: float, customers: Int32s) -> list[tuple[Reason, ...]]:
        """Return what moves each customer's chance most: each reason in turn replaced by what is typical here."""
        found = features_at(purchases, now)
        place = np.full(purchases.customer_count, -1)
        place[found.rows] = np.arange(len(found.rows))
        at = place[customers]
        table = found.table[at[at >= 0]]
        effects = self.effects(table) if len(table) else np.empty((0, len(REASONS)))
        told = iter([self._reasons(row, moved) for row, moved in zip(table, effects, strict=True)])
        return [next(told) if one >= 0 else () for one in at.tolist()]

    def effects(self, table: Float64s) -> Float64s:
        """Return the chance minus the chance without each reason: float64 [people, len(REASONS)]."""
        said = self.chances(table)
        return np.stack([said - self.chances(self.without(table, reason)) for reason in REASONS], axis=1)

    def without(self, table: Float64s, reason: str) -> Float64s:
        """Return the table with one of REASONS replaced by what is typical here."""
        columns = [AT[name] for name in REASONS[reason]]
        plain = table.copy()
        plain[:, columns] = self.typical[columns]
        return plain

    def _reasons(self, row: Float64s, effects: Float64s) -> tuple[Reason, ...]:
        said = [(name, float(row[AT[name]]), float(self.typical[AT[name]])) for name in REASONS]
        told = zip(said, effects.tolist(), strict=True)
        return strongest([Reason(*one, effect) for one, effect in told if np.isfinite(one[1]) and one[1] != one[2]])

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact."""
        members = {f"{name}/{key}": array for name, one in self.members.items() for key, array in one.arrays().items()}
        return {
            "method": np.array(self.method),
            "members": np.array(list(self.members)),
            "numbers": np.array([self.horizon_days, self.usual, self.judges]),
            "typical": self.typical,
            "calibration": self.curve.array(),
            **members,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Churn":
        """Put together again what `arrays` took apart. Raises KeyError or ValueError where something is missing."""
        horizon, usual, judges = arrays["numbers"].astype(np.float64).tolist()
        typical = arrays["typical"].astype(np.float64)
        if len(typical) != len(NAMES):
            raise ValueError("The predictor was learned from other features than there are now.")
        members = {
            name: SINGLE[name](
                {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")},
                horizon,
            )
            for name in arrays["members"].tolist()
        }
        curve = Calibration.from_array(arrays["calibration"].astype(np.float64))
        return cls(str(arrays["method"]), members, horizon, typical, usual, curve, int(judges))
