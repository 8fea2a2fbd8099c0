"""The simple arms that everything complicated must beat: what sells now, and what one buys again.

What goes together, the third of them, is `together.py`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32s, Int32s, Interactions
from recommender.ranking.ranker import Arrays, Query, Ranker, Reason, Why
from recommender.ranking.together import fit_bought_together
from recommender.split import DAY

BUYERS_DAYS = 30


@dataclass(frozen=True)
class RecentPopularity:
    """What sold lately, each sale halving in `half_life_days`; one person counts once a day for an item.

    popularity: float32 [item_count]. buyers: int32 [item_count], distinct people of the last 30 days, a guest's basket
    being one person.
    """

    popularity: Float32s
    buyers: Int32s
    name: str = "recent_popularity"

    def score(self, query: Query) -> Float32s:  # noqa: ARG002 - the same for everybody
        return self.popularity

    def explain(self, query: Query, item: int) -> Reason | None:  # noqa: ARG002 - the same for everybody
        return Reason(Why.POPULAR, count=int(self.buyers[item]))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"popularity": self.popularity, "buyers": self.buyers}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "RecentPopularity":
        return cls(arrays["popularity"], arrays["buyers"])  # type: ignore[arg-type] # the header vouches for dtypes


def fit_recent_popularity(interactions: Interactions, *, now: int, half_life_days: float = 7.0) -> RecentPopularity:
    """Fit RecentPopularity on everything before `now`, unix seconds. What weighs less than a sale counts for less."""
    items, guests = interactions.item_count, int(interactions.basket.max(initial=-1)) + 2
    who = np.where(interactions.user >= 0, interactions.user + guests, interactions.basket + 1).astype(np.int64)
    age = np.maximum(now // DAY - interactions.occurred_at // DAY, 0)
    days = int(age.max(initial=0)) + 1
    seen, place = np.unique((who * items + interactions.item) * days + age, return_inverse=True)
    weight = np.zeros(len(seen), np.float32)
    np.maximum.at(weight, place, interactions.weight)
    pair, age = np.divmod(seen, days)
    popularity = np.bincount(pair % items, weight * 0.5 ** (age / half_life_days), items).astype(np.float32)
    bought = np.unique(pair[(age < BUYERS_DAYS) & (weight >= 1)])
    return RecentPopularity(popularity, np.bincount(bought % items, minlength=items).astype(np.int32))


@dataclass(frozen=True)
class PersonalFrequency:
    """What this person bought before, more often and more lately first; the history alone answers, nothing is fitted.

    Personal frequency is close to unbeatable where people repeat (Li et al. 2021, "A next basket recommendation
    reality check", arXiv:2109.14233). The score is the square root of the decayed count, which steadies the variance of
    counts (Anscombe 1948): in a blend, the one thing bought fifty times must not silence all else.
    """

    item_count: int
    half_life_days: float = 120.0
    name: str = "personal_frequency"

    def score(self, query: Query) -> Float32s:
        decayed = query.history_weights * (0.5 ** (query.history_ages / self.half_life_days))
        return np.sqrt(np.bincount(query.history_items, decayed, self.item_count)).astype(np.float32)

    def explain(self, query: Query, item: int) -> Reason | None:
        times = int((query.history_items == item).sum())
        return Reason(Why.BOUGHT_BEFORE, item, times) if times else None

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"shape": np.array([self.item_count, self.half_life_days], np.float64)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "PersonalFrequency":
        return cls(int(arrays["shape"][0]), float(arrays["shape"][1]))


def simple_arms(interactions: Interactions, *, now: int) -> tuple[Ranker, ...]:
    """Fit every simple arm on everything before `now`, unix seconds; a second for half a million interactions."""
    return (
        fit_recent_popularity(interactions, now=now),
        fit_bought_together(interactions, now=now),
        PersonalFrequency(interactions.item_count),
    )
