"""A weighted sum of arms, with weights learned on weeks the arms have not seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32s
from recommender.ranking.ranker import Query, Ranker, Reason

FILL = 1e-3  # popularity's share in every list, so that no list runs dry
STEPS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
ROUNDS = 2

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Blend:
    """Arms, each brought to [0, 1] by its own best score, times their weights."""

    arms: tuple[Ranker, ...]
    weights: Weights
    name: str = "blend"

    def score(self, query: Query) -> Float32s:
        total: Float32s | None = None
        for arm, weight in self._used():
            part = normalize(arm.score(query)) * np.float32(weight)
            total = part if total is None else total + part
        if total is None:
            raise ValueError("A blend needs at least one arm with a weight.")
        return total

    def explain(self, query: Query, item: int) -> Reason | None:
        """Give the reason of the arm that brought this item the most."""
        for arm, _, _ in self.parts(query, item):
            reason = arm.explain(query, item)
            if reason is not None:
                return reason
        return None

    def parts(self, query: Query, item: int) -> list[tuple[Ranker, float, float]]:
        """Return (arm, weight, weighted score) of one item, the largest share first, without arms that say nothing."""
        scored = [(arm, weight, float(normalize(arm.score(query))[item] * weight)) for arm, weight in self._used()]
        return sorted((part for part in scored if part[2] > 0), key=lambda part: -part[2])

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {f"{arm.name}/{name}": array for arm in self.arms for name, array in arm.arrays().items()}

    def _used(self) -> list[tuple[Ranker, float]]:
        return [(arm, self.weights[arm.name]) for arm in self.arms if self.weights.get(arm.name, 0) > 0]


def normalize(scores: Float32s) -> Float32s:
    """Bring scores >= 0 to [0, 1] by the best one; float32 [item_count] stays float32 [item_count]."""
    best = float(scores.max(initial=0))
    return scores / np.float32(best) if best > 0 else scores


def single(arm: str) -> Weights:
    """Return the weights that let one arm decide, with popularity filling what it leaves open."""
    return {"recent_popularity": FILL, arm: 1.0}


def learn_weights(
    names: Sequence[str], start: Weights, judge: Callable[[Weights], float], *, least_gain: float = 1e-4
) -> Weights:
    """Climb from `start`, one arm's weight at a time over a fixed grid, to where `judge` is highest.

    `judge` returns a quality of which more is better, measured on validation weeks. Deterministic. The scale of all
    weights is free, so the grid is coarse on purpose: finer steps fit noise.
    """
    weights, best = dict(start), judge(start)
    for _ in range(ROUNDS):
        before = best
        for name in names:
            for step in STEPS:
                trial = {**weights, name: max(step, FILL) if name == "recent_popularity" else step}
                if not any(value > FILL for value in trial.values()):
                    continue
                quality = judge(trial)
                if quality > best + least_gain:
                    weights, best = trial, quality
        if best <= before + least_gain:
            break
    return {name: weight for name, weight in weights.items() if weight > 0}
