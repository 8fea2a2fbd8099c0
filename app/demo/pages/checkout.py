"""The way out of the shop: who it is for, a box that is never ticked beforehand, and the order."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.demo import orders
from app.demo.messages import LOCALE, REMINDER
from app.demo.orders import OrderedAlready, SoldOut
from app.demo.pages import whose
from app.demo.pages.basket import cart_lines
from app.demo.pages.whose import NoAddress
from app.demo.person import Person, Stage
from app.demo.web import cart, cart_id, db, shop

blueprint = Blueprint("checkout", __name__, url_prefix="/checkout")
NOT_AN_ADDRESS = "This does not look like an e-mail address. One looks like ada@example.com."


@blueprint.get("")
def show() -> ResponseReturnValue:
    if not cart_lines():
        return redirect(url_for("basket.show"))
    return _page(whose.known_person())


@blueprint.get("/details")
def look_again() -> ResponseReturnValue:
    """Lead back whoever loads the address again that the button without a script had led to."""
    return redirect(url_for("checkout.show"))


@blueprint.post("/details")
def note() -> ResponseReturnValue:
    """Take what was typed so far: from the page's script while it is typed, or from the button without a script."""
    person, is_script = whose.told_person(), request.form.get("from") == "script"
    if not cart_lines():
        return ("", 204) if is_script else redirect(url_for("basket.show"))
    try:
        whose.check_email(person)
    except NoAddress:
        return jsonify(said="", fault=NOT_AN_ADDRESS) if is_script else (_page(person, fault=NOT_AN_ADDRESS), 422)
    whose.tell_cart(person, Stage.CHECKOUT)
    return jsonify(said=_said(person), fault="") if is_script else _page(person, said=_said(person))


@blueprint.post("")
def place() -> ResponseReturnValue:
    person = whose.told_person()
    try:
        whose.check_email(person)
        number = orders.place(db(), cart(), person, cart_id())
    except NoAddress:
        return _page(person, fault=NOT_AN_ADDRESS), 422
    except SoldOut as fault:
        flash(f"Somebody was quicker. {fault} Please look over your cart.")
        return redirect(url_for("basket.show"))
    except ValueError:
        return redirect(url_for("basket.show"))
    except OrderedAlready:
        leave_cart()
        flash("This cart was ordered a moment ago; it is not ordered twice.")
        return redirect(url_for("basket.show"))
    shop().ring()
    leave_cart()
    session["order"] = number
    return redirect(url_for("checkout.placed"))


@blueprint.get("/placed")
def placed() -> ResponseReturnValue:
    number = session.get("order", "")
    lines = orders.lines_of(db(), number)
    if not lines:
        return redirect(url_for("browse.home"))
    return render_template("placed.html", number=number, lines=lines, total=sum(line["total_minor"] for line in lines))


def leave_cart() -> None:
    """Let the browser go on without its cart."""
    for name in ("cart", "cart_id", "is_from_link"):
        session.pop(name, None)


def _page(person: Person, **words: str) -> str:
    cart_id()  # a cart of an earlier version has no name yet, and the script may not set a cookie
    lines: list[dict[str, Any]] = cart_lines()
    total = sum(line["total_minor"] for line in lines)
    return render_template(
        "checkout.html", lines=lines, total=total, person=person, reminder=REMINDER, locale=LOCALE, **words
    )


def _said(person: Person) -> str:
    if not person.email:
        return "Noted. Without an e-mail address nobody can be reminded." if person.has_agreed else ""
    if person.has_agreed:
        return f"Noted. If you leave, one e-mail goes to {person.email}, and no second."
    return "Noted with your cart. Nobody writes to you about it."
