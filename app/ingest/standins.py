"""What files call by a name instead of the platform's id finds its place as soon as the thing itself is heard of.

Shopify's files know products by handle, article number or title, and some lists know people by address only. Such an
item or customer stands in under its name (`plugins/names.py`) and gives way to the real one, whichever came first; past
lines and orders move along. A name that two items share stays open: better no item than the wrong one.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from app.identity import Kind, Seals, clean_email
from plugins.events import CustomerChanged, Event, ItemChanged, OrderChanged, RefundMade
from plugins.names import EMAIL, FILE_REFUND, HANDLE, is_item_name

Heard = tuple[datetime, Event]
LISTED = "list:"  # a customer without the platform's id goes by a seal: an address is no id to be carried around


def listed(fact: Event, shop_id: int, seals: Seals) -> Event:
    """Return a fact of a file whose customer goes by a seal, where it named them by address."""
    if isinstance(fact, CustomerChanged) and fact.external_id.startswith(EMAIL):
        return replace(fact, external_id=_seal(fact.external_id.removeprefix(EMAIL), shop_id, seals))
    told = fact.customer_external_id if isinstance(fact, OrderChanged) else None
    if isinstance(fact, OrderChanged) and told and told.startswith(EMAIL):
        return replace(fact, customer_external_id=_seal(told.removeprefix(EMAIL), shop_id, seals))
    return fact


def under_known_ids(session: Session, shop_id: int, heard: Sequence[Heard]) -> Sequence[Heard]:
    """Return the facts with items under their real ids where those are known; a real item takes its stand-in's row."""
    items = [fact for _, fact in heard if isinstance(fact, ItemChanged)]
    taken = [(one.external_id, name) for one in items if not _stands_in(one) for name in one.names if _is_handle(name)]
    if taken:
        places = {
            "shop_id": shop_id,
            "rows": json.dumps([{"real": real, "name": name} for real, name in sorted(taken)]),
        }
        session.execute(TAKE_PLACE, places)
        session.execute(HIDE_DOUBLE, places)
    names = sorted({one.external_id for one in items if _stands_in(one)})
    if not names:
        return heard
    rows = session.execute(REAL_ID, {"shop_id": shop_id, "names": names}).all()
    known = {row[0]: row[1] for row in rows}
    return [(at, _under(fact, known)) for at, fact in heard]


def settle(session: Session, shop_id: int, events: Iterable[Event], seals: Seals) -> None:
    """Lead past lines to the items just heard of, past orders to the customers, and let summed-up refunds go."""
    names: set[str] = set()
    emails: set[str | None] = set()
    refunded: set[str] = set()
    for fact in events:
        if isinstance(fact, ItemChanged):
            names.update(fact.names)
        elif isinstance(fact, OrderChanged):
            names.update(line.item_external_id for line in fact.lines if is_item_name(line.item_external_id))
            emails.add(fact.email if (fact.customer_external_id or "").startswith(LISTED) else None)
        elif isinstance(fact, CustomerChanged):
            emails.add(fact.email)
        elif isinstance(fact, RefundMade):
            refunded.add(fact.order_external_id)
    if names:
        session.execute(LEAD_LINES, {"shop_id": shop_id, "names": sorted(names)})
    _lead_people(session, shop_id, sorted({email for one in emails if (email := clean_email(one))}), seals)
    if refunded:
        told = {"shop_id": shop_id, "orders": sorted(refunded), "name": FILE_REFUND}
        session.execute(FORGET_SUMS, told)


def _lead_people(session: Session, shop_id: int, emails: Sequence[str], seals: Seals) -> None:
    """Lead what is known of people by address to their accounts, with what they said about being remembered."""
    reals = session.execute(ACCOUNTS, {"shop_id": shop_id, "emails": emails}).all() if emails else []
    pairs = [{"listed": _seal(row.email, shop_id, seals), "real": row.external_id} for row in reals]
    if not pairs:
        return
    told = {"shop_id": shop_id, "rows": json.dumps(pairs)}
    led = {*session.execute(LEAD_ORDERS, told).scalars(), *session.execute(FORGET_LISTED, told).scalars()}
    session.execute(JOIN, {**told, "led": sorted(led)})
    consent.record(session, shop_id, *(_word(dict(row)) for row in session.execute(WORDS, told).mappings()))


def _word(said: dict[str, Any]) -> consent.Word:
    digest = hashlib.sha256(f"{said.pop('id')} {said['customer_external_id']}".encode()).digest()
    return consent.Word(**said, digest=digest)


def count_open_lines(session: Session, shop_id: int, orders: Sequence[OrderChanged]) -> int:
    """Count the lines of these orders, as they were just written, that found no item."""
    named = [one.external_id for one in orders if any(is_item_name(line.item_external_id) for line in one.lines)]
    return session.execute(OPEN_LINES, {"shop_id": shop_id, "orders": named}).scalar() or 0 if named else 0


def _seal(email: str, shop_id: int, seals: Seals) -> str:
    return LISTED + seals.seal(shop_id, Kind.EMAIL, clean_email(email) or email).hex()


def _stands_in(item: ItemChanged) -> bool:
    return _is_handle(item.external_id)


def _is_handle(name: str) -> bool:
    return name.startswith(HANDLE)


def _under(fact: Event, known: dict[str, str]) -> Event:
    if isinstance(fact, ItemChanged) and fact.external_id in known:
        return replace(fact, external_id=known[fact.external_id])
    return fact


# An item that was renamed may have two stand-ins: it takes the place of one, and the other is hidden.
TAKE_PLACE = text("""
    UPDATE items AS i SET external_id = told.real, updated_at = clock_timestamp()
    FROM (
        SELECT DISTINCT ON (rows.real) rows.real, rows.name
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS rows (real text, name text)
        JOIN items AS stand_in ON stand_in.shop_id = :shop_id AND stand_in.external_id = rows.name
        ORDER BY rows.real, rows.name
    ) AS told
    WHERE i.shop_id = :shop_id AND i.external_id = told.name
        AND NOT EXISTS (SELECT FROM items WHERE shop_id = :shop_id AND external_id = told.real)
""")

HIDE_DOUBLE = text("""
    UPDATE items AS i SET state = 'hidden', updated_at = clock_timestamp()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (real text, name text)
    WHERE i.shop_id = :shop_id AND i.external_id = told.name AND i.state <> 'hidden'
""")

REAL_ID = text("""
    SELECT name, min(external_id) FROM items CROSS JOIN LATERAL unnest(names) AS name
    WHERE shop_id = :shop_id AND names && CAST(:names AS text[]) AND name = ANY(:names) AND external_id <> name
    GROUP BY name
""")

LEAD_LINES = text("""
    WITH found AS (
        SELECT name, min(coalesce(parent_external_id, external_id)) AS item,
            CASE WHEN count(*) = 1 THEN min(external_id) FILTER (WHERE parent_external_id IS NOT NULL) END AS variant
        FROM items CROSS JOIN LATERAL unnest(names) AS name
        WHERE shop_id = :shop_id AND names && CAST(:names AS text[]) AND name = ANY(:names)
        GROUP BY name HAVING count(DISTINCT coalesce(parent_external_id, external_id)) = 1
    )
    UPDATE order_lines AS l SET item_external_id = found.item,
        variant_external_id = coalesce(l.variant_external_id, found.variant)
    FROM found WHERE l.shop_id = :shop_id AND l.item_external_id = found.name AND found.item <> found.name
""")

ACCOUNTS = text("""
    SELECT email, min(external_id) AS external_id FROM customers
    WHERE shop_id = :shop_id AND email = ANY(:emails) AND NOT starts_with(external_id, 'list:')
    GROUP BY email HAVING count(*) = 1 ORDER BY email
""")

LEAD_ORDERS = text("""
    UPDATE orders AS o SET customer_external_id = told.real
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (listed text, real text)
    WHERE o.shop_id = :shop_id AND o.customer_external_id = told.listed RETURNING told.listed
""")

FORGET_LISTED = text("""
    DELETE FROM customers AS stand_in USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (listed text, real text)
    WHERE stand_in.shop_id = :shop_id AND stand_in.external_id = told.listed RETURNING told.listed
""")

# Whatever still knows them by the seal (a link in a letter) finds them.
JOIN = text("""
    INSERT INTO customer_merges (shop_id, from_external_id, into_external_id, merged_at)
    SELECT :shop_id, told.listed, told.real, real.version_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (listed text, real text)
    JOIN customers AS real ON real.shop_id = :shop_id AND real.external_id = told.real
    WHERE told.listed = ANY(CAST(:led AS text[]))
    ON CONFLICT DO NOTHING
""")

WORDS = text("""
    SELECT told.real AS customer_external_id, said.id, purpose, is_given, source, wording, wording_version, locale,
        occurred_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (listed text, real text)
    JOIN consent_records AS said ON said.shop_id = :shop_id AND said.customer_external_id = told.listed
    ORDER BY said.id
""")

FORGET_SUMS = text("""
    DELETE FROM refunds AS sum USING refunds AS single
    WHERE sum.shop_id = :shop_id AND single.shop_id = :shop_id AND sum.order_external_id = ANY(:orders)
        AND single.order_external_id = sum.order_external_id
        AND starts_with(sum.external_id, :name) AND NOT starts_with(single.external_id, :name)
""")

OPEN_LINES = text("""
    SELECT count(*) FROM orders JOIN order_lines AS l ON l.shop_id = :shop_id AND l.order_id = orders.id
    WHERE orders.shop_id = :shop_id AND orders.external_id = ANY(:orders)
        AND (starts_with(l.item_external_id, 'sku:') OR starts_with(l.item_external_id, 'title:'))
""")
