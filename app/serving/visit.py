"""What one visitor did, read at the moment they ask: their live session, and what they bought before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from app.db import Database

SESSION_DAYS = 30
LIVE_DAYS = 0.25
MOST_LIVE = 10  # items of a live session
MOST_EVENTS = 200
MOST_PURCHASES = 1000

# One statement, so that a widget costs one round trip: the visitor's answer, then events and purchases, newest first.
READ = f"""
    WITH visitor AS (
        SELECT v.is_consenting, l.customer_external_id
        FROM visitors v LEFT JOIN visitor_links l ON l.shop_id = v.shop_id AND l.visitor_key = v.visitor_key
        WHERE v.shop_id = %(shop)s AND v.visitor_key = %(visitor)s
    )
    SELECT 'visitor', NULL::bigint, customer_external_id, is_consenting, NULL::float8 FROM visitor
    UNION ALL (
        SELECT e.kind, e.item_id, NULL, NULL, extract(epoch FROM clock_timestamp() - e.occurred_at) / 86400
        FROM browsing_events e
        WHERE e.shop_id = %(shop)s AND e.visitor_key = %(visitor)s AND e.item_id IS NOT NULL
            AND e.occurred_at > clock_timestamp() - make_interval(days => {SESSION_DAYS})
            AND EXISTS (SELECT FROM visitor WHERE is_consenting)
        ORDER BY e.occurred_at DESC LIMIT {MOST_EVENTS}
    )
    UNION ALL (
        SELECT 'bought', i.id, NULL, NULL, extract(epoch FROM clock_timestamp() - o.placed_at) / 86400
        FROM visitor JOIN orders o ON o.shop_id = %(shop)s AND o.state = 'placed'
            AND o.customer_external_id = visitor.customer_external_id
        JOIN order_lines b ON b.shop_id = o.shop_id AND b.order_id = o.id AND b.quantity > 0
        JOIN items i ON i.shop_id = b.shop_id AND i.external_id = b.item_external_id
        WHERE visitor.is_consenting
        ORDER BY o.placed_at DESC LIMIT {MOST_PURCHASES}
    )
    UNION ALL (
        SELECT 'bought', i.id, NULL, NULL, extract(epoch FROM clock_timestamp() - o.placed_at) / 86400
        FROM visitor JOIN orders o ON o.shop_id = %(shop)s AND o.state = 'placed' AND o.visitor_key = %(visitor)s
            AND o.customer_external_id IS NULL
        JOIN order_lines b ON b.shop_id = o.shop_id AND b.order_id = o.id AND b.quantity > 0
        JOIN items i ON i.shop_id = b.shop_id AND i.external_id = b.item_external_id
        WHERE visitor.is_consenting
        LIMIT {MOST_PURCHASES}
    )
"""  # noqa: S608 - our own numbers

OF_CUSTOMER = f"""
    SELECT i.id AS item_id, extract(epoch FROM clock_timestamp() - o.placed_at) / 86400 AS days
    FROM orders o
    JOIN order_lines b ON b.shop_id = o.shop_id AND b.order_id = o.id AND b.quantity > 0
    JOIN items i ON i.shop_id = b.shop_id AND i.external_id = b.item_external_id
    WHERE o.shop_id = :shop AND o.state = 'placed' AND o.customer_external_id = :customer
    ORDER BY o.placed_at DESC LIMIT {MOST_PURCHASES}
"""  # noqa: S608 - our own number


@dataclass(frozen=True)
class Visit:
    """Somebody in front of a shelf; items by our ids, newest first. `bought` and `viewed`: (item, days ago)."""

    answer: consent.Answer
    customer: str | None = None
    bought: tuple[tuple[int, float], ...] = ()
    viewed: tuple[tuple[int, float], ...] = ()
    dismissed: frozenset[int] = frozenset()

    def session(self) -> tuple[int, ...]:
        """Return what they looked at or put into the basket lately, newest first, each item once."""
        lately = (item for item, days in self.viewed if days < LIVE_DAYS)
        return tuple(dict.fromkeys(lately))[:MOST_LIVE]


STRANGER = Visit(consent.may_remember(None))


def read_visit(db: Database, shop_id: int, visitor_key: bytes | None) -> Visit:
    """Return what may be used of a visitor: nothing but "nobody we know" unless they agreed."""
    if visitor_key is None:
        return STRANGER
    return _visit(db.at_once(shop_id, READ, {"shop": shop_id, "visitor": visitor_key}))


def visit_of_customer(session: Session, shop_id: int, customer_external_id: str, *, is_unasked_allowed: bool) -> Visit:
    """Return a customer as the merchant previews them: what may not be used for them is not shown here either."""
    learners = consent.learners(session, shop_id, is_unasked_allowed=is_unasked_allowed)
    answer = learners.may_learn_from(customer_external_id)
    if not answer.is_allowed:
        return Visit(answer)
    rows = session.execute(text(OF_CUSTOMER), {"shop": shop_id, "customer": customer_external_id}).all()
    return Visit(answer, customer_external_id, bought=tuple((row.item_id, float(row.days)) for row in rows))


def _visit(rows: Sequence[Any]) -> Visit:
    answered = next((row for row in rows if row[0] == "visitor"), None)
    answer = consent.may_remember(answered[3] if answered else None)
    if answered is None or not answer.is_allowed:
        return Visit(answer)
    looked = ("item_viewed", "cart_added")
    return Visit(
        answer=answer,
        customer=answered[2],
        bought=tuple((row[1], float(row[4])) for row in rows if row[0] == "bought"),
        viewed=tuple((row[1], float(row[4])) for row in rows if row[0] in looked),
        dismissed=frozenset(row[1] for row in rows if row[0] == "item_dismissed"),
    )
