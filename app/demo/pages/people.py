"""Who is there: becoming one of the shop's regulars, staying a guest, and leaving."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.demo import items, orders
from app.demo.messages import tell_recognized
from app.demo.pages.whose import begin_anew, told_visitor
from app.demo.web import db, shop, told_by_the_page

blueprint = Blueprint("people", __name__)
SHOWN_ORDERS = 10


@blueprint.get("/you")
def you() -> str:
    known = items.customer(db(), session.get("customer", ""))
    if known is None:
        regulars = items.regulars(db())
        pictures = items.find_all(db(), {item for one in regulars for item in one.favourites[:3]})
        return render_template("sign_in.html", regulars=regulars, pictures=pictures)
    favourites = items.find_all(db(), known.favourites)
    placed = orders.of_customer(db(), known.id, SHOWN_ORDERS)
    return render_template("you.html", you=known, favourites=favourites, orders=placed)


@blueprint.post("/you/sign-in")
def sign_in() -> ResponseReturnValue:
    number = request.form.get("customer", "").strip()
    known = items.customer(db(), number)
    if known is None:
        flash(f"There is no customer {number[:20]} in this shop." if number else "Please choose a customer.")
        return redirect(url_for("people.you"))
    session.pop("recognized", None)
    session["customer"] = known.id
    _recognize(known.id, told_visitor())
    begin_anew()
    flash(f"You are customer {known.id} now, with {known.orders} orders behind you.")
    return redirect(url_for("browse.home"))


@blueprint.post("/you/recognize")
def recognize() -> ResponseReturnValue:
    """Take the visitor id of a browser that said yes after it had signed in, or none after a no."""
    customer, visitor = session.get("customer"), told_visitor()
    if visitor is None:
        session.pop("recognized", None)
    elif customer:
        _recognize(customer, visitor)
    return "", 204


@blueprint.post("/you/sign-out")
def sign_out() -> ResponseReturnValue:
    for name in ("customer", "recognized", "order"):
        session.pop(name, None)
    begin_anew()
    told_by_the_page("startAfresh")
    flash("You are a guest again. This browser got a new number, so the shelf starts afresh.")
    return redirect(url_for("browse.home"))


def _recognize(customer: str, visitor: str | None) -> None:
    if visitor is None or session.get("recognized") == visitor:
        return
    tell_recognized(db(), visitor, customer)
    shop().ring()
    session["recognized"] = visitor
    told_by_the_page("refreshSoon")
