"""Cuts in time. The holdout always lies strictly after everything that was trained on.

A shuffled split would let a ranker look at the future it is judged by.
"""

from dataclasses import dataclass

import numpy as np

from recommender.errors import TooFewInteractions
from recommender.interactions import Int32s, Interactions

DAY = 86_400
LONGEST_WINDOW_DAYS = 30
SHORTEST_WINDOW_DAYS = 7
LEAST_JUDGES = 20  # people who bought before and in the window; fewer tell nothing


@dataclass(frozen=True)
class Windows:
    """Moments in unix seconds: learn before `validation_start`, weigh until `test_start`, judge until `end`."""

    validation_start: int
    test_start: int
    end: int

    @property
    def days(self) -> float:
        """The length of the test window in days."""
        return (self.end - self.test_start) / DAY


def choose_windows(interactions: Interactions) -> Windows:
    """Choose two equal windows at the end of the history: 30 days, less where the history is short.

    Raises TooFewInteractions, saying how much is missing, when fewer than LEAST_JUDGES known users acted both before
    and in the test window, or when fewer than four windows of history would remain.
    """
    if not len(interactions):
        raise TooFewInteractions("No order has come in yet.")
    first, last = int(interactions.occurred_at[0]), int(interactions.occurred_at[-1])
    history_days = (last - first) / DAY
    length = int(min(LONGEST_WINDOW_DAYS, history_days / 6))
    if length < SHORTEST_WINDOW_DAYS:
        need = int(6 * SHORTEST_WINDOW_DAYS - history_days) + 1
        raise TooFewInteractions(
            f"The order history is {history_days:.0f} days long; about {need} days more are needed."
        )
    end = last + 1
    windows = Windows(end - 2 * length * DAY, end - length * DAY, end)
    judges = len(judging_users(interactions, windows.test_start, windows.end))
    if judges < LEAST_JUDGES:
        raise TooFewInteractions(
            f"Only {judges} people bought both before and in the last {length} days; {LEAST_JUDGES} are needed."
        )
    return windows


def judging_users(interactions: Interactions, start: int, end: int) -> Int32s:
    """Return the known users who acted both before `start` and in [start, end), int32, ascending."""
    known = interactions.of_known_users()
    before = np.unique(known.user[known.occurred_at < start])
    during = np.unique(known.user[(known.occurred_at >= start) & (known.occurred_at < end)])
    return np.intersect1d(before, during)
