"""One answer: candidates from the ranker, rules on top, newest items where nothing better is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt

from app.serving.catalogue import Good
from app.serving.snapshot import Snapshot
from app.serving.visit import Visit
from recommender.ranking.blend import Ranked
from recommender.ranking.ranker import Reason

HOME, PRODUCT, CART = "home", "product", "cart"
PLACEMENTS = (HOME, PRODUCT, CART)
MOST_ITEMS = 24
MOST_READY = 5000  # answers kept for strangers


class Source(StrEnum):
    """Where an answer came from."""

    RANKER = "ranker"
    FALLBACK = "fallback"
    EMPTY = "empty"


class Cause(StrEnum):
    """Reasons that no ranker gives; the others are `recommender.ranking.ranker.Why`."""

    PINNED = "pinned"
    NEW = "new"


@dataclass(frozen=True)
class Shown:
    """One item of an answer and why it is there: `why`, the item it goes back to, and how often that happened.

    shares: how much each arm brought, for the merchant's eyes.
    """

    good: Good
    why: str
    evidence: Good | None = None
    count: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What one placement shows."""

    placement: str
    impression_id: UUID
    source: Source
    items: tuple[Shown, ...]
    ranker_version_id: int | None = None


@dataclass(frozen=True)
class Ask:
    """Who stands in front of which placement. `context` and `excluded`: our item ids."""

    placement: str
    visit: Visit
    limit: int
    context: tuple[int, ...] = ()
    excluded: frozenset[int] = frozenset()


def recommend(snapshot: Snapshot, ask: Ask) -> Answer:
    """Answer one ask: no item twice, none unavailable, hidden, dismissed, just bought or already in front of them.

    Whoever we know nothing of sees what everybody sees there: that is worked out once for each snapshot.
    """
    limit = min(max(ask.limit, 1), MOST_ITEMS)
    key = (ask.placement, limit, ask.context, ask.excluded)
    items = snapshot.ready.get(key) if ask.visit.is_blank else None
    if items is None:
        items = _items(snapshot, ask, limit)
        if ask.visit.is_blank and len(snapshot.ready) < MOST_READY:
            snapshot.ready[key] = items
    is_ranked = any(shown.shares for shown in items)
    source = Source.RANKER if is_ranked else Source.FALLBACK if items else Source.EMPTY
    version = snapshot.ranker.version_id if is_ranked and snapshot.ranker else None
    return Answer(ask.placement, uuid4(), source, items, version)


def _items(snapshot: Snapshot, ask: Ask, limit: int) -> tuple[Shown, ...]:
    closed = {*ask.context, *ask.excluded, *ask.visit.dismissed, *snapshot.hidden(ask.placement)}
    pinned = [_pin(good) for good in snapshot.pinned(ask.placement) if good.id not in closed][:limit]
    closed.update(shown.good.id for shown in pinned)
    ranked = _ranked(snapshot, ask, closed, limit - len(pinned))
    closed.update(shown.good.id for shown in ranked)
    closed.update(ask.visit.bought.items.tolist())
    return (*pinned, *ranked, *_newest(snapshot, closed, limit - len(pinned) - len(ranked)))


def nothing(placement: str) -> Answer:
    """Return the answer of a shop that cannot be seen at all right now."""
    return Answer(placement, uuid4(), Source.EMPTY, ())


def _ranked(snapshot: Snapshot, ask: Ask, closed: Iterable[int], count: int) -> list[Shown]:
    ranker = snapshot.ranker
    if ranker is None or count <= 0 or ask.placement not in ranker.blends:
        return []
    forbidden: npt.NDArray[np.bool_] = snapshot.unavailable.copy()
    forbidden[ranker.closed(closed)] = True
    forbidden[ranker.just_bought(ask.visit)] = True
    best = ranker.blends[ask.placement].rank(ranker.query(ask.visit, ask.context), count, forbidden)
    if ask.placement == HOME and (session := ask.visit.session()):
        # On the way in, what goes with the things in front of them counts as much as what they usually like.
        forbidden[ranker.closed(session)] = True
        beside = ranker.blends[CART].rank(ranker.query(ask.visit, session), (count + 1) // 2, forbidden)
        best = _alternating(beside, best)[:count]
    return [_shown(snapshot, one.item, one.reason, one.shares) for one in best]


def _alternating(first: list[Ranked], second: list[Ranked]) -> list[Ranked]:
    """Take from both lists in turn, each item once."""
    pairs = zip_longest(first, second)
    return list({one.item: one for pair in pairs for one in pair if one is not None}.values())


def _shown(snapshot: Snapshot, place: int, reason: Reason, shares: Mapping[str, float]) -> Shown:
    assert snapshot.ranker is not None
    evidence = None
    if reason.evidence >= 0:
        evidence = snapshot.goods.get(int(snapshot.ranker.item_ids[reason.evidence]))
    good = snapshot.goods[int(snapshot.ranker.item_ids[place])]
    return Shown(good, str(reason.why), evidence, reason.count, shares)


def _pin(good: Good) -> Shown:
    return Shown(good, Cause.PINNED)


def _newest(snapshot: Snapshot, closed: set[int], count: int) -> list[Shown]:
    if count <= 0:
        return []
    fresh = (good for good in snapshot.newest if good.id not in closed)
    return [Shown(good, Cause.NEW) for good, _ in zip(fresh, range(count), strict=False)]
