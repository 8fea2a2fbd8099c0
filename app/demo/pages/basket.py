"""The cart: what is put in, taken out, and put back by a link."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.demo import items
from app.demo.pages.whose import tell_change
from app.demo.restoring import MOST_LINES, MOST_OF_ONE, fill
from app.demo.web import cart, db, told_by_the_page

blueprint = Blueprint("basket", __name__)


@blueprint.get("/cart")
def show() -> str:
    lines = cart_lines()
    aside = sum(session.get("set_aside", {}).values())
    return render_template("cart.html", lines=lines, aside=aside, total=sum(line["total_minor"] for line in lines))


@blueprint.post("/cart/add")
def add() -> ResponseReturnValue:
    item = items.find(db(), request.form.get("item", "")) or abort(404)
    known = cart()
    wanted = known.get(item.id, 0) + _quantity(1)
    if item.id not in known and len(known) >= MOST_LINES:
        flash(f"A cart holds {MOST_LINES} different things. Place this order first, then come back for more.")
    elif item.stock == 0:
        flash(f"{item.title} has just sold out.")
    else:
        kept = min(wanted, item.stock, MOST_OF_ONE)
        _keep({**known, item.id: kept})
        flash(f"{item.title} is in your cart." + (f" There are only {kept}." if kept < wanted else ""), "added")
        told_by_the_page("addedToCart", item.id)
    return redirect(url_for("browse.item", item=item.id))


@blueprint.post("/cart/change")
def change() -> ResponseReturnValue:
    item, known = request.form.get("item", ""), cart()
    if item not in known:
        return redirect(url_for("basket.show"))
    found = items.find(db(), item)
    quantity = 0 if "remove" in request.form or found is None else min(_quantity(known[item]), found.stock, MOST_OF_ONE)
    if quantity:
        _keep({**known, item: quantity})
    else:
        _keep({name: count for name, count in known.items() if name != item})
        flash(f"{found.title if found else 'The item'} is out of your cart.")
        told_by_the_page("removedFromCart", item)
    return redirect(url_for("basket.show"))


@blueprint.get("/cart/restore")
def restore() -> ResponseReturnValue:
    """Put exactly the cart of a link in, as a link in an e-mail does; what was there is set aside and offered back.

    Opened without a cookie, as machines do that look into mail, it changes nothing for anybody.
    """
    filled = fill(db(), request.args.get("items", ""))
    flash(" ".join(filled.sentences))
    if filled.lines and filled.lines != cart():
        if cart() and not session.get("is_from_link"):
            session["set_aside"] = cart()
        _keep(filled.lines, is_from_link=True)
    return redirect(url_for("basket.show"))


@blueprint.post("/cart/take-back")
def take_back() -> ResponseReturnValue:
    """Change places with the cart that was set aside."""
    if aside := session.pop("set_aside", None):
        if cart():
            session["set_aside"] = cart()
        _keep(aside)
        flash("This is the cart from before. The other one waits below.")
    return redirect(url_for("basket.show"))


def cart_lines() -> list[dict[str, Any]]:
    """Return the lines of this visitor's cart as pages show them."""
    known = cart()
    found = items.find_all(db(), known)
    return [
        {
            "item": item,
            "title": item.title,
            "quantity": known[item.id],
            "total_minor": known[item.id] * item.price_minor,
        }
        for item in found.values()
    ]


def _keep(changed: dict[str, int], *, is_from_link: bool = False) -> None:
    session["cart"] = changed
    session["is_from_link"] = is_from_link
    tell_change()


def _quantity(otherwise: int) -> int:
    value = request.form.get("quantity", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else otherwise
