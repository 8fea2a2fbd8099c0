"""The 80 % interval around what is expected of a person, from how far earlier expectations were off.

Split conformal calibration (Vovk et al. 2005; Lei et al. 2018) within groups of people of similar expectation, on
outcomes that came after the expectation was made. Where 80 % and more of a group did not order at all, the interval is
[0, what is expected]: it then holds for more than 80 %, and nothing narrower would be a true word.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recommender.interactions import Float64s

SAID: Final = 0.8
MOST_GROUPS = 12
LEAST_GROUP = 50  # people


@dataclass(frozen=True)
class Bounds:
    """Groups by expectation, ascending: edges float64 [groups - 1] between them; low and high float64 [groups].

    low, high: the interval in multiples of the expectation plus offset.
    """

    edges: Float64s
    low: Float64s
    high: Float64s
    offset: float

    def around(self, expected: Float64s) -> tuple[Float64s, Float64s]:
        """Return low and high, float64 [people]; the expectation always lies between them."""
        group = np.searchsorted(self.edges, expected, side="right")
        low = self.low[group] * (expected + self.offset)
        high = self.high[group] * (expected + self.offset)
        return np.minimum(low, expected), np.maximum(high, expected)


def fit_bounds(expected: Float64s, came: Float64s) -> Bounds:
    """Calibrate on people of whom it is known what came: float64 [people] >= 0 each, at least one."""
    groups = int(np.clip(len(expected) // LEAST_GROUP, 1, MOST_GROUPS))
    edges = np.unique(np.quantile(expected, np.arange(1, groups) / groups))
    offset = max(float(expected.mean()) / 20, 1e-9)
    group = np.searchsorted(edges, expected, side="right")
    ratio = came / (expected + offset)
    pairs = [_pair(np.sort(ratio[group == one])) for one in range(len(edges) + 1)]
    low, high = np.array(pairs).T
    return Bounds(edges, low, high, offset)


def _pair(ratio: Float64s) -> tuple[float, float]:
    """Return the interval of one group from its ratios in ascending order: one-sided where many did not order."""
    people = len(ratio)
    if not people:
        return 0.0, 0.0
    nothing = float((ratio <= 0).mean())
    if nothing >= SAID:
        return 0.0, 0.0
    if nothing >= (1 - SAID) / 2:
        return 0.0, float(ratio[_place(SAID, people)])
    low = max(int((people + 1) * (1 - SAID) / 2) - 1, 0)
    return float(ratio[low]), float(ratio[_place((1 + SAID) / 2, people)])


def _place(share: float, people: int) -> int:
    """Return the place of the conformal quantile in an ascending row."""
    return min(int(np.ceil((people + 1) * share)), people) - 1
