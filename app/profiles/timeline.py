"""What somebody did and what was done for them, newest first: one list over many tables, a page at a time.

A row belongs to somebody when its account does, or when it names no account and its e-mail address is theirs, or names
neither and came from a browser of theirs alone. So a row that names two people belongs to the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.identity import Known
from app.models import BrowsingEvent, Cart, ConsentRecord, Item, Message, Order, OrderLine, Review, Suppression

KINDS = ("order", "cart", "visit", "message", "consent", "suppression", "review")

# One look-up for each kind of name: with OR between them, or a bare IS NULL, the planner reads whole tables.
THEIRS = (
    "customer_external_id = ANY(:customers)",
    "email = ANY(:emails) AND coalesce(customer_external_id, '') = ''",
    "visitor_key = ANY(:visitors) AND coalesce(customer_external_id, '') = '' AND coalesce(email, '') = ''",
)


def rows_of(select: str) -> str:
    """Return what selects somebody's rows from orders or carts, each once."""
    return " UNION ALL ".join(f"{select} WHERE shop_id = :shop_id AND {theirs}" for theirs in THEIRS)


PARTS = {
    "order": rows_of("SELECT placed_at AS at, 'order' AS kind, id FROM orders"),
    "cart": rows_of("SELECT version_at AS at, 'cart' AS kind, id FROM carts"),
    "visit": """
        SELECT occurred_at, 'visit', id FROM browsing_events WHERE shop_id = :shop_id AND visitor_key IN (
            SELECT visitor_key FROM visitors
            WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors) AND is_consenting)
    """,
    "message": """
        SELECT coalesce(sent_at, settled_at, sending_at, planned_at), 'message', id FROM messages
        WHERE shop_id = :shop_id AND email = ANY(:emails) AND NOT is_test
    """,
    "consent": """
        (SELECT occurred_at, 'consent', id FROM consent_records WHERE shop_id = :shop_id AND email = ANY(:emails)
        UNION
        SELECT occurred_at, 'consent', id FROM consent_records
        WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
        UNION
        SELECT occurred_at, 'consent', id FROM consent_records
        WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors))
    """,
    "review": """
        SELECT posted_at, 'review', id FROM reviews
        WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
        UNION ALL
        SELECT posted_at, 'review', id FROM reviews
        WHERE shop_id = :shop_id AND email = ANY(:emails) AND coalesce(customer_external_id, '') = ''
    """,
    "suppression": """
        SELECT occurred_at, 'suppression', 0 FROM suppressions
        WHERE shop_id = :shop_id AND channel = 'email' AND address = ANY(:emails)
    """,
}


@dataclass(frozen=True)
class Piece:
    """So many of one thing in an order or a cart."""

    title: str
    quantity: int
    total_minor: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened: its row, and the items in it."""

    at: datetime
    kind: str
    row: Any
    pieces: Sequence[Piece] = field(default_factory=tuple)
    title: str = ""  # of the item that a visit or a review was about


@dataclass(frozen=True)
class Timeline:
    """One page of entries, and how many there are of each kind."""

    entries: Sequence[Entry]
    counts: dict[str, int]

    def total(self, kind: str = "") -> int:
        """Return how many entries of a kind there are, or of all."""
        return self.counts[kind] if kind else sum(self.counts.values())


def read_timeline(
    session: Session, shop_id: int, who: Known, *, kind: str = "", offset: int = 0, most: int = 50
) -> Timeline:
    """Return a page of what is known to have happened. kind: one of KINDS, or all."""
    told = {"shop_id": shop_id, **{one.name: list(getattr(who, one.name)) for one in fields(who)}}
    counts = dict.fromkeys(KINDS, 0) | {row.kind: row.n for row in session.execute(COUNTS, told)}
    wanted = text(f"{_union([kind] if kind else KINDS)} ORDER BY at DESC, kind, id DESC LIMIT :most OFFSET :offset")
    rows = session.execute(wanted, {**told, "most": most, "offset": offset}).all()
    return Timeline(_entries(session, shop_id, rows, who), counts)


def _union(kinds: Sequence[str]) -> str:
    start = "SELECT NULL::timestamptz AS at, NULL AS kind, NULL::bigint AS id WHERE false"
    return " UNION ALL ".join([start, *(PARTS[kind] for kind in kinds)])


COUNTS = text(f"SELECT kind, count(*) AS n FROM ({_union(KINDS)}) AS entries GROUP BY kind")  # noqa: S608 - likewise


def _entries(session: Session, shop_id: int, rows: Sequence[Any], who: Known) -> list[Entry]:
    ids = {kind: [row.id for row in rows if row.kind == kind] for kind in KINDS}
    found: dict[tuple[str, int], Any] = {}
    for kind, model in MODELS.items():
        if ids[kind]:
            wanted = select(model).where(model.shop_id == shop_id, model.id.in_(ids[kind]))
            found |= {(kind, one.id): one for one in session.scalars(wanted)}
    lines = _lines(session, shop_id, ids["order"])
    titles = _titles(session, shop_id, [found[key].item_id for key in found if key[0] == "visit"])
    reviewed = [found[key].item_external_id for key in found if key[0] == "review"]
    called = _called(session, shop_id, [found[key] for key in found if key[0] == "cart"], reviewed)
    stopped = _suppressions(session, shop_id, who) if ids["suppression"] else {}
    entries = []
    for row in rows:
        one: Any = stopped.get(row.at) if row.kind == "suppression" else found.get((row.kind, row.id))
        if one is not None:
            pieces = (
                lines.get(row.id, ()) if row.kind == "order" else _pieces(one, called) if row.kind == "cart" else ()
            )
            about = titles.get(getattr(one, "item_id", None)) or called.get(getattr(one, "item_external_id", ""), "")
            entries.append(Entry(row.at, row.kind, one, pieces, about))
    return entries


def _lines(session: Session, shop_id: int, order_ids: list[int]) -> dict[int, list[Piece]]:
    found: dict[int, list[Piece]] = {}
    if order_ids:
        rows = session.execute(
            select(OrderLine, Item.title)
            .outerjoin(Item, (Item.shop_id == OrderLine.shop_id) & (Item.external_id == OrderLine.item_external_id))
            .where(OrderLine.shop_id == shop_id, OrderLine.order_id.in_(order_ids))
            .order_by(OrderLine.order_id, OrderLine.external_id)
        )
        for line, title in rows:
            piece = Piece(line.title or title or line.item_external_id, line.quantity, line.total_minor)
            found.setdefault(line.order_id, []).append(piece)
    return found


def _pieces(cart: Cart, called: dict[str, str]) -> list[Piece]:
    return [
        Piece(
            str(line.get("title") or called.get(str(line.get("item_external_id")), line.get("item_external_id"))),
            int(str(line.get("quantity") or 0)),
            int(str(line.get("total_minor") or 0)),
        )
        for line in cart.lines
    ]


def _called(session: Session, shop_id: int, carts: list[Cart], reviewed: list[str]) -> dict[str, str]:
    """Return the titles of items that lie in carts whose lines bring none, or that were reviewed."""
    wanted = set(reviewed) | {
        str(line.get("item_external_id")) for cart in carts for line in cart.lines if not line.get("title")
    }
    if not wanted:
        return {}
    rows = session.execute(
        select(Item.external_id, Item.title).where(Item.shop_id == shop_id, Item.external_id.in_(wanted))
    )
    return {row.external_id: row.title for row in rows}


def _titles(session: Session, shop_id: int, item_ids: list[int | None]) -> dict[int | None, str]:
    wanted = {one for one in item_ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Item.id, Item.title).where(Item.shop_id == shop_id, Item.id.in_(wanted)))
    return {row.id: row.title for row in rows}


def _suppressions(session: Session, shop_id: int, who: Known) -> dict[datetime, Suppression]:
    wanted = (Suppression.shop_id == shop_id, Suppression.channel == "email", Suppression.address.in_(who.emails))
    return {one.occurred_at: one for one in session.scalars(select(Suppression).where(*wanted))}


MODELS: dict[str, Any] = {
    "order": Order,
    "cart": Cart,
    "visit": BrowsingEvent,
    "message": Message,
    "consent": ConsentRecord,
    "review": Review,
}
