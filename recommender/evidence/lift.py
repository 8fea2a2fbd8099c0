"""What a treatment changed against its control group, with a 95 % interval, and how many people it takes to tell."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to load, and pages use this

from recommender.interactions import Float64s

LEAST_PEOPLE = 50  # on each side; with fewer an interval is so wide, or so wrong, that it says nothing
Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Difference:
    """How much more the treated did than the control group: the point estimate and its 95 % interval.

    For rates in shares (0.02 is two more in a hundred people), for amounts in the amounts' own unit, per person.
    is_enough: whether both sides have so many people that the interval means anything.
    """

    point: float
    low: float
    high: float
    is_enough: bool

    @property
    def is_told(self) -> bool:
        """Whether there are enough people and chance alone does not explain the difference."""
        return self.is_enough and not self.low <= 0 <= self.high


def rate_interval(yes: int, people: int) -> tuple[float, float]:
    """Return the 95 % score interval of a rate (Wilson 1927); (0, 1) where nobody was counted."""
    if people < 1:
        return 0.0, 1.0
    rate, weight = yes / people, Z * Z / people
    middle = (rate + weight / 2) / (1 + weight)
    half = Z * math.sqrt(rate * (1 - rate) / people + weight / (4 * people)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_of_rates(treated_yes: int, treated: int, control_yes: int, control: int) -> Difference:
    """Compare two rates by Newcombe's hybrid score interval (1998, method 10), which also holds for few and for none.

    Counts of people: how many did it, of how many, on each side. Raises ValueError for counts that cannot be.
    """
    if not (0 <= treated_yes <= treated and 0 <= control_yes <= control):
        raise ValueError("More people did it than were counted, or fewer than none.")
    if not treated or not control:
        return Difference(0.0, -1.0, 1.0, is_enough=False)
    mine, theirs = treated_yes / treated, control_yes / control
    my_low, my_high = rate_interval(treated_yes, treated)
    their_low, their_high = rate_interval(control_yes, control)
    point = mine - theirs
    low = point - math.hypot(mine - my_low, their_high - theirs)
    high = point + math.hypot(my_high - mine, theirs - their_low)
    return Difference(point, low, high, _is_enough(treated, control))


def difference_of_means(treated: Float64s, control: Float64s) -> Difference:
    """Compare two mean amounts by Welch's interval (1947): the sides may vary differently and differ in size.

    float64 [people] each, one amount per person, those who spent nothing included. With fewer than two people on a side
    nothing can be said and the interval is infinite. Raises ValueError for what is not a finite number.
    """
    if not (np.isfinite(treated).all() and np.isfinite(control).all()):
        raise ValueError("An amount is not a finite number.")
    if len(treated) < 2 or len(control) < 2:
        return Difference(0.0, -math.inf, math.inf, is_enough=False)
    point = float(treated.mean() - control.mean())
    mine, theirs = float(treated.var(ddof=1)) / len(treated), float(control.var(ddof=1)) / len(control)
    if mine + theirs == 0:
        return Difference(point, point, point, _is_enough(len(treated), len(control)))
    freedom = (mine + theirs) ** 2 / (mine**2 / (len(treated) - 1) + theirs**2 / (len(control) - 1))
    half = float(stdtrit(freedom, 0.975)) * math.sqrt(mine + theirs)
    return Difference(point, point - half, point + half, _is_enough(len(treated), len(control)))


def people_needed(control_rate: float, difference: float, *, treated_share: float = 0.5, power: float = 0.8) -> int:
    """Return how many people in all it takes to tell a difference of rates, at 95 %, `power` of the time.

    By the usual normal approximation for two independent rates (Fleiss, Levin and Paik 2003, chapter 4), at least
    LEAST_PEOPLE a side. `difference` is the smallest that would matter, not the one just seen: sizing by what was seen
    only repeats it. Raises ValueError where a rate leaves [0, 1], the difference is 0 or a side gets nobody.
    """
    treated_rate = control_rate + difference
    if not (0 <= control_rate <= 1 and 0 <= treated_rate <= 1) or difference == 0:
        raise ValueError("Rates lie between 0 and 1, and a difference of nothing cannot be told.")
    mean = treated_share * treated_rate + (1 - treated_share) * control_rate
    under_none = mean * (1 - mean) / (treated_share * (1 - treated_share)) if 0 < treated_share < 1 else math.inf
    under_some = _variance(treated_rate, treated_share) + _variance(control_rate, 1 - treated_share)
    return _people(difference, under_none, under_some, treated_share, power)


def people_needed_for_amount(
    spread: float, difference: float, *, treated_share: float = 0.5, power: float = 0.8
) -> int:
    """Return how many people in all it takes to tell a difference of mean amounts, as `people_needed` does for rates.

    spread: the standard deviation of one person's amount, >= 0, the same on both sides.
    """
    if difference == 0 or spread < 0:
        raise ValueError("A difference of nothing cannot be told, and a spread is never negative.")
    variance = spread**2 / (treated_share * (1 - treated_share)) if 0 < treated_share < 1 else math.inf
    return _people(difference, variance, variance, treated_share, power)


def _variance(rate: float, share: float) -> float:
    return rate * (1 - rate) / share if share > 0 else math.inf


def _people(difference: float, under_none: float, under_some: float, treated_share: float, power: float) -> int:
    if not (0 < treated_share < 1 and 0 < power < 1):
        raise ValueError("Both sides need people, and a power between 0 and 1.")
    wide = Z * math.sqrt(under_none) + float(ndtri(power)) * math.sqrt(under_some)
    least = LEAST_PEOPLE / min(treated_share, 1 - treated_share)
    return math.ceil(max((wide / difference) ** 2, least))


def _is_enough(treated: int, control: int) -> bool:
    return min(treated, control) >= LEAST_PEOPLE
