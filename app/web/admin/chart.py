"""Where things stand in a chart: in percentages, so that a drawing fits any width and letters keep theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

MARGIN = 0.06  # of the span, left free on both sides
FEWEST_TICKS = 3
STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Bar:
    """One day."""

    day: date
    value: int
    left: float
    width: float
    height: float


@dataclass(frozen=True)
class Days:
    """Bars for days, and the highest of them by name."""

    bars: Sequence[Bar]
    highest: Bar | None
    total: int


@dataclass(frozen=True)
class Tick:
    """A value on the axis."""

    value: float
    at: float


@dataclass(frozen=True)
class Scale:
    """From values to percentages of the width."""

    low: float
    high: float
    ticks: Sequence[Tick]

    def at(self, value: float) -> float:
        """Return where a value stands, from 0 to 100."""
        inside = min(max(value, self.low), self.high)
        return round((inside - self.low) / (self.high - self.low) * 100, 2)


def days(counts: Sequence[tuple[date, int]]) -> Days:
    """Place one bar a day, the highest as high as the drawing."""
    most = max((count for _day, count in counts), default=0)
    slot = 100 / max(len(counts), 1)
    bars = [
        Bar(day, count, round(n * slot, 3), round(slot * 0.72, 3), round(count / most * 100, 2) if most else 0.0)
        for n, (day, count) in enumerate(counts)
    ]
    highest = max(bars, key=lambda bar: bar.value) if most else None
    return Days(bars, highest, sum(bar.value for bar in bars))


def scale(values: Iterable[float]) -> Scale:
    """Make the scale that holds all values and zero, with round ticks."""
    reach = [0.0, *values]
    low, high = min(reach), max(reach)
    span = (high - low) or 1.0
    low, high = low - span * MARGIN, high + span * MARGIN
    step = _step(high - low)
    found = Scale(low, high, ())
    ticks = [Tick(n * step, found.at(n * step)) for n in range(ceil(low / step), floor(high / step) + 1)]
    return Scale(low, high, ticks)


def _step(span: float) -> float:
    unit: float = 10.0 ** floor(log10(span / FEWEST_TICKS))
    return max(unit * step for step in STEPS if unit * step <= span / FEWEST_TICKS * 1.0001)
