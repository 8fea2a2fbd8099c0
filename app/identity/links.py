"""Who is the same: followed through the facts at the moment of need."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity.names import Known, known

MOST_ROUNDS = 4
MOST_PEOPLE = 20  # e-mail addresses behind one phone, address or browser; more is a pick-up point, not a person


def same_person(session: Session, shop_id: int, seed: Known) -> Known:
    """Return every name of a person that is theirs beyond doubt.

    An account and the address it is registered with lead to each other, and so do merged accounts. An address that was
    typed into an order or a cart may be anybody's, so it leads nowhere. Carts and browsers are found and lead nowhere
    either, and a browser that somebody else uses too is not theirs alone, so it is left out. Where the merchant took
    two profiles apart, that stands against the facts.
    """
    found = _names(seed)
    for _ in range(MOST_ROUNDS):
        rows = session.execute(SURE, {"shop_id": shop_id, **_lists(found)}).all()
        wider = found | known(customers=[row[0] for row in rows], emails=[row[1] for row in rows])
        if wider == found:
            break
        found = wider
    found = _without_parted(session, shop_id, seed, found)
    return found | _belongings(session, shop_id, found | Known(visitors=seed.visitors, carts=seed.carts))


def probably_same(session: Session, shop_id: int, seed: Known) -> Known:
    """Return every name that may be the same person's. For holding back a message, and for nothing else.

    What many people share (a pick-up point, a switchboard) is nobody's name, and is left out.
    """
    found = _without_hubs(session, shop_id, seed)
    for _ in range(MOST_ROUNDS):
        rows = session.execute(WIDE, {"shop_id": shop_id, **_lists(found)}).all()
        wider = found | Known(*(frozenset(row[place] for row in rows if row[place]) for place in range(6)))
        wider = _without_hubs(session, shop_id, wider)
        if wider == found:
            break
        found = wider
    return found


def has_ordered(session: Session, shop_id: int, who: Known, *, since: datetime, cart: str = "") -> bool:
    """Tell whether any of these names has ordered since then, or this very cart has ever become an order.

    Cancelled orders do not count, nor those that never came to a payment; one whose money is still on its way does.
    """
    told = {"shop_id": shop_id, "since": since, "cart": cart, **_lists(who)}
    return bool(session.execute(HAS_ORDERED, told).scalar())


def _without_parted(session: Session, shop_id: int, seed: Known, found: Known) -> Known:
    told = {"seed_customers": list(seed.customers), "seed_emails": list(seed.emails)}
    rows = session.execute(PARTED, {"shop_id": shop_id, **told, **_lists(found)}).all()
    customers, emails = ({row.name for row in rows if row.kind == kind} for kind in ("customer", "email"))
    return replace(found, customers=found.customers - customers, emails=found.emails - emails)


def _without_hubs(session: Session, shop_id: int, who: Known) -> Known:
    rows = session.execute(HUBS, {"shop_id": shop_id, "most": MOST_PEOPLE, **_lists(who)}).all()
    phones, addresses, visitors = (frozenset(row[place] for row in rows if row[place]) for place in range(3))
    return replace(
        who,
        phones=who.phones - phones,
        addresses=who.addresses - addresses,
        visitors=who.visitors - visitors,
    )


def _names(seed: Known) -> Known:
    return Known(customers=seed.customers, emails=seed.emails)


def _lists(who: Known) -> dict[str, Sequence[Any]]:
    return {one.name: list(getattr(who, one.name)) for one in fields(who)}


def _belongings(session: Session, shop_id: int, who: Known) -> Known:
    rows = session.execute(BELONGINGS, {"shop_id": shop_id, **_lists(who)}).all()
    phones, addresses, visitors, carts = (frozenset(row[n] for row in rows if row[n]) for n in range(4))
    shared = session.execute(SHARED, {"shop_id": shop_id, **_lists(who | Known(visitors=visitors))}).scalars()
    return Known(phones=phones, addresses=addresses, visitors=(visitors | who.visitors) - set(shared), carts=carts)


SURE = text("""
    SELECT external_id, email FROM customers
    WHERE shop_id = :shop_id AND (external_id = ANY(:customers) OR email = ANY(:emails))
    UNION
    SELECT from_external_id, NULL FROM customer_merges
    WHERE shop_id = :shop_id AND into_external_id = ANY(:customers)
    UNION
    SELECT into_external_id, NULL FROM customer_merges
    WHERE shop_id = :shop_id AND from_external_id = ANY(:customers)
""")

# The names among those found that belong to a profile which was taken apart from the seed's.
PARTED = text("""
    WITH undone AS (
        SELECT coalesce(a.merged_into_id, a.id) AS one, coalesce(b.merged_into_id, b.id) AS other
        FROM profile_merges m JOIN profiles a ON a.shop_id = m.shop_id AND a.id = m.from_id
            JOIN profiles b ON b.shop_id = m.shop_id AND b.id = m.into_id
        WHERE m.shop_id = :shop_id AND m.undone_at IS NOT NULL
    ), mine AS (
        SELECT profile_id FROM profile_names WHERE shop_id = :shop_id
            AND (kind = 'customer' AND name = ANY(:seed_customers) OR kind = 'email' AND name = ANY(:seed_emails))
    )
    SELECT kind, name FROM profile_names WHERE shop_id = :shop_id
        AND (kind = 'customer' AND name = ANY(:customers) OR kind = 'email' AND name = ANY(:emails))
        AND profile_id IN (
            SELECT other FROM undone WHERE one IN (SELECT profile_id FROM mine)
            UNION SELECT one FROM undone WHERE other IN (SELECT profile_id FROM mine)
            EXCEPT SELECT profile_id FROM mine)
""")

# What names an account and another address is the account's.
BELONGINGS = text("""
    SELECT phone, NULL::bytea AS address_key, NULL::bytea AS visitor_key, NULL::text AS cart FROM customers
    WHERE shop_id = :shop_id AND external_id = ANY(:customers)
    UNION
    SELECT phone, address_key, visitor_key, cart_external_id FROM orders
    WHERE shop_id = :shop_id AND (customer_external_id = ANY(:customers)
        OR email = ANY(:emails) AND customer_external_id IS NULL)
    UNION
    SELECT phone, address_key, visitor_key, external_id FROM carts
    WHERE shop_id = :shop_id AND (customer_external_id = ANY(:customers)
        OR email = ANY(:emails) AND customer_external_id IS NULL OR external_id = ANY(:carts))
    UNION
    SELECT NULL, NULL, visitor_key, NULL FROM visitor_links
    WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
""")

SHARED = text("""
    SELECT visitor_key FROM orders WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors)
        AND (customer_external_id IS NOT NULL AND customer_external_id <> ALL(:customers)
            OR customer_external_id IS NULL AND email <> ALL(:emails))
    UNION
    SELECT visitor_key FROM carts WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors)
        AND (customer_external_id IS NOT NULL AND customer_external_id <> ALL(:customers)
            OR customer_external_id IS NULL AND email <> ALL(:emails))
    UNION
    SELECT visitor_key FROM visitor_links
    WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors) AND customer_external_id <> ALL(:customers)
""")

# One index look-up for each kind of name: with OR between them the planner reads whole tables of which it knows little.
NAMED = {
    "customer_external_id": "customers",
    "email": "emails",
    "phone": "phones",
    "address_key": "addresses",
    "visitor_key": "visitors",
    "cart_external_id": "carts",
}

OWN_IDS = {("carts", "cart_external_id"), ("customers", "customer_external_id")}


def _each(select: str, table: str, columns: Iterable[str]) -> str:
    """Return one SELECT for each kind of name, joined; in its own table a thing's id is called external_id."""
    parts = []
    for column in columns:
        own = "external_id" if (table, column) in OWN_IDS else column
        parts.append(f"SELECT {select} FROM {table} WHERE shop_id = :shop_id AND {own} = ANY(:{NAMED[column]})")  # noqa: S608
    return " UNION ".join(parts)


WIDE = text(f"""
    {_each("customer_external_id, email, phone, address_key, visitor_key, cart_external_id", "orders", NAMED)}
    UNION
    {_each("customer_external_id, email, phone, address_key, visitor_key, external_id", "carts", NAMED)}
    UNION
    {_each("external_id, email, phone, NULL::bytea, NULL::bytea, NULL", "customers", list(NAMED)[:3])}
    UNION
    SELECT customer_external_id, NULL, NULL, NULL, visitor_key, NULL FROM visitor_links
    WHERE shop_id = :shop_id AND (customer_external_id = ANY(:customers) OR visitor_key = ANY(:visitors))
    UNION
    SELECT unnest(ARRAY[from_external_id, into_external_id]), NULL, NULL, NULL, NULL, NULL FROM customer_merges
    WHERE shop_id = :shop_id AND (from_external_id = ANY(:customers) OR into_external_id = ANY(:customers))
""")  # noqa: S608 - our own column names

# A phone, an address or a browser that many e-mail addresses stand behind says nothing about a person.
HUBS = text("""
    SELECT phone, NULL::bytea, NULL::bytea FROM orders WHERE shop_id = :shop_id AND phone = ANY(:phones)
    GROUP BY phone HAVING count(DISTINCT email) > :most
    UNION ALL
    SELECT NULL, address_key, NULL FROM orders WHERE shop_id = :shop_id AND address_key = ANY(:addresses)
    GROUP BY address_key HAVING count(DISTINCT email) > :most
    UNION ALL
    SELECT NULL, NULL, visitor_key FROM orders WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors)
    GROUP BY visitor_key HAVING count(DISTINCT email) > :most
""")

IS_ORDER = "SELECT 1 FROM orders WHERE shop_id = :shop_id AND state NOT IN ('cancelled', 'unpaid')"

HAS_ORDERED = text(
    f"SELECT EXISTS ({IS_ORDER} AND cart_external_id = :cart)"
    + "".join(f" OR EXISTS ({IS_ORDER} AND placed_at >= :since AND {column} = ANY(:{name}))"
              for column, name in NAMED.items())
)  # fmt: skip
