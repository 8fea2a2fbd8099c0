"""What one visitor did, read at the moment they ask: their live session, and what they bought before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from app import consent
from app.db import Database

SESSION_DAYS = 30
LIVE_DAYS = 0.25
MOST_LIVE = 10  # items of a live session
MOST_EVENTS = 200
MOST_PURCHASES = 1000

BOUGHT = f"""
    SELECT array_agg(item_id), array_agg(days) FROM (
        SELECT i.id AS item_id, extract(epoch FROM clock_timestamp() - o.placed_at)::float8 / 86400 AS days
        FROM orders o
        JOIN order_lines b ON b.shop_id = o.shop_id AND b.order_id = o.id AND b.quantity > 0
        JOIN items i ON i.shop_id = b.shop_id AND i.external_id = b.item_external_id
        WHERE o.shop_id = %(shop)s AND o.state = 'placed' AND {{whose}}
        ORDER BY o.placed_at DESC LIMIT {MOST_PURCHASES}
    ) AS bought
"""  # noqa: S608 - our own numbers
# One statement, so that a widget costs one round trip; what is many comes as arrays, which cost little to read.
# A browser that said yes is nobody to us while the customer behind it has said no.
READ = f"""
    WITH visitor AS (
        SELECT v.is_consenting AND coalesce(said.is_given, true) AS is_consenting, l.customer_external_id
        FROM visitors v LEFT JOIN visitor_links l ON l.shop_id = v.shop_id AND l.visitor_key = v.visitor_key
        LEFT JOIN LATERAL (
            SELECT c.is_given FROM consent_records c
            WHERE c.shop_id = %(shop)s AND c.customer_external_id = l.customer_external_id
                AND c.purpose = 'personalization'
            ORDER BY c.occurred_at DESC, c.is_given LIMIT 1
        ) AS said ON true
        WHERE v.shop_id = %(shop)s AND v.visitor_key = %(visitor)s
    )
    SELECT visitor.is_consenting, visitor.customer_external_id, done.items, done.days, done.kinds,
        own.items, own.days, guest.items, guest.days
    FROM visitor
    LEFT JOIN LATERAL (
        SELECT array_agg(item_id), array_agg(days), array_agg(kind) FROM (
            SELECT e.item_id, e.kind, extract(epoch FROM clock_timestamp() - e.occurred_at)::float8 / 86400 AS days
            FROM browsing_events e
            WHERE e.shop_id = %(shop)s AND e.visitor_key = %(visitor)s AND e.item_id IS NOT NULL
                AND e.occurred_at > clock_timestamp() - make_interval(days => {SESSION_DAYS})
            ORDER BY e.occurred_at DESC LIMIT {MOST_EVENTS}
        ) AS events
    ) AS done (items, days, kinds) ON visitor.is_consenting
    LEFT JOIN LATERAL (
        {BOUGHT.format(whose="o.customer_external_id = visitor.customer_external_id")}
    ) AS own (items, days) ON visitor.is_consenting
    LEFT JOIN LATERAL (
        {BOUGHT.format(whose="o.visitor_key = %(visitor)s AND o.customer_external_id IS NULL")}
    ) AS guest (items, days) ON visitor.is_consenting
"""  # noqa: S608 - likewise
OF_CUSTOMER = BOUGHT.format(whose="o.customer_external_id = %(customer)s")

ItemIds = npt.NDArray[np.int64]
Days = npt.NDArray[np.float32]
NO_ITEMS: ItemIds = np.empty(0, np.int64)
NO_DAYS: Days = np.empty(0, np.float32)


@dataclass(frozen=True)
class Doings:
    """Items by our ids, and how many days ago each was; newest first."""

    items: ItemIds = field(default_factory=lambda: NO_ITEMS)
    days: Days = field(default_factory=lambda: NO_DAYS)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Visit:
    """Somebody in front of a shelf, and what may be used of them."""

    answer: consent.Answer
    customer: str | None = None
    bought: Doings = field(default_factory=Doings)
    viewed: Doings = field(default_factory=Doings)
    dismissed: frozenset[int] = frozenset()

    @property
    def is_blank(self) -> bool:
        """True for everybody we know nothing of: they all see the same."""
        return not (self.customer or len(self.bought) or len(self.viewed) or self.dismissed)

    def session(self) -> tuple[int, ...]:
        """Return what they looked at or put into the basket lately, newest first, each item once."""
        lately = self.viewed.items[self.viewed.days < LIVE_DAYS]
        return tuple(dict.fromkeys(lately.tolist()))[:MOST_LIVE]


STRANGER = Visit(consent.may_remember(None))


def read_visit(db: Database, shop_id: int, visitor_key: bytes | None) -> Visit:
    """Return what may be used of a visitor: nothing but "nobody we know" unless they agreed."""
    if visitor_key is None:
        return STRANGER
    rows = db.at_once(shop_id, READ, {"shop": shop_id, "visitor": visitor_key})
    return _visit(rows[0]) if rows else STRANGER


def visit_of_customer(session: Session, shop_id: int, customer_external_id: str, *, is_unasked_allowed: bool) -> Visit:
    """Return a customer as the merchant previews them: what may not be used for them is not shown here either."""
    answer = consent.may_personalize(session, shop_id, customer_external_id, is_unasked_allowed=is_unasked_allowed)
    if not answer.is_allowed:
        return Visit(answer)
    told = {"shop": shop_id, "customer": customer_external_id}
    row = session.connection().exec_driver_sql(OF_CUSTOMER, told).one()
    return Visit(answer, customer_external_id, bought=_doings(row[0], row[1]))


def _visit(row: Sequence[Any]) -> Visit:
    is_consenting, customer, items, days, kinds, *bought = row
    answer = consent.may_remember(is_consenting)
    if not answer.is_allowed:
        return Visit(answer)
    done = _doings(items, days)
    kind = np.array(kinds or [], np.str_)
    is_look = (kind == "item_viewed") | (kind == "cart_added")
    return Visit(
        answer=answer,
        customer=customer,
        bought=_doings((bought[0] or []) + (bought[2] or []), (bought[1] or []) + (bought[3] or [])),
        viewed=Doings(done.items[is_look], done.days[is_look]),
        dismissed=frozenset(done.items[kind == "item_dismissed"].tolist()),
    )


def _doings(items: Sequence[int] | None, days: Sequence[float] | None) -> Doings:
    if not items:
        return Doings()
    return Doings(np.array(items, np.int64), np.maximum(np.array(days, np.float32), 0))
