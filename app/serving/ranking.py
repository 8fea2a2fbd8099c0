"""The ranker that serves a shop, mapped into memory, in the words of our ids."""

from collections.abc import Iterable
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
    """Blends by purpose over dense indexes. item_ids: int64 [items], ascending, our ids of them.

    hide_days: float32 [items], for how long an item is hidden from who just bought it. stamp: which file it was read
    from; one that was written anew, because somebody was forgotten, has another.
    """

    version_id: int
    stamp: tuple[int, int]
    blends: dict[str, Blend]
    item_ids: npt.NDArray[np.int64]
    user_ids: npt.NDArray[np.str_]
    hide_days: npt.NDArray[np.float32]

    def query(self, visit: Visit, context: tuple[int, ...]) -> Query:
        """Turn a visit and the items in front of it into what the ranker is asked with."""
        bought, is_known = self.places(visit.bought.items)
        viewed, is_seen = self.places(visit.viewed.items)
        asked, is_there = self.places(np.array(context, np.int64))
        return Query(
            user=self._user(visit.customer),
            history_items=bought[is_known],
            history_weights=np.ones(int(is_known.sum()), np.float32),
            history_ages=visit.bought.days[is_known],
            context=asked[is_there],
            viewed=viewed[is_seen][::-1],
        )

    def just_bought(self, visit: Visit) -> npt.NDArray[np.int32]:
        """Return the dense indexes of what this visitor bought too lately to see again."""
        places, is_known = self.places(visit.bought.items)
        recent = places[is_known]
        return recent[visit.bought.days[is_known] < self.hide_days[recent]]

    def closed(self, items: Iterable[int]) -> npt.NDArray[np.int32]:
        """Return the dense indexes of those of our items that the ranker knows."""
        places, is_known = self.places(np.fromiter(items, np.int64))
        return places[is_known]

    def places(self, items: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Return where our items stand among the ranker's, int32, and whether they are there at all."""
        if not len(self.item_ids):
            return np.zeros(len(items), np.int32), np.zeros(len(items), np.bool_)
        places = np.minimum(np.searchsorted(self.item_ids, items), len(self.item_ids) - 1)
        return places.astype(np.int32), self.item_ids[places] == items

    def _user(self, customer: str | None) -> int:
        if customer is None or not len(self.user_ids):
            return -1
        place = int(np.searchsorted(self.user_ids, customer))
        return place if place < len(self.user_ids) and self.user_ids[place] == customer else -1


def load_serving_ranker(path: Path, version_id: int) -> ServingRanker:
    """Map an artifact. Raises FileNotFoundError, ArtifactCorrupt or ArtifactIncompatible."""
    stamp = stamp_of(path)  # before reading: of a file that is replaced meanwhile, it is read once too often, not never
    stored = load_ranker(path)
    item_ids = stored.extras["item_ids"].astype(np.int64)
    rhythm = stored.extras["repeat_days"].astype(np.float32)
    hide_days = np.fmin(np.float32(JUST_BOUGHT_DAYS), rhythm * np.float32(SHARE_OF_RHYTHM))  # fmin: nan is no rhythm
    return ServingRanker(
        version_id=version_id,
        stamp=stamp,
        blends=dict(stored.blends),
        item_ids=item_ids,
        user_ids=stored.extras["user_ids"].astype(np.str_),
        hide_days=hide_days,
    )


def stamp_of(path: Path) -> tuple[int, int]:
    """Return what tells a file from another that takes its place. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
