"""The shop office: a cart left earlier, stock by hand, wishes about data, and what Regulars has heard so far."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.demo import carts, items, messages, orders, outbox, wishes
from app.demo.database import writing
from app.demo.items import LONGEST_SEARCH
from app.demo.pages.checkout import leave_cart
from app.demo.pages.whose import begin_anew, known_person
from app.demo.web import cart, cart_id, db, shop, told_by_the_page

blueprint = Blueprint("office", __name__, url_prefix="/office")
SHOWN_MESSAGES = 16
SHOWN_ITEMS = 10
MOST_STOCK = 9999
EARLIER_MINUTES = 60


@blueprint.get("")
def show() -> str:
    words = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    found = items.search(db(), words, 1).items if words else items.best_sellers(db(), SHOWN_ITEMS)
    leaver = known_person() if cart() else None
    return render_template("office.html", sought=words, found=found[:SHOWN_ITEMS], leaver=leaver, **_outbox())


@blueprint.get("/outbox")
def show_outbox() -> str:
    return render_template("outbox.html", **_outbox())


@blueprint.post("/leave-earlier")
def leave_earlier() -> ResponseReturnValue:
    """Let this visitor have left an hour ago, with what lies in their cart."""
    if not (cart() and known_person().has_agreed):
        flash("First fill a cart, and at the checkout give an e-mail address and tick the box.")
    else:
        carts.leave_earlier(db(), cart_id(), cart(), EARLIER_MINUTES)
        shop().ring()
        leave_cart()
        flash("You left an hour ago. The e-mail goes out within a minute or two, if the campaign was on by then.")
    return redirect(url_for("office.show"))


@blueprint.post("/data-request")
def ask_to_see() -> ResponseReturnValue:
    customer = session.get("customer") or abort(404)
    number = wishes.ask_to_see(db(), customer)
    shop().ring()
    flash(f"Regulars was asked what it knows of customer {customer}, as {number}.")
    return redirect(url_for("office.show"))


@blueprint.post("/redaction")
def ask_to_forget() -> ResponseReturnValue:
    customer = session.get("customer") or abort(404)
    wishes.ask_to_forget(db(), customer)
    shop().ring()
    for name in ("customer", "recognized", "order"):
        session.pop(name, None)
    begin_anew()
    told_by_the_page("startAfresh")
    flash(f"Regulars was asked to forget customer {customer}. You are a guest now.")
    return redirect(url_for("office.show"))


@blueprint.post("/stock")
def set_stock() -> ResponseReturnValue:
    item = items.find(db(), request.form.get("item", "")) or abort(404)
    value = request.form.get("stock", "")
    if not (value.isascii() and value.isdigit() and int(value) <= MOST_STOCK):
        flash(f"The stock is a whole number up to {MOST_STOCK}.")
    else:
        orders.set_stock(db(), item.id, int(value))
        shop().ring()
        flash(f"{item.title}: {int(value)} in stock." if int(value) else f"{item.title} is sold out now.")
    return redirect(url_for("office.show", q=request.form.get("q") or None))


@blueprint.post("/hurry")
def hurry() -> ResponseReturnValue:
    with writing(db()):
        outbox.hurry(db())
    shop().ring()
    flash("Everything that waits is being tried now.")
    return redirect(url_for("office.show"))


@blueprint.post("/catalogue")
def tell_catalogue() -> ResponseReturnValue:
    with writing(db()):
        count = messages.put_catalogue(db(), shop().settings.base_url)
    shop().ring()
    flash(f"{count:,} items are on their way to Regulars.")
    return redirect(url_for("office.show"))


def _outbox() -> dict[str, object]:
    return {"counts": outbox.counts(db()), "latest": outbox.latest(db(), SHOWN_MESSAGES)}
