"""A weighted sum of arms: what serves, and says why."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32s
from recommender.ranking.ranker import Query, Ranker, Reason, Why
from recommender.ranking.rules import top_k

FILL = 1e-3  # popularity's share in every list, so that no list runs dry

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Ranked:
    """One item of a shelf. shares: what each arm brought to the score, the largest first, none of 0."""

    item: int
    score: float
    reason: Reason
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Blend:
    """Arms, each brought to [0, 1] by its own best score, times their weights. Arms without a weight are not asked.

    Combining scores brought to one range by a weighted sum is CombSUM of Fox and Shaw (1994).
    """

    arms: tuple[Ranker, ...]
    weights: Weights
    name: str = "blend"

    def __post_init__(self) -> None:
        if not any(self.weights.get(arm.name, 0) > 0 for arm in self.arms):
            raise ValueError("A blend needs at least one arm with a weight.")

    def score(self, query: Query) -> Float32s:
        return np.asarray(sum(part for _, part in self._parts(query)), np.float32)

    def rank(self, query: Query, k: int, forbidden: npt.NDArray[np.bool_]) -> list[Ranked]:
        """Return the k best permitted items, best first, each with its reason. Every arm is asked once.

        forbidden: bool [item_count]. Fewer than k where no more items have anything to say for themselves.
        """
        parts = self._parts(query)
        total = np.asarray(sum(part for _, part in parts), np.float32)
        return [_told(parts, query, item, float(total[item])) for item in top_k(total, k, forbidden).tolist()]

    def explain(self, query: Query, item: int) -> Reason | None:
        """Give the reason of the arm that brought this item the most, or None when none brought anything."""
        parts = self._parts(query)
        total = float(sum(part[item] for _, part in parts))
        return _told(parts, query, item, total).reason if total > 0 else None

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays of all arms, as arm/array; the weights are for the header to keep."""
        return {f"{arm.name}/{name}": array for arm in self.arms for name, array in arm.arrays().items()}

    def _parts(self, query: Query) -> list[tuple[Ranker, Float32s]]:
        used = ((arm, self.weights.get(arm.name, 0)) for arm in self.arms)
        return [(arm, normalize(arm.score(query)) * np.float32(weight)) for arm, weight in used if weight > 0]


def normalize(scores: Float32s) -> Float32s:
    """Bring scores >= 0 to [0, 1] by the best one; float32 [item_count] stays float32 [item_count]."""
    best = float(scores.max(initial=0))
    return scores / np.float32(best) if best > 0 else scores


def single(arm: str) -> Weights:
    """Return the weights that let one arm decide, with popularity filling what it leaves open."""
    return {"recent_popularity": FILL, arm: 1.0}


def _told(parts: list[tuple[Ranker, Float32s]], query: Query, item: int, score: float) -> Ranked:
    brought = sorted(((arm, float(part[item])) for arm, part in parts if part[item] > 0), key=lambda one: -one[1])
    reasons = (arm.explain(query, item) for arm, _ in brought)
    reason = next((one for one in reasons if one is not None), Reason(Why.TASTE))
    return Ranked(item, score, reason, {arm.name: share for arm, share in brought})
