"""Will somebody order again at all: the chance within a window, and within a year, from how long they were away.

A small logistic curve over everybody, so that it can be learned from a few dozen people. It decides who is told a date.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.interactions import Float64s
from recommender.prediction.features import NAMES
from recommender.prediction.histories import Bools

YEAR: Final = 365.0
SINCE, COUNT, AGE = (NAMES.index(name) for name in ("days_since_last", "occasions", "days_since_first"))


@dataclass(frozen=True)
class Returning:
    """weights: float64 [5] of the logistic curve. bend: how the chance grows with time, 1 is evenly, below 1 slower."""

    weights: Float64s
    bend: float
    window_days: float

    def chance(self, table: Float64s) -> Float64s:
        """Return the probability of an order within the window: float64 [people]."""
        told: Float64s = 1 / (1 + np.exp(-_rows(table) @ self.weights))
        return told

    def chance_in_a_year(self, table: Float64s) -> Float64s:
        """Carry the chance on to a year by a Weibull curve (Weibull 1951); the longest wait seen is the window."""
        longer = max(YEAR / self.window_days, 1.0) ** self.bend
        told: Float64s = 1 - (1 - self.chance(table)) ** longer
        return told


def fit_returning(table: Float64s, waits: Float64s, window_days: float) -> Returning:
    """Learn from people, float64 [n, features], and their waits, float64 [n], inf for who did not order in the window.

    The bend is read off how many waited longer than half of the window, and how many longer than all of it.
    """
    is_back = np.isfinite(waits)
    rows = _rows(table)
    if is_back.all() or not is_back.any():
        share = (is_back.sum() + 0.5) / (len(waits) + 1)
        weights = np.r_[np.log(share / (1 - share)), np.zeros(rows.shape[1] - 1)]
    else:
        weights = LogisticRegression(fit_intercept=False, max_iter=500).fit(rows, is_back).coef_[0]
    return Returning(weights, _bend(is_back, waits, window_days), window_days)


def _bend(is_back: Bools, waits: Float64s, window_days: float) -> float:
    still = [np.mean(waits > window_days / 2), 1 - is_back.mean()]
    if not 0 < still[1] < still[0] < 1:
        return 1.0
    return float(np.clip(np.log2(np.log(still[1]) / np.log(still[0])), 0.2, 1.0))


def _rows(table: Float64s) -> Float64s:
    since, count, age = (np.log1p(table[:, place]) for place in (SINCE, COUNT, AGE))
    return np.stack([np.ones(len(table)), since, count, age, since * count], axis=1)
