"""Recommendations: what would this customer see here, and why? As the storefront shows it."""

from dataclasses import dataclass

from flask import Blueprint, g, render_template, request
from sqlalchemy.orm import Session

from app.models import Customer, Item
from app.serving import overrides
from app.serving.recommend import HOME, PLACEMENTS, Answer, Ask, Shown
from app.serving.visit import STRANGER, Visit, visit_of_customer
from app.serving.words import reason_words
from app.web.admin.access import Here, here
from app.web.admin.tongue import _
from app.web.admin.verdict import label_of, place_label

LIMITS = (4, 8, 12, 24)
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Wish:
    """What the address asks to see."""

    placement: str
    customer: str
    item: str
    limit: int


@dataclass(frozen=True)
class Found:
    """What a search came to: the one meant, or those that could be."""

    customer: Customer | None
    item: Item | None
    customers: list[Customer]
    items: list[Item]
    is_unclear: bool  # an item was asked for, and it is not known which


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/recommendations", endpoint="recommendations")(show)


def show() -> str:
    """Show a placement as somebody would see it."""
    at = here()
    g.shows_pictures = True
    wish = read_wish()
    shelf = at.wiring.shelves.of(at.shop.id)
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = _find(session, at, wish)
        visit = _visit(session, at, found.customer)
    item_id = found.item.id if found.item else None
    if wish.placement != HOME and item_id is None and not wish.item:
        item_id = _first_item(at)
    goods = shelf.snapshot().goods
    context = (item_id,) if item_id is not None and wish.placement != HOME else ()
    answer = shelf.recommend(Ask(placement=wish.placement, visit=visit, limit=wish.limit, context=context))
    with at.wiring.db.of_shop(at.shop.id) as session:
        rules = overrides.overrides_of(session, at.shop.id, [one.good.id for one in answer.items])
    return render_template(
        "admin/recommendations.html",
        here=at,
        wish=wish,
        found=found,
        visit=visit,
        answer=answer,
        in_front=goods.get(item_id) if context and item_id is not None else None,
        rules=rules,
        parts_of=parts_of,
        reason_of=reason_words,
        placements=[(name, place_label(name)) for name in PLACEMENTS],
        limits=LIMITS,
        sentence=_sentence(wish, found, answer),
        label_of=label_of,
        place_label=place_label,
    )


def read_wish() -> Wish:
    """Read the address or the form; what makes no sense is left out."""
    values = request.values
    placement = values.get("placement", HOME)
    limit = values.get("limit", "8")
    return Wish(
        placement=placement if placement in PLACEMENTS else HOME,
        customer=_clean(values.get("customer", "")),
        item=_clean(values.get("item", "")),
        limit=int(limit) if limit in map(str, LIMITS) else 8,
    )


def parts_of(shown: Shown) -> list[tuple[str, float]]:
    """Return how much each way of recommending brought to an item, the most first."""
    total = sum(share for share in shown.shares.values() if share > 0)
    parts = [(label_of(arm), share / total) for arm, share in shown.shares.items() if share > 0]
    return sorted(parts, key=lambda part: -part[1])


def _find(session: Session, at: Here, wish: Wish) -> Found:
    customers = list(overrides.find_customers(session, at.shop.id, wish.customer))
    items = list(overrides.find_items(session, at.shop.id, wish.item))
    customer = next((one for one in customers if one.external_id == wish.customer), None)
    named = [one for one in items if one.external_id.lower() == wish.item.lower()]
    item = next((one for one in named if one.external_id == wish.item), named[0] if named else None)
    return Found(
        customer=customer or (customers[0] if len(customers) == 1 else None),
        item=item or (items[0] if len(items) == 1 else None),
        customers=customers,
        items=items,
        is_unclear=bool(wish.placement != HOME and wish.item and len(items) != 1 and item is None),
    )


def _visit(session: Session, at: Here, customer: Customer | None) -> Visit:
    if customer is None:
        return STRANGER
    allowed = at.shop.learns_from_imported
    return visit_of_customer(session, at.shop.id, customer.external_id, is_unasked_allowed=allowed)


def _first_item(at: Here) -> int | None:
    ask = Ask(placement=HOME, visit=STRANGER, limit=1)
    items = at.wiring.shelves.of(at.shop.id).recommend(ask).items
    return items[0].good.id if items else None


def _sentence(wish: Wish, found: Found, answer: Answer) -> str:
    if found.is_unclear:
        return _("Choose the item first.") if found.items else _("No item is called “%(words)s”.", words=wish.item)
    if not answer.items:
        return _("Nothing would be shown here yet.")
    who = _("Somebody we do not know")
    if found.customer is not None:
        who = _("Customer %(id)s", id=found.customer.external_id)
    where = {
        "home": _("on the home page"),
        "product": _("on an item's page"),
        "cart": _("in the cart"),
    }[wish.placement]
    return _("%(who)s would see this %(where)s.", who=who, where=where)


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_SEARCH]
