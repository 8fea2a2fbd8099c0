"""What a customer's orders say about them on one day, as numbers: the closed list that predictors read and explain.

Orders of one day count as one occasion. Everything is counted from orders before `now` alone, in whole days.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.interactions import Float64s, Int32s, Int64s
from recommender.prediction.histories import Purchases

WINDOWS: Final = (30, 60, 90, 180, 365)
HALF_LIVES: Final = (15, 45, 120, 300)

NAMES: Final = (
    "days_since_last",  # since the last order
    "days_since_first",  # since the first order
    "occasions",  # days with an order
    "mean_gap",  # days between two occasions, on the average; needs two
    "gap_spread",  # standard deviation of those days, relative to their mean; needs three
    "last_gap",  # days between the last two occasions
    "longest_gap",  # the longest time between two occasions
    "overdue",  # days since the last order, in mean gaps
    "overdue_longest",  # days since the last order, in longest gaps
    "last_share",  # where in their time with the shop the last order lies: 0 at the first order, 1 today
    "second_half",  # share of the occasions in the later half of their time with the shop; needs two
    *(f"occasions_{days}" for days in WINDOWS),  # occasions in the last so many days
    *(f"pace_{days}" for days in HALF_LIVES),  # occasions, each fading by half in so many days
    "spent",  # all money, returns taken off
    "mean_amount",  # money an occasion
    "last_amount",  # money of the last occasion
    "largest_amount",  # money of the largest occasion
    *(f"spent_{days}" for days in WINDOWS[1:4]),  # money in the last so many days
)
"""Every feature there is. NaN where a person's orders do not tell."""


@dataclass(frozen=True)
class Features:
    """rows: int32 [people], the customers who bought before `now`, ascending. table: float64 [people, len(NAMES)]."""

    rows: Int32s
    table: Float64s

    def column(self, name: str) -> Float64s:
        """Return one feature: float64 [people]."""
        return self.table[:, NAMES.index(name)]


@dataclass(frozen=True)
class Occasions:
    """Days with an order, person by person, oldest first. rows: int32 [people], customers in ascending order.

    who: int64 [n], the place in `rows`. ago: float64 [n], whole days, 1 and more. spent: float64 [n], never below 0.
    start: int64 [people], where each person's occasions begin. count: float64 [people], how many they are.
    """

    rows: Int32s
    who: Int64s
    ago: Float64s
    spent: Float64s
    start: Int64s
    count: Float64s

    @property
    def last(self) -> Int64s:
        """Where each person's last occasion stands: int64 [people]."""
        return self.start + self.count.astype(np.int64) - 1

    def total(self, weights: Float64s) -> Float64s:
        """Sum up weights, float64 [n], person by person."""
        return np.bincount(self.who, weights, len(self.rows)).astype(np.float64)


def occasions_at(purchases: Purchases, now: float) -> Occasions:
    """Gather the days on which each customer bought before `now` (days since 1970-01-01)."""
    past = purchases.before(now)
    day = np.floor(past.day)
    is_person = np.ones(len(past), np.bool_)
    is_person[1:] = past.customer[1:] != past.customer[:-1]
    is_day = is_person.copy()
    is_day[1:] |= day[1:] != day[:-1]
    at = np.flatnonzero(is_day)
    spent = np.add.reduceat(past.amount, at) if len(at) else past.amount
    start = np.flatnonzero(is_person[at])
    count = np.diff(start, append=len(at))
    return Occasions(
        past.customer[at][start],
        np.repeat(np.arange(len(start)), count),
        np.ceil(now) - day[at],
        np.maximum(spent, 0.0),
        start,
        count.astype(np.float64),
    )


def features_at(purchases: Purchases, now: float) -> Features:
    """Count every feature of everybody who bought before `now` (days since 1970-01-01)."""
    past = occasions_at(purchases, now)
    told = {**_tempo(past), **_windows(past), **_money(past)} if len(past.rows) else {}
    table = np.column_stack([told[name] for name in NAMES]) if told else np.empty((0, len(NAMES)))
    return Features(past.rows, table)


def _tempo(past: Occasions) -> dict[str, Float64s]:
    recency, age, count = past.ago[past.last], past.ago[past.start], past.count
    gap = np.zeros(len(past.ago))
    gap[1:] = past.ago[:-1] - past.ago[1:]
    gap[past.start] = 0.0
    repeats = np.where(count > 1, count - 1, np.nan)
    mean = (age - recency) / repeats
    spread = np.sqrt(np.maximum(past.total(gap**2) / repeats - mean**2, 0.0)) / mean
    longest = np.where(count > 1, np.maximum.reduceat(gap, past.start), np.nan)
    later = past.total((past.ago < age[past.who] / 2 + 0.5).astype(np.float64))
    return {
        "days_since_last": recency,
        "days_since_first": age,
        "occasions": count,
        "mean_gap": mean,
        "gap_spread": np.where(count > 2, spread, np.nan),
        "last_gap": np.where(count > 1, gap[past.last], np.nan),
        "longest_gap": longest,
        "overdue": recency / mean,
        "overdue_longest": recency / longest,
        "last_share": (age - recency) / age,
        "second_half": np.where(count > 1, later / count, np.nan),
    }


def _windows(past: Occasions) -> dict[str, Float64s]:
    recent = {f"occasions_{days}": past.total((past.ago <= days).astype(np.float64)) for days in WINDOWS}
    return recent | {f"pace_{days}": past.total(np.exp2(-past.ago / days)) for days in HALF_LIVES}


def _money(past: Occasions) -> dict[str, Float64s]:
    spent = past.total(past.spent)
    recent = {f"spent_{days}": past.total(past.spent * (past.ago <= days)) for days in WINDOWS[1:4]}
    return recent | {
        "spent": spent,
        "mean_amount": spent / past.count,
        "last_amount": past.spent[past.last],
        "largest_amount": np.maximum.reduceat(past.spent, past.start),
    }
