"""Has a predictor become worse than it was: a bet against "no", whose winnings can be looked at after every error.

Written here because river's ADWIN, the usual choice (Bifet and Gavaldà 2007), would bring pandas with it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from recommender.interactions import Float64s

ALPHA: Final = 0.01  # the chance that a predictor which stays as good as it was is ever called worse
BETS: Final = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # small ones tell small changes, large ones tell large ones soon
LARGEST_SHARE: Final = 0.9  # of everything that could be staked: nobody is ruined by a single error of 0
Z: Final = 1.645  # one-sided 95 %


@dataclass(frozen=True)
class ErrorDrift:
    """What has been won so far by betting that errors are larger than expected. Frozen; `after` gives the next one.

    An e-process of bets (Waudby-Smith and Ramdas 2024) of several sizes, begun anew with every error and mixed with
    weights that sum to one (Shin, Ramdas and Rinaldo 2024), so that a change after a long good time is found as well.
    As long as the mean error is at most `expected`, whatever came before, the chance that `winnings` ever reach
    1 / alpha is at most alpha (Ville 1939), however often one looks. Errors lie in [0, 1], in the order of time; of
    people asked twice about overlapping days only one may be told.

    expected: the largest mean error that is no news, in (0, 1). count: errors so far. stakes: by size of bet.
    has_alarmed: stays True once it was: a worse predictor is replaced, and its successor starts a new bet.
    """

    expected: float
    alpha: float = ALPHA
    count: int = 0
    stakes: tuple[float, ...] = (0.0,) * len(BETS)
    has_alarmed: bool = False

    def __post_init__(self) -> None:
        if not (0 < self.expected < 1 and 0 < self.alpha < 1):
            raise ValueError("An expected error and a chance of a false alarm lie between 0 and 1.")
        if len(self.stakes) != len(BETS) or self.count < 0 or not all(stake >= 0 for stake in self.stakes):
            raise ValueError("There is one stake, never below 0, for each bet.")

    @classmethod
    def from_holdout(cls, errors: Float64s, *, alpha: float = ALPHA) -> "ErrorDrift":
        """Expect what a holdout said: the upper 95 % limit of its mean error, float64 [people] in [0, 1].

        One holdout in twenty says too little by chance; then, and only then, an alarm comes from nothing more easily.
        Raises ValueError for fewer than two errors and for those outside [0, 1].
        """
        if len(errors) < 2 or not ((errors >= 0) & (errors <= 1)).all():
            raise ValueError("A holdout has at least two errors, from 0 to 1.")
        limit = float(errors.mean() + Z * errors.std(ddof=1) / math.sqrt(len(errors)))
        return cls(min(max(limit, 1e-6), 1 - 1e-6), alpha)

    @property
    def winnings(self) -> float:
        """What one unit has become: the evidence that errors have grown. 1 at first; 100 is beyond doubt."""
        return sum(self.stakes) / len(BETS) + 1 / (self.count + 1)

    def after(self, errors: Iterable[float]) -> "ErrorDrift":
        """Return the bet after these errors as well. Raises ValueError for one outside [0, 1]."""
        stakes, count, has_alarmed = list(self.stakes), self.count, self.has_alarmed
        bets = [min(bet, LARGEST_SHARE / self.expected) for bet in BETS]
        enough = len(bets) / self.alpha
        for error in errors:
            if not 0 <= error <= 1:
                raise ValueError("An error lies between 0 and 1.")
            fresh = 1 / ((count + 1) * (count + 2))  # over all errors to come these sum to one
            surplus = error - self.expected
            stakes = [(stake + fresh) * (1 + bet * surplus) for stake, bet in zip(stakes, bets, strict=True)]
            stakes = [min(stake, enough) for stake in stakes]  # after an alarm they would grow for ever
            count += 1
            has_alarmed = has_alarmed or sum(stakes) / len(bets) + 1 / (count + 1) >= 1 / self.alpha
        return replace(self, count=count, stakes=tuple(stakes), has_alarmed=has_alarmed)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "expected": self.expected,
            "alpha": self.alpha,
            "count": self.count,
            "stakes": list(self.stakes),
            "has_alarmed": self.has_alarmed,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "ErrorDrift":
        """Put together again what `to_dict` took apart. Raises KeyError, TypeError or ValueError for anything else."""
        stakes = tuple(float(stake) for stake in told["stakes"])
        return cls(float(told["expected"]), float(told["alpha"]), int(told["count"]), stakes, bool(told["has_alarmed"]))
