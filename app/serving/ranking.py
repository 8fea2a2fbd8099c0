"""The ranker that serves a shop, mapped into memory, in the words of our ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.serving.visit import Visit
from recommender.ranking.blend import Blend
from recommender.ranking.ranker import Query
from recommender.ranking.stored import load_ranker

JUST_BOUGHT_DAYS = 30.0  # nobody wants to see it again so soon, unless the item's own rhythm is quicker
SHARE_OF_RHYTHM = 0.5


@dataclass(frozen=True)
class ServingRanker:
    """Blends by purpose over dense indexes; `index` maps our item ids to them. item_ids: int64 [items].

    hide_days: float32 [items], for how long an item is hidden from who just bought it.
    """

    version_id: int
    blends: dict[str, Blend]
    item_ids: npt.NDArray[np.int64]
    index: dict[int, int]
    user_ids: npt.NDArray[np.str_]
    hide_days: npt.NDArray[np.float32]

    def query(self, visit: Visit, context: tuple[int, ...]) -> Query:
        """Turn a visit and the items in front of it into what the ranker is asked with."""
        bought = [(self.index[item], days) for item, days in visit.bought if item in self.index]
        viewed = [self.index[item] for item, _ in reversed(visit.viewed) if item in self.index]
        return Query(
            user=self._user(visit.customer),
            history_items=np.array([item for item, _ in bought], np.int32),
            history_weights=np.ones(len(bought), np.float32),
            history_ages=np.array([max(days, 0.0) for _, days in bought], np.float32),
            context=np.array([self.index[item] for item in context if item in self.index], np.int32),
            viewed=np.array(viewed, np.int32),
        )

    def just_bought(self, visit: Visit) -> list[int]:
        """Return the dense indexes of what this visitor bought too lately to see again."""
        places = ((self.index[item], days) for item, days in visit.bought if item in self.index)
        return [place for place, days in places if days < self.hide_days[place]]

    def _user(self, customer: str | None) -> int:
        if customer is None or not len(self.user_ids):
            return -1
        place = int(np.searchsorted(self.user_ids, customer))
        return place if place < len(self.user_ids) and self.user_ids[place] == customer else -1


def load_serving_ranker(path: Path, version_id: int) -> ServingRanker:
    """Map an artifact. Raises FileNotFoundError, ArtifactCorrupt or ArtifactIncompatible."""
    stored = load_ranker(path)
    item_ids = stored.extras["item_ids"].astype(np.int64)
    rhythm = stored.extras["repeat_days"].astype(np.float32)
    hide_days = np.fmin(np.float32(JUST_BOUGHT_DAYS), rhythm * np.float32(SHARE_OF_RHYTHM))  # fmin: nan is no rhythm
    return ServingRanker(
        version_id=version_id,
        blends=dict(stored.blends),
        item_ids=item_ids,
        index={item: place for place, item in enumerate(item_ids.tolist())},
        user_ids=stored.extras["user_ids"].astype(np.str_),
        hide_days=hide_days,
    )
