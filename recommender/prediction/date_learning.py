"""What the dates of next orders are learned from: earlier days of the shop whose whole window has passed."""

from dataclasses import replace
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from recommender.interactions import Float64s, Int32s
from recommender.prediction.dates import RULES, TREES, NextOrder
from recommender.prediction.features import features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.returning import fit_returning
from recommender.prediction.trees import Trees
from recommender.prediction.waits import QUANTILES, fit_rhythm

LEARNED_DAYS: Final = 4  # earlier days learned from, a third of a window apart
MOST_ROWS: Final = 60_000
LEAST_RETURNS: Final = 5
LEAST_FOR_TREES: Final = 50


def _earlier_days(past: Purchases, now: float, window: float) -> list[float]:
    first = float(past.day.min()) if len(past) else now
    days = [now - window * (1 + n / 3) for n in range(LEARNED_DAYS)]
    return [day for day in days if day >= first + window / 2]


def waits_after(past: Purchases, day: float, window: float, rows: Int32s) -> Float64s:
    """Return days from `day` until each of `rows` ordered again: inf where they did not within the window."""
    later = past.between(day, day + window)
    soonest = np.full(past.customer_count, np.inf)
    np.minimum.at(soonest, later.customer, later.day)
    waits: Float64s = soonest[rows] - day
    return waits


def learn(past: Purchases, now: float, window: float, *, seed: int) -> dict[str, NextOrder]:
    """Fit every method on earlier days whose whole window lies before `now`; none where hardly anybody came back."""
    found = [(day, features_at(past, day)) for day in _earlier_days(past, now, window)]
    if not found:
        return {}
    table = np.concatenate([one.table for _, one in found])
    waits = np.concatenate([waits_after(past, day, window, one.rows) for day, one in found])
    if len(waits) > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(waits), MOST_ROWS, replace=False))
        table, waits = table[chosen], waits[chosen]
    is_back = np.isfinite(waits)
    rhythm = fit_rhythm(past, now, waits[is_back], window)
    if rhythm is None or is_back.sum() < LEAST_RETURNS:
        return {}
    typical = np.array(
        [np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 0 for column in table.T]
    )
    base = NextOrder("", rhythm, fit_returning(table, waits, window), typical)
    methods = {name: replace(base, method=name) for name in RULES}
    if is_back.sum() >= LEAST_FOR_TREES:
        trees = tuple(_boost(table[is_back], waits[is_back], quantile, seed=seed) for quantile in QUANTILES)
        methods[TREES] = replace(base, method=TREES, trees=trees)
    return methods


def _boost(table: Float64s, waits: Float64s, quantile: float, *, seed: int) -> Trees:
    model = HistGradientBoostingRegressor(
        loss="quantile",
        quantile=quantile,
        max_iter=60,
        learning_rate=0.05,
        max_leaf_nodes=6,
        min_samples_leaf=40,
        l2_regularization=10.0,
        early_stopping=False,
        random_state=seed,
    )
    return Trees.from_sklearn(model.fit(table, waits))
