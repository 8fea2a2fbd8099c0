"""One shop as serving sees it at a moment: items, the merchant's rules, and the ranker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from app.serving.catalogue import Good
from app.serving.ranking import ServingRanker

PIN, HIDE = "pin", "hide"
EVERYWHERE = ""


@dataclass(frozen=True)
class Rule:
    """A merchant's decision: an item pinned or hidden, in one placement or everywhere."""

    item_id: int
    placement: str
    kind: str


@dataclass(frozen=True)
class Snapshot:
    """What answers are made from. unavailable: bool [ranker's items]."""

    goods: dict[int, Good]
    rules: tuple[Rule, ...] = ()
    ranker: ServingRanker | None = None
    unavailable: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    ready: dict[Any, Any] = field(default_factory=dict)  # what strangers see, worked out once

    def hidden(self, placement: str) -> set[int]:
        """Return the items the merchant hid from a placement."""
        return {rule.item_id for rule in self._rules(HIDE, placement)}

    def pinned(self, placement: str) -> list[Good]:
        """Return the items the merchant pinned to a placement and that can be had, first pinned first."""
        goods = (self.goods.get(rule.item_id) for rule in self._rules(PIN, placement))
        return list(dict.fromkeys(good for good in goods if good is not None and good.is_available))

    @cached_property
    def newest(self) -> list[Good]:
        """What can be had, newest first."""
        goods = (good for good in self.goods.values() if good.is_available)
        return sorted(goods, key=lambda good: (good.created_at, good.id), reverse=True)

    def _rules(self, kind: str, placement: str) -> Iterator[Rule]:
        return (rule for rule in self.rules if rule.kind == kind and rule.placement in (EVERYWHERE, placement))


def unavailable_mask(ranker: ServingRanker, goods: dict[int, Good]) -> npt.NDArray[np.bool_]:
    """Return which of the ranker's items cannot be had now."""
    known: Iterable[Good | None] = (goods.get(item) for item in ranker.item_ids.tolist())
    return np.fromiter((good is None or not good.is_available for good in known), np.bool_, len(ranker.item_ids))
