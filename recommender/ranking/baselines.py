"""The simple arms that everything complicated must beat: what sells now, what goes together, what one buys again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommender.interactions import Float32s, Int32s, Int64s, Interactions
from recommender.ranking.ranker import Arrays, Query, Ranker, Reason, Why
from recommender.split import DAY

NEIGHBOURS = 50
SHRINKAGE = 5.0  # pairs seen this often weigh half; damps chance pairs of rare items
LARGEST_BASKET = 200  # a wholesaler's basket of everything says little about pairs


@dataclass(frozen=True)
class RecentPopularity:
    """What sold lately, each sale halving in `half_life_days`; one person counts once a day for an item.

    popularity: float32 [item_count]. buyers: int32 [item_count], distinct known users of the last 30 days.
    """

    popularity: Float32s
    buyers: Int32s
    name: str = "recent_popularity"

    def score(self, query: Query) -> Float32s:  # noqa: ARG002 - the same for everybody
        return self.popularity

    def explain(self, query: Query, item: int) -> Reason | None:  # noqa: ARG002 - the same for everybody
        return Reason(Why.POPULAR, count=int(self.buyers[item])) if self.popularity[item] > 0 else None

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"popularity": self.popularity, "buyers": self.buyers}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "RecentPopularity":
        return cls(arrays["popularity"], arrays["buyers"])  # type: ignore[arg-type] # the header vouches for dtypes


def fit_recent_popularity(interactions: Interactions, *, now: int, half_life_days: float = 7.0) -> RecentPopularity:
    """Fit RecentPopularity on everything before `now`, unix seconds."""
    day = interactions.occurred_at // DAY
    who = np.where(interactions.user >= 0, interactions.user, -2 - interactions.basket)
    seen = np.unique(np.stack([who, interactions.item, day]), axis=1)
    age = np.maximum((now // DAY) - seen[2], 0)
    popularity = np.bincount(seen[1], 0.5 ** (age / half_life_days), interactions.item_count).astype(np.float32)
    month = seen[:, age < 30]
    pairs = np.unique(month[:2], axis=1)
    buyers = np.bincount(pairs[1], minlength=interactions.item_count).astype(np.int32)
    return RecentPopularity(popularity, buyers)


@dataclass(frozen=True)
class BoughtTogether:
    """Items that share baskets: co-purchase counts, decayed with age, shrunk, over the geometric mean of popularity.

    Sparse rows of the `NEIGHBOURS` best neighbours each: indptr int64 [item_count + 1], indices int32 [n], strength
    float32 [n], together int32 [n] (baskets that held both). Asked with a context, the context answers; without, the
    history does, newer items weighing more. After Linden, Smith and York (2003), "Amazon.com recommendations:
    item-to-item collaborative filtering", with the shrinkage of Koren (2008).
    """

    indptr: Int64s
    indices: Int32s
    strength: Float32s
    together: Int32s
    name: str = "bought_together"

    def score(self, query: Query) -> Float32s:
        scores = np.zeros(len(self.indptr) - 1, np.float32)
        for item, weight in zip(*self._asking(query), strict=True):
            row = slice(self.indptr[item], self.indptr[item + 1])
            scores[self.indices[row]] += weight * self.strength[row]
        return scores

    def explain(self, query: Query, item: int) -> Reason | None:
        best: Reason | None = None
        most = 0.0
        for asked, weight in zip(*self._asking(query), strict=True):
            row = slice(self.indptr[asked], self.indptr[asked + 1])
            for place in np.flatnonzero(self.indices[row] == item):
                strength = float(weight * self.strength[row][place])
                if strength > most:
                    most = strength
                    best = Reason(Why.BOUGHT_TOGETHER, int(asked), int(self.together[row][place]))
        return best

    def _asking(self, query: Query) -> tuple[Int32s, Float32s]:
        if len(query.context):
            return query.context, np.ones(len(query.context), np.float32)
        newest = np.argsort(query.history_ages, kind="stable")[:100]
        decay = 0.5 ** (query.history_ages[newest] / 30.0)
        return query.history_items[newest], (decay * np.log1p(query.history_weights[newest])).astype(np.float32)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {
            "indptr": self.indptr,
            "indices": self.indices,
            "strength": self.strength,
            "together": self.together,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "BoughtTogether":
        return cls(*(arrays[name] for name in ("indptr", "indices", "strength", "together")))  # type: ignore[arg-type]


def fit_bought_together(interactions: Interactions, *, now: int, half_life_days: float = 180.0) -> BoughtTogether:
    """Fit BoughtTogether on the baskets before `now`, unix seconds; guests' baskets count too."""
    mask = interactions.basket >= 0
    pairs, first = np.unique(np.stack([interactions.basket[mask], interactions.item[mask]]), axis=1, return_index=True)
    age = np.maximum(now - interactions.occurred_at[mask][first], 0) / DAY
    sizes = np.bincount(pairs[0]) if pairs.size else np.zeros(0, int)
    fits = sizes[pairs[0]] <= LARGEST_BASKET
    shape = (len(sizes), interactions.item_count)
    root = (0.5 ** (age[fits] / half_life_days / 2)).astype(np.float32)  # a pair decays by the product of both
    decayed = sp.coo_array((root, (pairs[0][fits], pairs[1][fits])), shape=shape).tocsr()
    counted = sp.coo_array(
        (np.ones(int(fits.sum()), np.float32), (pairs[0][fits], pairs[1][fits])), shape=shape
    ).tocsr()
    weights = sp.csr_array(decayed.T @ decayed)
    counts = sp.csr_array(counted.T @ counted)
    return _nearest(weights, counts)


def _nearest(weights: sp.csr_array, counts: sp.csr_array) -> BoughtTogether:
    """Keep the best neighbours of each row. weights and counts have the same pattern."""
    weights.sort_indices()
    counts.sort_indices()
    own = np.sqrt(np.maximum(weights.diagonal(), 1e-9))
    starts, kept_indices, kept_strength, kept_together = [0], [], [], []
    for item in range(weights.shape[0]):
        row = slice(weights.indptr[item], weights.indptr[item + 1])
        other, weight, count = weights.indices[row], weights.data[row], counts.data[row]
        strength = weight / (own[item] * own[other]) * (count / (count + SHRINKAGE))
        strength[other == item] = 0
        best = np.argsort(-strength, kind="stable")[:NEIGHBOURS]
        best = best[strength[best] > 0]
        kept_indices.append(other[best])
        kept_strength.append(strength[best])
        kept_together.append(count[best])
        starts.append(starts[-1] + len(best))
    return BoughtTogether(
        np.array(starts, np.int64),
        _join(kept_indices).astype(np.int32),
        _join(kept_strength).astype(np.float32),
        _join(kept_together).astype(np.int32),
    )


def _join(parts: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


@dataclass(frozen=True)
class PersonalFrequency:
    """What this person bought before, more often and more lately first; the history alone answers, nothing is fitted.

    Personal frequency is close to unbeatable where people repeat (Li et al. 2021, "A next basket recommendation
    reality check", arXiv:2109.14233).
    """

    item_count: int
    half_life_days: float = 120.0
    name: str = "personal_frequency"

    def score(self, query: Query) -> Float32s:
        decayed = query.history_weights * (0.5 ** (query.history_ages / self.half_life_days))
        return np.bincount(query.history_items, decayed, self.item_count).astype(np.float32)

    def explain(self, query: Query, item: int) -> Reason | None:
        times = int((query.history_items == item).sum())
        return Reason(Why.BOUGHT_BEFORE, item, times) if times else None

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"shape": np.array([self.item_count, self.half_life_days], np.float64)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "PersonalFrequency":
        return cls(int(arrays["shape"][0]), float(arrays["shape"][1]))


def simple_arms(interactions: Interactions, *, now: int) -> tuple[Ranker, ...]:
    """Fit every simple arm on everything before `now`; a second or two for half a million interactions."""
    return (
        fit_recent_popularity(interactions, now=now),
        fit_bought_together(interactions, now=now),
        PersonalFrequency(interactions.item_count),
    )
