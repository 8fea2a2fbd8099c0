"""The merchant's own hand on the shelf: items pinned to the front or hidden, and the search that finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, desc, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.models import Customer, Item, ItemRule
from app.serving.recommend import PLACEMENTS
from app.serving.snapshot import EVERYWHERE, HIDE, PIN

KINDS = (PIN, HIDE)
PLACES = (EVERYWHERE, *PLACEMENTS)
COLUMNS = {
    "created_at": ItemRule.created_at,
    "title": Item.title,
    "kind": ItemRule.kind,
    "placement": ItemRule.placement,
}


@dataclass(frozen=True)
class Override:
    """One decision about an item."""

    id: int
    item_id: int
    external_id: str
    title: str
    kind: str
    placement: str
    created_at: datetime


@dataclass(frozen=True)
class Overrides:
    """A page of decisions, and how many there are."""

    rows: Sequence[Override]
    total: int


def decide(session: Session, shop_id: int, item_id: int, *, kind: str, placement: str) -> Override:
    """Pin or hide an item, in one placement or ('') everywhere; a later word about the same place replaces an earlier.

    Raises BadRequest, NotFound.
    """
    if kind not in KINDS or placement not in PLACES:
        raise BadRequest("An item is pinned or hidden: on the home page, on item pages, in the cart, or everywhere.")
    item = session.get(Item, (shop_id, item_id))
    if item is None or item.parent_external_id is not None:
        raise NotFound("There is no item by this number.")
    values = {"shop_id": shop_id, "item_id": item_id, "placement": placement, "kind": kind}
    rule = session.execute(
        insert(ItemRule)
        .values(**values)
        .on_conflict_do_update(index_elements=["shop_id", "item_id", "placement"], set_={"kind": kind})
        .returning(ItemRule.id, ItemRule.created_at)
    ).one()
    return Override(rule.id, item.id, item.external_id, item.title, kind, placement, rule.created_at)


def undo(session: Session, shop_id: int, rule_id: int) -> str:
    """Take a decision back; return the platform's id of its item. Raises NotFound."""
    item_id = session.execute(
        delete(ItemRule).where(ItemRule.shop_id == shop_id, ItemRule.id == rule_id).returning(ItemRule.item_id)
    ).scalar_one_or_none()
    item = None if item_id is None else session.get(Item, (shop_id, item_id))
    if item is None:
        raise NotFound("This has been undone already.")
    return item.external_id


def list_overrides(
    session: Session, shop_id: int, *, kind: str = "", order: str = "-created_at", offset: int = 0, most: int = 50
) -> Overrides:
    """Return a page of the decisions, of one kind or of all."""
    wanted: list[ColumnElement[bool]] = [ItemRule.shop_id == shop_id]
    if kind:
        wanted.append(ItemRule.kind == kind)
    total = session.scalar(select(func.count()).select_from(ItemRule).where(*wanted)) or 0
    column = COLUMNS[order.removeprefix("-")]
    rows = session.execute(
        select(ItemRule, Item)
        .join(Item, (Item.shop_id == ItemRule.shop_id) & (Item.id == ItemRule.item_id))
        .where(*wanted)
        .order_by(desc(column) if order.startswith("-") else column, ItemRule.id.desc())
        .offset(offset)
        .limit(most)
    )
    return Overrides([_override(rule, item) for rule, item in rows], total)


def overrides_of(session: Session, shop_id: int, item_ids: Sequence[int]) -> dict[int, list[Override]]:
    """Return the decisions about some items, by item."""
    found: dict[int, list[Override]] = {}
    rows = session.execute(
        select(ItemRule, Item)
        .join(Item, (Item.shop_id == ItemRule.shop_id) & (Item.id == ItemRule.item_id))
        .where(ItemRule.shop_id == shop_id, ItemRule.item_id.in_(item_ids))
        .order_by(ItemRule.id)
    )
    for rule, item in rows:
        found.setdefault(item.id, []).append(_override(rule, item))
    return found


def find_items(session: Session, shop_id: int, words: str, *, most: int = 12) -> Sequence[Item]:
    """Find items by their id, or by words of their title; the exact id first."""
    if not words.strip():
        return []
    titled = [Item.title.icontains(word, autoescape=True) for word in words.split()[:8]]
    return session.scalars(
        select(Item)
        .where(
            Item.shop_id == shop_id,
            Item.parent_external_id.is_(None),
            or_(func.lower(Item.external_id) == words.strip().lower(), *_all(titled)),
        )
        .order_by((func.lower(Item.external_id) == words.strip().lower()).desc(), Item.title, Item.id)
        .limit(most)
    ).all()


def find_customers(session: Session, shop_id: int, words: str, *, most: int = 12) -> Sequence[Customer]:
    """Find customers by the beginning of their id, or by e-mail or name; the exact id first."""
    word = words.strip()
    if not word:
        return []
    full_name = Customer.first_name + " " + Customer.last_name
    return session.scalars(
        select(Customer)
        .where(
            Customer.shop_id == shop_id,
            or_(
                Customer.external_id.startswith(word, autoescape=True),
                Customer.email.icontains(word, autoescape=True),
                full_name.icontains(word, autoescape=True),
            ),
        )
        .order_by((Customer.external_id == word).desc(), Customer.external_id)
        .limit(most)
    ).all()


def _override(rule: ItemRule, item: Item) -> Override:
    return Override(rule.id, item.id, item.external_id, item.title, rule.kind, rule.placement, rule.created_at)


def _all(conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [and_(*conditions)] if conditions else []
