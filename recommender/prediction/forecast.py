"""How many orders and how much money the next four weeks will bring, with an 80 % interval.

A series of whole weeks ending yesterday is continued by three methods, from plain to less plain; the one that was
nearest on the shop's own past weeks serves, the plainer where two are equal. The interval is as wide as that method's
own errors were, with the quantiles of Student's distribution because past windows overlap and are few.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, floor, log, sqrt

import numpy as np
from scipy.special import stdtrit  # scipy.stats takes a second to load, and a page uses this

from recommender.interactions import Float64s

WEEK = 7
AHEAD = 4  # weeks
YEAR = 52  # weeks
LEAST_WEEKS = 12  # 4 to learn from, 4 to be judged on, and some windows of them
LEAST_DAYS = 20  # on which something was ordered
MOST_ORIGINS = 26  # past windows, a week apart, that judge
REHEARSALS = 6
SMOOTHING = 0.3
SEASON_COUNTS = 0.5  # of last year's ups and downs: one year is one sample

Method = Callable[[Float64s], Float64s]


@dataclass(frozen=True)
class Span:
    """One week, or all four. start: its first day, in whole days since 1970-01-01."""

    start: int
    weeks: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rehearsal:
    """What would have been said of four weeks, with only what was known then, and what happened."""

    said: Span
    happened: float


@dataclass(frozen=True)
class Forecast:
    """The next four weeks: one span each, then one for all. errors: by method, the mean absolute error of past totals.

    windows: on how many past four-week windows that was counted.
    """

    method: str
    spans: tuple[Span, ...]
    rehearsals: tuple[Rehearsal, ...]
    errors: dict[str, float]
    windows: int


def forecast_shop(day: Float64s, amount: Float64s, now: float) -> Forecast | None:
    """Continue the sum of `amount` by weeks, from the day of `now` on; None when too little is known.

    day: float64 [n], days since 1970-01-01 on the shop's own clock, order by order or summed by day; amount: float64
    [n], 1 an order to count them, else money; now: likewise in days. Today and later are not looked at. Deterministic.
    Methods: moving average; the same weeks of last year; exponential smoothing (Brown 1959) with last year's ups and
    downs, damped. Intervals: split conformal in spirit (Vovk 2005), by Student's quantiles of past relative errors.
    """
    today = floor(now)
    series = _weeks(day, amount, today)
    if len(series) < LEAST_WEEKS or len(np.unique(np.floor(day[day < today]))) < LEAST_DAYS:
        return None
    told = _tell(series, today)
    rehearsals = []
    for back in range(1, REHEARSALS + 1):
        known = series[: -AHEAD * back]
        if len(known) >= LEAST_WEEKS:
            said = _tell(known, today - AHEAD * WEEK * back).spans[-1]
            happened = series[len(known) : len(known) + AHEAD].sum()
            rehearsals.append(Rehearsal(said, float(happened)))
    return Forecast(told.method, told.spans, tuple(rehearsals), told.errors, told.windows)


def _weeks(day: Float64s, amount: Float64s, today: int) -> Float64s:
    """Return the sums of whole weeks that end with yesterday, oldest first."""
    past = day < today
    if not past.any():
        return np.empty(0)
    ago = np.floor((today - 1 - np.floor(day[past])) / WEEK).astype(np.int64)
    weeks = floor((today - floor(day[past].min())) / WEEK)
    inside = ago < weeks
    return np.bincount(ago[inside], amount[past][inside], minlength=weeks)[::-1].astype(np.float64)


def _tell(series: Float64s, today: int) -> Forecast:
    unit = float(np.abs(series).mean()) / 10 + 1e-9  # so that an empty week has a ratio too
    origins = range(max(AHEAD, len(series) - AHEAD - MOST_ORIGINS + 1), len(series) - AHEAD + 1)
    said = {name: np.array([method(series[:origin]) for origin in origins]) for name, method in METHODS.items()}
    happened = np.array([series[origin : origin + AHEAD] for origin in origins])
    errors = {name: float(np.abs(one.sum(1) - happened.sum(1)).mean()) for name, one in said.items()}
    best = min(errors, key=lambda name: errors[name])  # the plainer of two equal ones, which stands first
    ahead = METHODS[best](series)
    weekly = _spread(said[best].ravel(), happened.ravel(), unit, len(origins))
    total = _spread(said[best].sum(1), happened.sum(1), unit * AHEAD, len(origins))
    spans = [_span(today + WEEK * n, 1, float(ahead[n]), weekly, unit) for n in range(AHEAD)]
    spans.append(_span(today, AHEAD, float(ahead.sum()), total, unit * AHEAD))
    return Forecast(best, tuple(spans), (), errors, len(origins))


def _spread(said: Float64s, happened: Float64s, unit: float, windows: int) -> float:
    """Return the half width of the interval on the logarithmic scale. Four weeks of windows count as one witness."""
    ratios = np.log(np.maximum(happened, 0) + unit) - np.log(np.maximum(said, 0) + unit)
    witnesses = max(windows // AHEAD, 1)
    return float(stdtrit(witnesses, 0.9) * sqrt(np.mean(ratios**2) * (1 + 1 / witnesses)))


def _span(start: int, weeks: int, value: float, spread: float, unit: float) -> Span:
    value = max(value, 0.0)
    low, high = (exp(log(value + unit) + side * spread) - unit for side in (-1, 1))
    return Span(start, weeks, value, max(low, 0.0), high)


def _average(series: Float64s) -> Float64s:
    return np.full(AHEAD, series[-AHEAD:].mean())


def _last_year(series: Float64s) -> Float64s:
    if len(series) < YEAR:
        return _average(series)
    return series[len(series) - YEAR :][:AHEAD]


def _smoothed(series: Float64s) -> Float64s:
    level = float(series[0])
    for value in series[1:]:
        level += SMOOTHING * (float(value) - level)
    if len(series) < YEAR + AHEAD:
        return np.full(AHEAD, level)
    then = series[len(series) - YEAR - AHEAD : len(series) - YEAR].mean()
    coming = series[len(series) - YEAR :][:AHEAD]
    unit = float(np.abs(series).mean()) / 10 + 1e-9
    season = (np.maximum(coming, 0) + unit) / (max(float(then), 0.0) + unit)
    return np.asarray(level * season**SEASON_COUNTS)


METHODS: dict[str, Method] = {"moving_average": _average, "last_year": _last_year, "smoothed": _smoothed}
