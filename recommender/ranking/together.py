"""What goes together: items that share baskets."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommender.interactions import Float32s, Float64s, Int32s, Interactions
from recommender.ranking.ranker import Arrays, Query, Reason, Why
from recommender.split import DAY

NEIGHBOURS = 50
SHRINKAGE = 5.0  # pairs seen this often weigh half; damps chance pairs of rare items
LARGEST_BASKET = 200  # a wholesaler's basket of everything says little about pairs
LONGEST_HISTORY = 100
HISTORY_HALF_LIFE_DAYS = 30.0
BLOCK = 128  # items whose pairs are counted at a time; bounds the memory, not the outcome


@dataclass(frozen=True)
class BoughtTogether:
    """Items that share baskets: co-purchase counts, decayed with age, shrunk, over the geometric mean of popularity.

    The best neighbours of each item, strongest first: neighbours int32 [item_count, n], strength float32
    [item_count, n] (0 where there are fewer), together int32 [item_count, n] (baskets that held both). Asked with a
    context, the context answers; without, the session and the history do, newer items weighing more. After Linden,
    Smith and York (2003), "Amazon.com recommendations: item-to-item collaborative filtering", with the shrinkage of
    Koren (2008), "Factorization meets the neighborhood".
    """

    neighbours: Int32s
    strength: Float32s
    together: Int32s
    name: str = "bought_together"

    def score(self, query: Query) -> Float32s:
        asked, weights = query.asking(LONGEST_HISTORY, HISTORY_HALF_LIFE_DAYS)
        brought = weights[:, None] * self.strength[asked]
        found = np.bincount(self.neighbours[asked].ravel(), brought.ravel(), len(self.neighbours))
        return found.astype(np.float32)

    def explain(self, query: Query, item: int) -> Reason | None:
        asked, weights = query.asking(LONGEST_HISTORY, HISTORY_HALF_LIFE_DAYS)
        brought = weights[:, None] * self.strength[asked] * (self.neighbours[asked] == item)
        if brought.max(initial=0) <= 0:
            return None
        row, place = np.unravel_index(int(brought.argmax()), brought.shape)
        return Reason(Why.BOUGHT_TOGETHER, int(asked[row]), int(self.together[asked[row], place]))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"neighbours": self.neighbours, "strength": self.strength, "together": self.together}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "BoughtTogether":
        return cls(*(arrays[name] for name in ("neighbours", "strength", "together")))  # type: ignore[arg-type]


def fit_bought_together(interactions: Interactions, *, now: int, half_life_days: float = 180.0) -> BoughtTogether:
    """Fit BoughtTogether on the baskets before `now`, unix seconds; guests' baskets count too."""
    counted, decayed = _baskets(interactions, now, half_life_days)
    own = np.sqrt(np.maximum(np.asarray(decayed.multiply(decayed).sum(axis=0)).ravel(), 1e-9))
    shape = (interactions.item_count, min(NEIGHBOURS, interactions.item_count))
    found = BoughtTogether(np.zeros(shape, np.int32), np.zeros(shape, np.float32), np.zeros(shape, np.int32))
    to_counts, to_weights = counted.T.tocsr(), decayed.T.tocsr()
    for start in range(0, interactions.item_count, BLOCK):
        rows = slice(start, start + BLOCK)
        counts = (to_counts[rows] @ counted).toarray()
        strength = (to_weights[rows] @ decayed).toarray()
        strength *= counts / ((counts + SHRINKAGE) * own[rows, None] * own)
        _keep_best(found, start, strength, counts)
    return found


def _baskets(interactions: Interactions, now: int, half_life_days: float) -> tuple[sp.csr_array, sp.csr_array]:
    """Return float32 csr [baskets, item_count]: 1 where a basket held an item, and its age's root decay."""
    is_kept = interactions.basket >= 0
    pair = interactions.basket[is_kept].astype(np.int64) * interactions.item_count + interactions.item[is_kept]
    pair, first = np.unique(pair, return_index=True)
    basket, item = np.divmod(pair, interactions.item_count)
    age = np.maximum(now - interactions.occurred_at[is_kept][first], 0) / DAY
    fits = np.bincount(basket)[basket] <= LARGEST_BASKET if len(basket) else np.zeros(0, bool)
    root: Float64s = 0.5 ** (age[fits] / half_life_days / 2)  # a pair decays by the product of both
    places = (basket[fits], item[fits])
    shape = (int(basket.max(initial=0)) + 1, interactions.item_count)
    ones = np.ones(len(root), np.float32)
    return (
        sp.coo_array((ones, places), shape=shape).tocsr(),
        sp.coo_array((root.astype(np.float32), places), shape=shape).tocsr(),
    )


def _keep_best(found: BoughtTogether, start: int, strength: Float32s, counts: Float32s) -> None:
    """Write the best neighbours of a block of items into the arrays of `found`, of equals the lower index first."""
    rows, width = np.arange(len(strength))[:, None], found.neighbours.shape[1]
    strength[rows[:, 0], rows[:, 0] + start] = 0  # an item goes together with itself, which says nothing
    best = np.sort(np.argpartition(-strength, width - 1, axis=1)[:, :width], axis=1)
    best = best[rows, np.argsort(-strength[rows, best], axis=1, kind="stable")]
    block = slice(start, start + len(strength))
    found.neighbours[block] = best
    found.strength[block] = strength[rows, best]
    found.together[block] = counts[rows, best]
