"""Segments as pages list them: all of a shop with how many are in each, and who is in one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Interest, Item, Profile, Segment, SegmentMember
from app.profiles.conditions import Condition, Names, terms_of

MOST_OFFERED = 300  # items or categories to choose from while typing
COLUMNS: Mapping[str, str] = {
    "last_order": "last_order_at",
    "orders": "orders_count",
    "spent": "spent_minor",
    "since": "since",
}
# An account's row where there is one; else whichever row names the address: no page's address holds an e-mail's.
PEOPLE = """
    WITH page AS MATERIALIZED (
        SELECT p.id, p.orders_count, p.spent_minor, p.last_order_at, m.since
        FROM segment_members m JOIN profiles p ON p.shop_id = m.shop_id AND p.id = m.profile_id
        WHERE m.shop_id = :shop_id AND m.segment_id = :segment
        ORDER BY {order}, p.id DESC OFFSET :offset LIMIT :most
    )
    SELECT page.*, coalesce(c.email, e.name) AS email, c.external_id AS customer,
        trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) AS name,
        CASE WHEN c.id IS NULL THEN g.kind ELSE 'customer' END AS kind, coalesce(c.id, g.id) AS row_id
    FROM page
    LEFT JOIN LATERAL (
        SELECT c.* FROM profile_names n JOIN customers c ON c.shop_id = n.shop_id AND c.external_id = n.name
        WHERE n.shop_id = :shop_id AND n.profile_id = page.id AND n.kind = 'customer' ORDER BY c.id DESC LIMIT 1
    ) AS c ON true
    LEFT JOIN LATERAL (
        SELECT n.name FROM profile_names n
        WHERE n.shop_id = :shop_id AND n.profile_id = page.id AND n.kind = 'email' ORDER BY n.name LIMIT 1
    ) AS e ON true
    LEFT JOIN LATERAL (
        (SELECT 'order' AS kind, o.id FROM orders o WHERE o.shop_id = :shop_id AND o.email = e.name LIMIT 1)
        UNION ALL
        (SELECT 'cart', t.id FROM carts t WHERE t.shop_id = :shop_id AND t.email = e.name LIMIT 1)
        UNION ALL
        (SELECT 'consent', r.id FROM consent_records r WHERE r.shop_id = :shop_id AND r.email = e.name LIMIT 1)
        LIMIT 1
    ) AS g ON c.id IS NULL
    ORDER BY {outer_order}, page.id DESC
"""


@dataclass(frozen=True)
class Person:
    """Somebody in a segment. kind and row_id: a row that names them; None where none does any more."""

    profile_id: int
    orders: int
    spent_minor: int
    last_order_at: datetime | None
    since: datetime
    email: str | None
    customer: str | None
    name: str
    kind: str | None
    row_id: int | None


def list_segments(session: Session, shop_id: int) -> list[Segment]:
    """Return all of a shop, deleted ones too, by name."""
    return list(session.scalars(select(Segment).where(Segment.shop_id == shop_id).order_by(Segment.name, Segment.id)))


def count_members(session: Session, shop_id: int) -> dict[int, int]:
    """Return how many people are in each segment that has any."""
    counted = select(SegmentMember.segment_id, func.count()).where(SegmentMember.shop_id == shop_id)
    return {row[0]: row[1] for row in session.execute(counted.group_by(SegmentMember.segment_id))}


def count_everybody(session: Session, shop_id: int) -> int:
    """Return how many people a shop has a profile of, each counted once."""
    there = (Profile.shop_id == shop_id, Profile.merged_into_id.is_(None))
    return session.scalar(select(func.count()).select_from(Profile).where(*there)) or 0


def list_people(
    session: Session, shop_id: int, segment_id: int, *, order: str, offset: int, most: int
) -> Sequence[Person]:
    """Return who is in a segment, a page of them. order: a key of COLUMNS, with a minus for the largest first."""
    column = COLUMNS[order.removeprefix("-")]
    ordered = f"{column} {'DESC' if order.startswith('-') else 'ASC'} NULLS LAST"
    sql = text(PEOPLE.format(order=ordered, outer_order=f"page.{ordered}"))
    rows = session.execute(sql, {"shop_id": shop_id, "segment": segment_id, "offset": offset, "most": most}).all()
    return [
        Person(
            row.id,
            row.orders_count,
            row.spent_minor,
            row.last_order_at,
            row.since,
            row.email,
            row.customer,
            row.name,
            row.kind,
            row.row_id,
        )
        for row in rows
    ]


def names_for(session: Session, shop_id: int, currency: str, told: Iterable[Condition]) -> Names:
    """Return what a shop calls the items and interests that conditions speak of."""
    asked: dict[str, set[str]] = {"bought_item": set(), "interest": set()}
    for condition in told:
        for term in terms_of(condition):
            if term.field in asked:
                values = term.value if isinstance(term.value, tuple) else (term.value,)
                asked[term.field].update(str(value) for value in values)
    titles: dict[tuple[str, str], str] = {}
    if asked["bought_item"]:
        titled = select(Item.external_id, Item.title).where(
            Item.shop_id == shop_id, Item.external_id.in_(asked["bought_item"])
        )
        titles |= {("bought_item", key): title for key, title in session.execute(titled)}
    if asked["interest"]:
        titles |= {("interest", key): label for key, label in list_interests(session, shop_id)}
    return Names(currency, titles)


def list_interests(session: Session, shop_id: int) -> list[tuple[str, str]]:
    """Return what people may say they like: keys and labels."""
    found = select(Interest.key, Interest.label).where(Interest.shop_id == shop_id).order_by(Interest.label)
    return [(key, label) for key, label in session.execute(found)]


def offer_items(session: Session, shop_id: int) -> list[tuple[str, str]]:
    """Return numbers and titles of items to choose from, those that changed last."""
    found = select(Item.external_id, Item.title).where(Item.shop_id == shop_id, Item.parent_external_id.is_(None))
    newest = found.order_by(Item.updated_at.desc()).limit(MOST_OFFERED)
    return sorted(((key, title) for key, title in session.execute(newest)), key=lambda one: one[1])


def offer_categories(session: Session, shop_id: int) -> list[str]:
    """Return categories to choose from."""
    each = select(func.unnest(Item.categories).label("name")).where(Item.shop_id == shop_id).subquery()
    return list(session.scalars(select(each.c.name).distinct().order_by(each.c.name).limit(MOST_OFFERED)))
