"""The cart, and the way out of the shop with it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.demo import items, orders
from app.demo.orders import Buyer, SoldOut
from app.demo.pages.people import told_visitor
from app.demo.web import cart, db, shop, told_by_the_page

blueprint = Blueprint("basket", __name__)
MOST_LINES = 50  # the cart travels in a cookie
MOST_OF_ONE = 99


@blueprint.get("/cart")
def show() -> str:
    lines = _lines()
    return render_template("cart.html", lines=lines, total=sum(line["total_minor"] for line in lines))


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


@blueprint.get("/checkout")
def checkout() -> ResponseReturnValue:
    lines = _lines()
    if not lines:
        return redirect(url_for("basket.show"))
    return render_template("checkout.html", lines=lines, total=sum(line["total_minor"] for line in lines))


@blueprint.post("/checkout")
def place() -> ResponseReturnValue:
    buyer = Buyer(customer=session.get("customer"), visitor=told_visitor())
    try:
        number = orders.place(db(), cart(), buyer)
    except SoldOut as fault:
        flash(f"Somebody was quicker. {fault} Please look over your cart.")
        return redirect(url_for("basket.show"))
    except ValueError:
        return redirect(url_for("basket.show"))
    shop().ring()
    session.pop("cart", None)
    session["order"] = number
    return redirect(url_for("basket.placed"))


@blueprint.get("/order-placed")
def placed() -> ResponseReturnValue:
    number = session.get("order", "")
    lines = orders.lines_of(db(), number)
    if not lines:
        return redirect(url_for("browse.home"))
    return render_template("placed.html", number=number, lines=lines, total=sum(line["total_minor"] for line in lines))


def _lines() -> list[dict[str, Any]]:
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


def _keep(changed: dict[str, int]) -> None:
    session["cart"] = changed


def _quantity(otherwise: int) -> int:
    value = request.form.get("quantity", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else otherwise
