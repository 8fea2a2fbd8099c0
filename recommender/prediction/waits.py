"""How long somebody waits before ordering again: three plain rules, and one that pools everybody's rhythm.

All of them answer for people who do order again within a window of days; whether somebody will is another question
(`returning.py`). Each takes a table of features (`features.py`) and returns low, middle and high in days from now.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from recommender.interactions import Float64s
from recommender.prediction.features import NAMES, occasions_at
from recommender.prediction.histories import Purchases

QUANTILES: Final = (0.1, 0.5, 0.9)
LEAST_VARIANCE: Final = 0.05  # of logarithms of gaps; nobody is a clock
SINCE, COUNT, GAP = (NAMES.index(name) for name in ("days_since_last", "occasions", "mean_gap"))


@dataclass(frozen=True)
class Rhythm:
    """How people of a shop come back. window_days: as far as is looked ahead.

    mean_gap: days between occasions, over everybody. middle, within, between: mean of the logarithm of gaps, its
    variance around each person's own mean, and that of people's means. usual: float64 [3], the 10 %, 50 % and 90 %
    quantiles of the wait, from any day, of those who ordered within the window.
    """

    window_days: float
    mean_gap: float
    middle: float
    within: float
    between: float
    usual: Float64s


def fit_rhythm(purchases: Purchases, now: float, waits: Float64s, window_days: float) -> Rhythm | None:
    """Measure gaps before `now` (days since 1970-01-01) and waits seen, float64 [n] in days; None without any."""
    past = occasions_at(purchases, now)
    gap = -np.diff(past.ago)[np.diff(past.who) == 0]
    if not (len(gap) and len(waits)):
        return None
    person = past.who[1:][np.diff(past.who) == 0]
    told = np.log(gap)
    count = np.bincount(person, minlength=len(past.rows))
    own = np.bincount(person, told, len(past.rows)) / np.maximum(count, 1)
    freedom = max(int(np.maximum(count - 1, 0).sum()), 1)
    within = max(float(((told - own[person]) ** 2).sum() / freedom), LEAST_VARIANCE)
    between = max(float(told.var()) - within, LEAST_VARIANCE)
    usual = np.quantile(waits, QUANTILES)
    return Rhythm(window_days, float(gap.mean()), float(told.mean()), within, between, usual)


def usual_wait(rhythm: Rhythm, table: Float64s) -> Float64s:
    """Say the same of everybody: what is usual in this shop. float64 [people, 3]."""
    return np.broadcast_to(rhythm.usual, (len(table), 3))


def person_gap(rhythm: Rhythm, table: Float64s) -> Float64s:
    """Add the person's mean gap to their last order, the shop's for who ordered once; a past date is today."""
    return _due(np.where(table[:, COUNT] > 1, table[:, GAP], rhythm.mean_gap), rhythm, table)


def shop_gap(rhythm: Rhythm, table: Float64s) -> Float64s:
    """Add the shop's mean gap to everybody's last order; a past date is today."""
    return _due(np.full(len(table), rhythm.mean_gap), rhythm, table)


def shrunken_gap(rhythm: Rhythm, table: Float64s) -> Float64s:
    """Expect a log-normal gap of each person, drawn to the shop's by empirical Bayes (Efron and Morris 1973).

    What is answered are quantiles of the rest of the gap: given the days already waited, and that it ends within the
    window. Who was away so long that the curve says nothing any more is told what is usual.
    """
    centre, spread = _curve(rhythm, table)
    since = table[:, SINCE]
    begin = ndtr((np.log(since + 0.5) - centre) / spread)
    end = ndtr((np.log(since + rhythm.window_days) - centre) / spread)
    at = begin[:, None] + np.array(QUANTILES) * (end - begin)[:, None]
    rest = np.exp(centre[:, None] + spread[:, None] * ndtri(np.clip(at, 1e-9, 1 - 1e-9))) - since[:, None]
    is_flat = end - begin < 1e-6
    return np.where(is_flat[:, None], rhythm.usual, np.clip(rest, 0.0, rhythm.window_days))


def _curve(rhythm: Rhythm, table: Float64s) -> tuple[Float64s, Float64s]:
    """Return each person's mean and standard deviation of the logarithm of a gap to come."""
    gaps = table[:, COUNT] - 1
    own = np.log(np.where(gaps > 0, np.maximum(table[:, GAP], 1.0), 1.0))
    own = own - rhythm.within / 2 * (1 - 1 / np.maximum(gaps, 1))  # the mean of gaps lies above that of logarithms
    weight = gaps * rhythm.between / (gaps * rhythm.between + rhythm.within)
    centre = rhythm.middle + weight * (own - rhythm.middle)
    return centre, np.sqrt(rhythm.within + rhythm.between * (1 - weight))


def _due(gap: Float64s, rhythm: Rhythm, table: Float64s) -> Float64s:
    due = np.maximum(gap - table[:, SINCE], 0.0)
    return np.stack([np.maximum(due + (one - rhythm.usual[1]), 0.0) for one in rhythm.usual], axis=1)
