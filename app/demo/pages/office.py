"""The shop office: stock by hand, and what Regulars has heard so far."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.demo import items, messages, orders, outbox
from app.demo.database import writing
from app.demo.items import LONGEST_SEARCH
from app.demo.web import db, shop

blueprint = Blueprint("office", __name__, url_prefix="/office")
SHOWN_MESSAGES = 16
SHOWN_ITEMS = 10
MOST_STOCK = 9999


@blueprint.get("")
def show() -> str:
    words = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    found = items.search(db(), words, 1).items if words else items.best_sellers(db(), SHOWN_ITEMS)
    return render_template("office.html", sought=words, found=found[:SHOWN_ITEMS], **_outbox())


@blueprint.get("/outbox")
def show_outbox() -> str:
    return render_template("outbox.html", **_outbox())


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
