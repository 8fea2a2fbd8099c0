"""Earlier days of a shop, seen as if they were today, and what came of them: lifetimes are learned and judged by it."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from recommender.interactions import Float64s, Int32s
from recommender.prediction.features import features_at, occasions_at
from recommender.prediction.histories import Purchases
from recommender.prediction.lifetime_expectation import Expectation, Of, fit_mended, fit_simple

STEP: Final = 30.0  # days between the days learned from
MOST_DAYS: Final = 4
MOST_PEOPLE: Final = 25_000  # learned and judged by; more say the same more slowly
LEAST_PAST: Final = 60.0  # days of orders before a day that can be learned from or judged
LEAST_ROWS: Final = 400  # people, over all days, for trees
LOWEST, HIGHEST = 0.9, 1.1  # of predicted over actual, the condition under which absolute errors are compared


@dataclass(frozen=True)
class Look:
    """One day as it was. rows: int32 [people], who had bought. table: float64 [people, features].

    fitted: what was fitted to them then, the plainest first.
    """

    rows: Int32s
    table: Float64s
    fitted: dict[Of, list[Expectation]]


@dataclass(frozen=True)
class Looks:
    """The days of one shop that were looked at; each is counted and fitted once, whatever is asked of it."""

    purchases: Purchases
    seen: dict[float, Look] = field(default_factory=dict)

    @property
    def first(self) -> float:
        """Return the day of the first order."""
        return float(self.purchases.day.min())

    def at(self, day: float) -> Look:
        """See a day (since 1970-01-01) on which somebody had bought already, as it was."""
        if day not in self.seen:
            features = features_at(self.purchases, day)
            self.seen[day] = Look(features.rows, features.table, fit_simple(features.table))
        return self.seen[day]

    def came(self, day: float, horizon_days: float, of: Of) -> Float64s:
        """Return what came of those who had bought by `day`: days with an order, or money and never below 0, [people].

        float64, in the order of `at(day).rows`.
        """
        rows = self.at(day).rows
        later = self.purchases.between(day, day + horizon_days)
        if of == "value":
            return np.maximum(later.spent()[rows], 0.0)
        days = np.zeros(self.purchases.customer_count)
        again = occasions_at(later, day + horizon_days)
        days[again.rows] = again.count
        return days[rows]

    def methods(self, now: float, horizon_days: float, of: Of, *, seed: int) -> dict[str, Expectation]:
        """Fit every method to what was known at `now`; by name, the plainest first."""
        methods = {one.name: one for one in self.at(now).fitted[of]}
        timing = methods.get("buy_till_die")
        if timing is None:
            return methods
        lessons = [
            (fitted[-1], look.table, self.came(day, horizon_days, of))
            for day in self._days(now, horizon_days)
            if len(fitted := (look := self.at(day)).fitted[of]) > 1
        ]
        came = sum(float(one.sum()) for *_, one in lessons)
        if came > 0 and sum(len(one) for *_, one in lessons) >= LEAST_ROWS:
            mended = fit_mended(timing, lessons, horizon_days, seed=seed)
            methods[mended.name] = mended
        return methods

    def _days(self, now: float, horizon_days: float) -> list[float]:
        """Return up to four days whose horizon ended before `now`, the latest first, each with some history."""
        days = [now - horizon_days - STEP * one for one in range(MOST_DAYS)]
        return [day for day in days if day - self.first >= LEAST_PAST]


def look_at(purchases: Purchases) -> Looks:
    """Begin to look at a shop with orders: at everybody, or at every so-manieth person where they are very many."""
    rank = np.cumsum(purchases.counts() > 0) - 1
    step = -(-int(rank[-1] + 1) // MOST_PEOPLE)
    return Looks(purchases if step == 1 else purchases.where(rank[purchases.customer] % step == 0))


def same_sum(expected: Float64s, came: Float64s) -> Float64s:
    """Bring predicted over actual into [0.9, 1.1], no further than needed: a prediction of nothing errs little."""
    if came.sum() <= 0 or expected.sum() <= 0:
        return expected
    ratio = expected.sum() / came.sum()
    scaled: Float64s = expected * (np.clip(ratio, LOWEST, HIGHEST) / ratio)
    return scaled
