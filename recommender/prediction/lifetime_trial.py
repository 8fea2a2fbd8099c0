"""Earlier days of a shop, seen as if they were today, and what came of them: lifetimes are learned and judged by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.interactions import Float64s, Int32s
from recommender.prediction.features import features_at, occasions_at
from recommender.prediction.histories import Purchases
from recommender.prediction.lifetime_expectation import Expectation, Of, fit_mended, fit_rate, fit_timing

STEP: Final = 30.0  # days between the days learned from
MOST_DAYS: Final = 4
LEAST_PAST: Final = 60.0  # days of orders before a day that can be learned from or judged
LEAST_ROWS: Final = 400  # people, over all days, for trees
LOWEST, HIGHEST = 0.9, 1.1  # of predicted over actual, the condition under which absolute errors are compared


@dataclass(frozen=True)
class Snapshot:
    """One day. rows: int32 [people], who had bought. table: float64 [people, features]. came: float64 [people]."""

    rows: Int32s
    table: Float64s
    came: Float64s


def snapshot(purchases: Purchases, day: float, horizon_days: float, of: Of) -> Snapshot:
    """See a day as it was, and what came in the horizon after it: days with an order, or money and never below 0."""
    seen = features_at(purchases, day)
    later = purchases.between(day, day + horizon_days)
    if of == "value":
        return Snapshot(seen.rows, seen.table, np.maximum(later.spent()[seen.rows], 0.0))
    days = np.zeros(purchases.customer_count)
    again = occasions_at(later, day + horizon_days)
    days[again.rows] = again.count
    return Snapshot(seen.rows, seen.table, days[seen.rows])


def days_to_learn_from(first: float, now: float, horizon_days: float) -> list[float]:
    """Return up to four days whose horizon ended before `now`, the latest first, each with some history before it."""
    days = [now - horizon_days - STEP * one for one in range(MOST_DAYS)]
    return [day for day in days if day - first >= LEAST_PAST]


def fit_methods(
    purchases: Purchases, now: float, horizon_days: float, of: Of, *, seed: int
) -> tuple[dict[str, Expectation], Float64s]:
    """Fit every method to what was known at `now`; by name, the plainest first; and the table of people then."""
    past = purchases.before(now)
    table = features_at(past, now).table
    plain = fit_rate(of, table)
    timing = fit_timing(plain, table)
    if timing is None:
        return {plain.name: plain}, table
    methods = {plain.name: plain, timing.name: timing}
    learned = [
        (fitted, one.table, one.came)
        for day in days_to_learn_from(float(past.day.min()), now, horizon_days)
        if len((one := snapshot(past, day, horizon_days, of)).rows)
        and (fitted := fit_timing(fit_rate(of, one.table), one.table)) is not None
    ]
    came = sum(float(one.sum()) for *_, one in learned)
    if came > 0 and sum(len(one) for *_, one in learned) >= LEAST_ROWS:
        mended = fit_mended(timing, learned, horizon_days, seed=seed)
        methods[mended.name] = mended
    return methods, table


def same_sum(expected: Float64s, came: Float64s) -> Float64s:
    """Bring predicted over actual into [0.9, 1.1], no further than needed: a prediction of nothing errs little."""
    if came.sum() <= 0 or expected.sum() <= 0:
        return expected
    ratio = expected.sum() / came.sum()
    scaled: Float64s = expected * (np.clip(ratio, LOWEST, HIGHEST) / ratio)
    return scaled


def sharpen(expected: Float64s, sharpness: float) -> Float64s:
    """Raise to a power and keep the sum: float64 [people]."""
    powered = np.maximum(expected, 0.0) ** sharpness
    kept: Float64s = powered * (expected.sum() / max(float(powered.sum()), 1e-300))
    return kept


def sharpest(expected: Float64s, came: Float64s, choices: Sequence[float]) -> float:
    """Return which sharpness has the least absolute error for the same sum."""
    errors = [float(np.abs(came - sharpen(same_sum(expected, came), one)).mean()) for one in choices]
    return choices[int(np.argmin(errors))]
