"""Pinned and hidden: the merchant's decisions about items, each with a way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BadRequest
from app.serving import overrides
from app.shops import audit
from app.web.admin.access import here
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.recommendations import read_wish
from app.web.admin.tongue import _
from app.web.admin.verdict import place_label


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/pins", endpoint="pins")(show_list)
    pages.post("/pins", endpoint="decide")(decide)
    pages.post("/pins/<row:rule_id>/undo", endpoint="undo")(undo)


def show_list() -> str:
    """Show every decision."""
    at = here()
    listing = read_listing(tuple(overrides.COLUMNS), first="-created_at", filters=("kind", "q"))
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = overrides.list_overrides(
            session,
            at.shop.id,
            kind=listing.filters["kind"],
            order=listing.order,
            offset=listing.offset,
            most=PAGE_ROWS,
        )
        items = overrides.find_items(session, at.shop.id, listing.filters["q"])
    return render_template(
        "admin/pins.html",
        here=at,
        listing=listing,
        rows=found.rows,
        total=found.total,
        items=items,
        place_label=place_label,
        places=[(place, place_label(place)) for place in overrides.PLACES],
    )


def decide() -> ResponseReturnValue:
    """Pin or hide an item."""
    at = here()
    item = request.form.get("item_id", "")
    if not (item.isdecimal() and len(item) < 19):
        raise BadRequest(_("The page did not say which item was meant. Go back and try again."))
    kind, placement = request.form.get("kind", ""), request.form.get("where", "")
    with at.wiring.db.of_shop(at.shop.id) as session:
        rule = overrides.decide(session, at.shop.id, int(item), kind=kind, placement=placement)
        action = "item_pinned" if kind == "pin" else "item_hidden"
        audit.record(
            session, at.shop.id, at.person.person_id, action, item=rule.external_id, placement=placement or "everywhere"
        )
    words = _("“%(title)s” is pinned: %(where)s.") if kind == "pin" else _("“%(title)s” is hidden: %(where)s.")
    flash(words % {"title": rule.title, "where": place_label(placement)}, "good")
    return _back()


def undo(rule_id: int) -> ResponseReturnValue:
    """Take a decision back."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        external_id = overrides.undo(session, at.shop.id, rule_id)
        audit.record(session, at.shop.id, at.person.person_id, "rule_undone", item=external_id)
    flash(_("Undone. Shoppers see the difference within a second."), "good")
    return _back()


def _back() -> ResponseReturnValue:
    if request.form.get("back") != "recommendations":
        return redirect(url_for("admin.pins"), code=303)
    wish = read_wish()
    address = url_for(
        "admin.recommendations",
        placement=wish.placement,
        customer=wish.customer or None,
        item=wish.item or None,
        limit=wish.limit,
    )
    return redirect(address, code=303)
