"""What every ranker is: a frozen value that scores all items for one query, and can say why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32s, Int32s

Arrays = Mapping[str, npt.NDArray[np.generic]]
NO_ITEMS: Int32s = np.empty(0, np.int32)
NO_WEIGHTS: Float32s = np.empty(0, np.float32)


@dataclass(frozen=True)
class Query:
    """Who asks, and in front of what. Where there is a context, the context alone is answered.

    user: dense index, -1 unknown. history_items: int32 [h], what they bought, with history_weights: float32 [h] and
    history_ages: float32 [h], days before now. context: int32 [c], the item looked at, or the cart. viewed: int32 [v],
    what they only looked at in this session, oldest first.
    """

    user: int = -1
    history_items: Int32s = field(default_factory=lambda: NO_ITEMS)
    history_weights: Float32s = field(default_factory=lambda: NO_WEIGHTS)
    history_ages: Float32s = field(default_factory=lambda: NO_WEIGHTS)
    context: Int32s = field(default_factory=lambda: NO_ITEMS)
    viewed: Int32s = field(default_factory=lambda: NO_ITEMS)

    def asking(self, most: int, half_life_days: float) -> tuple[Int32s, Float32s]:
        """Return the items that ask and how loudly, int32 and float32 [<= most].

        The context at 1 each; without one, what was viewed at 1 and the newest of the history by the logarithm of its
        weight, halving in `half_life_days`.
        """
        if len(self.context):
            return self.context, np.ones(len(self.context), np.float32)
        viewed = self.viewed[-most:]
        newest = np.argsort(self.history_ages, kind="stable")[: most - len(viewed)]
        decay = 0.5 ** (self.history_ages[newest] / half_life_days)
        past = decay * np.log1p(self.history_weights[newest])
        items = np.concatenate([viewed, self.history_items[newest]])
        return items, np.concatenate([np.ones(len(viewed), np.float32), past]).astype(np.float32)


class Why(StrEnum):
    """The kinds of reason there are."""

    POPULAR = "popular"
    BOUGHT_TOGETHER = "bought_together"
    BOUGHT_BEFORE = "bought_before"
    TASTE = "taste"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Reason:
    """Why an item scored. `evidence` is the item it goes back to, -1 for none; `count` how often, 0 unknown."""

    why: Why
    evidence: int = -1
    count: int = 0


class Ranker(Protocol):
    """A fitted ranker. Scores are comparable within one answer only; higher is better, 0 means "nothing to say"."""

    @property
    def name(self) -> str:
        """Name the arm, the same in reports and artifacts."""
        ...

    def score(self, query: Query) -> Float32s:
        """Score every item for one query: float32 [item_count], finite, >= 0."""
        ...

    def explain(self, query: Query, item: int) -> Reason | None:
        """Say why this item scored. Always a reason where the score is above 0; where it is 0, do not ask."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything the ranker is made of, for an artifact; `from_arrays` of its class is the way back."""
        ...
