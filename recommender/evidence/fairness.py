"""Whether a predictor treats groups alike: one row a group, and the rule when a person must look.

Groups are handed in and are things people told or their browser says: country, device, new or old customer. Nothing
here infers who somebody is, and sensitive traits have no place in `groups`. One table of rates and intervals is less
code than the dependency that would bring it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.evidence.lift import LEAST_PEOPLE, difference_of_rates, rate_interval
from recommender.interactions import Float64s

LEAST_RATIO = 0.8  # the four-fifths rule of the Uniform Guidelines on Employee Selection Procedures (1978)
MOST_GAP = 0.05


@dataclass(frozen=True)
class FairnessRow:
    """One group: what was said of it, what happened, who was selected, and whether a person must look.

    said, happened: the mean probability and the share it came true for. gap: said minus happened, with a 95 % interval;
    above 0 the predictor says too much of this group. selection_rate: the share chosen for treatment. ratio: that rate
    over the most selected group's; None where nobody was selected. reasons: "selected_less", "said_too_much",
    "said_too_little"; empty where nothing is amiss or too few people can tell.
    """

    group: str
    people: int
    said: float
    happened: float
    gap: float
    gap_low: float
    gap_high: float
    selection_rate: float
    ratio: float | None
    is_enough: bool
    reasons: tuple[str, ...]

    @property
    def must_look(self) -> bool:
        return bool(self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """Return the row for JSON, with the verdict."""
        return {**asdict(self), "reasons": list(self.reasons), "must_look": self.must_look}


def fairness_table(
    groups: Sequence[str], score: Float64s, outcome: npt.NDArray[np.bool_], selected: npt.NDArray[np.bool_]
) -> list[FairnessRow]:
    """Compare groups of people, the largest first.

    groups: [people], the name of each person's group. score: float64 [people], the probability that was said, in
    [0, 1]. outcome, selected: bool [people], whether it came true, and whether the person was chosen for treatment.

    A person must look where a group of at least LEAST_PEOPLE is selected less than LEAST_RATIO as often as the most
    selected one (of those with enough people) and chance alone does not explain it; or where the whole interval of the
    calibration gap lies beyond MOST_GAP. The interval is Wilson's around what happened, with what was said taken as
    given: it also holds where the thing happened to nobody. Raises ValueError when the arrays do not fit together.
    """
    names = np.asarray(groups, str)
    if not len(names) == len(score) == len(outcome) == len(selected):
        raise ValueError("The arrays of people differ in length.")
    if not ((score >= 0) & (score <= 1)).all():
        raise ValueError("A probability lies outside [0, 1].")
    present, of = np.unique(names, return_inverse=True)
    size = len(present)
    people = np.bincount(of, minlength=size)
    said = np.bincount(of, score, size) / np.maximum(people, 1)
    happened, chosen = np.bincount(of, outcome, size).astype(int), np.bincount(of, selected, size).astype(int)
    best = _most_selected(people, chosen)
    order = sorted(range(size), key=lambda one: (-people[one], present[one]))
    rows = [
        (str(present[one]), int(people[one]), float(said[one]), int(happened[one]), int(chosen[one])) for one in order
    ]
    return [_row(*row, best=best) for row in rows]


def _most_selected(people: npt.NDArray[np.intp], chosen: npt.NDArray[np.int_]) -> tuple[int, int]:
    """Return (selected, people) of the group selected most often, among those with enough people if there are any."""
    judged = people >= LEAST_PEOPLE
    if not judged.any():
        judged = people > 0
    rates = np.where(judged, chosen / np.maximum(people, 1), -1.0)
    best = int(rates.argmax()) if len(rates) else 0
    return (int(chosen[best]), int(people[best])) if len(rates) else (0, 0)


def _row(group: str, people: int, said: float, happened: int, chosen: int, *, best: tuple[int, int]) -> FairnessRow:
    low, high = rate_interval(happened, people)
    rate, best_rate = chosen / people, best[0] / best[1]
    ratio = rate / best_rate if best_rate > 0 else None
    is_enough = people >= LEAST_PEOPLE
    reasons = []
    if is_enough and ratio is not None and ratio < LEAST_RATIO and difference_of_rates(chosen, people, *best).is_told:
        reasons.append("selected_less")
    if is_enough and said - high > MOST_GAP:
        reasons.append("said_too_much")
    if is_enough and said - low < -MOST_GAP:
        reasons.append("said_too_little")
    share = happened / people
    gap = said - share
    return FairnessRow(group, people, said, share, gap, said - high, said - low, rate, ratio, is_enough, tuple(reasons))
