"""Find people: by the beginning of an e-mail address or a name, by a customer's number, by an order's.

People are customers with an account, and guests who are known by the e-mail address of an order, a cart or a yes. Found
are at most MOST_FOUND, through indexes only, so that any order and any page costs the same in a shop of any size.
Without words they are those heard of last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Customer

MOST_FOUND = 1000
MOST_WORDS = 5
LONGEST_SEARCH = 200
LAST_LETTER = "\U0010ffff"
COLUMNS = {
    "last_at": "last_at",
    "name": "lower(last_name), lower(first_name)",
    "email": "email",
    "orders": "orders",
}

HEARD_LAST = """
    (SELECT 'customer' AS kind, id, external_id AS customer, email FROM customers
        WHERE shop_id = :shop_id ORDER BY id DESC LIMIT :most)
    UNION ALL
    (SELECT 'order', id, customer_external_id, email FROM orders
        WHERE shop_id = :shop_id AND (customer_external_id IS NOT NULL OR email IS NOT NULL)
        ORDER BY placed_at DESC LIMIT :most)
    UNION ALL
    (SELECT 'cart', id, customer_external_id, email FROM carts
        WHERE shop_id = :shop_id AND (customer_external_id IS NOT NULL OR email IS NOT NULL)
        ORDER BY id DESC LIMIT :most)
    UNION ALL
    (SELECT 'consent', id, customer_external_id, email FROM consent_records
        WHERE shop_id = :shop_id AND email IS NOT NULL ORDER BY id DESC LIMIT :most)
"""
NAMED = "(SELECT 'customer', id, external_id, email FROM customers WHERE shop_id = :shop_id AND {is_named} LIMIT :most)"
BY_EMAIL = "(SELECT '{kind}', id, {customer}, email FROM {table} WHERE shop_id = :shop_id AND {is_named} LIMIT :most)"
STARTS = "{value} ~>=~ :low AND {value} ~<~ :high"
NAMES = ("first_name_first", "last_name_first")
WORD_IN_NAME = "strpos(' ' || {name}, ' ' || CAST(:word{n} AS text)) > 0"

# Behind row-level security an index is used for plain columns only, so what is compared is worked out before, in
# `listed`; and coalesce() keeps the planner from reading all guests through the index of accounts.
# Somebody's account, also where this row of theirs names only the address they used with it.
PEOPLE = """
    WITH hits AS ({hits}), resolved AS (
        SELECT hits.kind, hits.id, hits.email, coalesce(
            hits.customer,
            (SELECT c.external_id FROM customers c WHERE c.shop_id = :shop_id AND c.email = hits.email LIMIT 1),
            (SELECT o.customer_external_id FROM orders o WHERE o.shop_id = :shop_id AND o.email = hits.email
                AND coalesce(o.customer_external_id, '') <> '' LIMIT 1)) AS customer
        FROM hits
    ), people AS (
        SELECT DISTINCT ON (coalesce(m.into_external_id, r.customer), CASE WHEN r.customer IS NULL THEN r.email END)
            r.kind, r.id, r.email, coalesce(m.into_external_id, r.customer) AS customer
        FROM resolved r LEFT JOIN customer_merges m ON m.shop_id = :shop_id AND m.from_external_id = r.customer
        ORDER BY coalesce(m.into_external_id, r.customer), CASE WHEN r.customer IS NULL THEN r.email END,
            array_position(ARRAY['customer', 'order', 'cart', 'consent'], r.kind), r.id DESC
    ), listed AS MATERIALIZED (
        SELECT CASE WHEN c.id IS NULL THEN p.kind ELSE 'customer' END AS kind, coalesce(c.id, p.id) AS row_id,
            p.customer, coalesce(c.email, p.email) AS email,
            coalesce(c.first_name, '') AS first_name, coalesce(c.last_name, '') AS last_name
        FROM (SELECT * FROM people LIMIT :most) p
        LEFT JOIN customers c ON c.shop_id = :shop_id AND c.external_id = p.customer
    )
    SELECT p.*, bought.orders, greatest(bought.last_at, left_behind.last_at) AS last_at, count(*) OVER () AS total
    FROM listed p
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state NOT IN ('cancelled', 'unpaid')) AS orders, max(placed_at) AS last_at FROM (
            SELECT state, placed_at FROM orders WHERE shop_id = :shop_id AND customer_external_id = p.customer
            UNION ALL
            SELECT state, placed_at FROM orders
            WHERE shop_id = :shop_id AND email = p.email AND coalesce(customer_external_id, '') = ''
        ) AS theirs
    ) AS bought ON true
    LEFT JOIN LATERAL (
        SELECT max(version_at) AS last_at FROM (
            SELECT version_at FROM carts WHERE shop_id = :shop_id AND customer_external_id = p.customer
            UNION ALL
            SELECT version_at FROM carts
            WHERE shop_id = :shop_id AND email = p.email AND coalesce(customer_external_id, '') = ''
        ) AS theirs
    ) AS left_behind ON true
    ORDER BY {order}, kind, row_id LIMIT :rows OFFSET :offset
"""


@dataclass(frozen=True)
class Person:
    """Somebody who was found. `kind` and `row_id` name the row by which their profile is opened."""

    kind: str
    row_id: int
    customer: str | None
    email: str | None
    first_name: str
    last_name: str
    orders: int
    last_at: datetime | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class People:
    """One page of those who were found, and how many they are altogether (MOST_FOUND: perhaps more)."""

    rows: Sequence[Person]
    total: int


def find_people(session: Session, shop_id: int, words: str, *, order: str, offset: int, most: int) -> People:
    """Find people. order: one of COLUMNS, with a minus for descending."""
    told: dict[str, object] = {"shop_id": shop_id, "most": MOST_FOUND, "rows": most, "offset": offset}
    exact = words.replace("\x00", "").strip()[:LONGEST_SEARCH]
    hits = HEARD_LAST
    if exact:
        hits, more = _hits(exact)
        told |= more
    rows = session.execute(text(PEOPLE.format(hits=hits, order=_order(order))), told).all()
    if not rows and offset:  # past the end: how many there are is told by the first page
        return People([], find_people(session, shop_id, words, order=order, offset=0, most=1).total)
    return People([Person(*row[:-1]) for row in rows], rows[0].total if rows else 0)


def count_accounts(session: Session, shop_id: int) -> int:
    """Count the customers with an account."""
    return session.scalar(select(func.count()).select_from(Customer).where(Customer.shop_id == shop_id)) or 0


def _hits(exact: str) -> tuple[str, dict[str, object]]:
    first, *others = exact.lower().split()[:MOST_WORDS]
    told: dict[str, object] = {"exact": exact, "number": exact.removeprefix("#"), "low": first}
    told |= {f"word{n}": word for n, word in enumerate(others)}
    told["high"] = first + LAST_LETTER
    parts = [
        NAMED.format(is_named="external_id = :exact"),
        BY_EMAIL.format(
            kind="order", table="orders", customer="customer_external_id", is_named="external_id = :number"
        ),
        BY_EMAIL.format(
            kind="order", table="orders", customer="customer_external_id", is_named="customer_external_id = :exact"
        ),
    ]
    for name in NAMES:
        rest = [WORD_IN_NAME.format(name=name, n=n) for n in range(len(others))]
        parts.append(NAMED.format(is_named=" AND ".join([STARTS.format(value=name), *rest])))
    if not others:
        starts = STARTS.format(value="email")
        parts.append(NAMED.format(is_named=starts))
        for kind, table in (("order", "orders"), ("cart", "carts"), ("consent", "consent_records")):
            parts.append(BY_EMAIL.format(kind=kind, table=table, customer="customer_external_id", is_named=starts))
    columns = "SELECT NULL AS kind, NULL::bigint AS id, NULL AS customer, NULL AS email WHERE false"
    return " UNION ALL ".join([columns, *parts]), told


def _order(order: str) -> str:
    columns = COLUMNS[order.removeprefix("-")].split(", ")
    way = "DESC NULLS LAST" if order.startswith("-") else "NULLS LAST"
    return ", ".join(f"{column} {way}" for column in columns)
