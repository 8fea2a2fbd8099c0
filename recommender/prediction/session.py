"""A visit as it goes on: a small state, folded over what happens, and the closed list of numbers it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from recommender.interactions import Float64s

STEPS: Final = ("none", "item_viewed", "cart_added", "cart_removed", "search_made", "item_dismissed")
"""What a visit is made of; anything else that happens is passed over."""

LONGEST_PAUSE: Final = 600.0  # seconds: a tab left open is no dwelling
MOST_ITEMS: Final = 500  # remembered of one visit; nobody but a program sees more, and its state must stay small

FEATURES: Final = (
    "views",  # items looked at, the same one again included
    "distinct_items",  # different items looked at, up to MOST_ITEMS
    "repeats",  # views of an item already looked at in this visit
    "adds",  # times something was put into the cart
    "removals",  # times something was taken out
    "cart_size",  # different items in the cart now
    "searches",  # searches made
    "dwell",  # seconds spent, pauses counted up to LONGEST_PAUSE each
    "last_step",  # place in STEPS of what happened last
    "seconds_since_last",  # seconds since that
    "is_returning",  # 1 for who has been here before
    "prior_orders",  # orders before this visit
    "hour",  # of the visit's start by the shop's clock, 0 to 24
    "weekday",  # of the visit's start, 0 is Monday
)
"""Every feature of a visit there is; none is ever NaN."""


@dataclass(frozen=True)
class Visitor:
    """What is known of a visit when it starts. hour: 0 to 24, by the shop's clock. weekday: 0 is Monday."""

    is_returning: bool = False
    prior_orders: int = 0
    hour: float = 12.0
    weekday: int = 0


@dataclass(frozen=True)
class Session:
    """What has happened in one visit. Frozen: `after` gives the next state. last_at: seconds since the visit began.

    A visit may begin with a cart from an earlier one: Session(cart=frozenset({7})).
    """

    views: int = 0
    repeats: int = 0
    adds: int = 0
    removals: int = 0
    searches: int = 0
    seen: frozenset[int] = frozenset()
    cart: frozenset[int] = frozenset()
    dwell: float = 0.0
    last_at: float = 0.0
    last_step: str = STEPS[0]

    def after(self, kind: str, seconds: float, item: int | None = None) -> "Session":
        """Return the visit after one more event, so many seconds after it began.

        A clock that went back, or stands at what is no number, counts as not having moved. Kinds that are not in STEPS
        change nothing. An event about an item that names none counts, but leaves `seen` and `cart` as they are.
        """
        if kind not in STEPS[1:]:
            return self
        at = max(seconds, self.last_at) if np.isfinite(seconds) else self.last_at
        dwell = self.dwell + min(at - self.last_at, LONGEST_PAUSE)
        next_one = replace(self, dwell=dwell, last_at=at, last_step=kind)
        match kind:
            case "item_viewed":
                repeats = self.repeats + (item in self.seen)
                return replace(next_one, views=self.views + 1, repeats=repeats, seen=_with(self.seen, item))
            case "cart_added":
                return replace(next_one, adds=self.adds + 1, cart=_with(self.cart, item))
            case "cart_removed":
                return replace(next_one, removals=self.removals + 1, cart=self.cart - {item})
            case "search_made":
                return replace(next_one, searches=self.searches + 1)
            case _:
                return next_one

    def features(self, seconds: float, visitor: Visitor) -> Float64s:
        """Return the numbers FEATURES names, float64 [len(FEATURES)], so many seconds after the visit began."""
        since = max(seconds - self.last_at, 0.0) if np.isfinite(seconds) else 0.0
        told: Mapping[str, float] = {
            "views": self.views,
            "distinct_items": len(self.seen),
            "repeats": self.repeats,
            "adds": self.adds,
            "removals": self.removals,
            "cart_size": len(self.cart),
            "searches": self.searches,
            "dwell": self.dwell,
            "last_step": STEPS.index(self.last_step),
            "seconds_since_last": since,
            "is_returning": visitor.is_returning,
            "prior_orders": max(visitor.prior_orders, 0),
            "hour": visitor.hour % 24,
            "weekday": visitor.weekday % 7,
        }
        return np.array([told[name] for name in FEATURES], np.float64)


def fold(events: Iterable[tuple[str, float, int | None]], start: Session | None = None) -> Session:
    """Return a visit after (kind, seconds since it began, item) events, in the order they came in."""
    visit = start or Session()
    for kind, seconds, item in events:
        visit = visit.after(kind, seconds, item)
    return visit


def _with(items: frozenset[int], item: int | None) -> frozenset[int]:
    return items if item is None or item in items or len(items) >= MOST_ITEMS else items | {item}
