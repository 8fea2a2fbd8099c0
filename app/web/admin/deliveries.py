"""Webhook deliveries: what came, what became of it, and another try for what could not be read."""

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.ingest import inbox, reports
from app.ingest.reports import Part
from app.models import Delivery, DeliveryState
from app.queues import FAST
from app.shops import audit
from app.web.admin.access import here
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

LONGEST_SHOWN = 100_000  # bytes of a body
DEEPEST_SHOWN = 60  # nesting that is still laid out; deeper stays as it came


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/deliveries", endpoint="deliveries")(show_list)
    pages.post("/deliveries/try-again", endpoint="try_all_again")(try_again)
    pages.get("/deliveries/<row:delivery_id>", endpoint="delivery")(show_one)
    pages.post("/deliveries/<row:delivery_id>/try-again", endpoint="try_again")(try_again)


def show_list() -> str:
    """Show deliveries, the quarantined ones first unless the address says otherwise."""
    at = here()
    listing = read_listing(tuple(reports.DELIVERY_COLUMNS), first="-received_at", filters=("state", "topic"))
    state = listing.filters["state"]
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = reports.list_deliveries(
            session,
            at.shop.id,
            Part(listing.order, listing.offset, PAGE_ROWS),
            state=state,
            topic=listing.filters["topic"],
        )
        states = reports.delivery_states(session, at.shop.id)
        topics = reports.delivery_topics(session, at.shop.id)
    return render_template(
        "admin/deliveries.html",
        here=at,
        listing=listing,
        rows=found.rows,
        total=found.total,
        states=states,
        topics=topics,
        quarantined=states[DeliveryState.QUARANTINED],
        ever=sum(states.values()),
    )


def show_one(delivery_id: int) -> str:
    """Show one delivery with its body, laid out where it is JSON."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = _find(reports.find_delivery(session, at.shop.id, delivery_id))
    body, is_whole = readable(found.body)
    return render_template("admin/delivery.html", here=at, one=found, body=body, is_whole=is_whole)


def try_again(delivery_id: int | None = None) -> ResponseReturnValue:
    """Put one quarantined delivery, or all, back in line and ring."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        ids = inbox.replay(session, at.shop.id, delivery_id)
        if ids:
            audit.record(session, at.shop.id, at.person.person_id, "delivery_retried", count=len(ids), first=min(ids))
    if ids:
        at.wiring.queues.nudge(FAST, "deliveries.drain_deliveries", at.shop.id)
        words = _n(
            "One delivery is back in line.", "%(count)s deliveries are back in line.", len(ids), count=number(len(ids))
        )
        flash(words, "good")
    else:
        flash(_("Nothing to try again: not in quarantine, or its content was deleted after 30 days."), "warn")
    if delivery_id is not None:
        return redirect(url_for("admin.delivery", delivery_id=delivery_id), code=303)
    return redirect(url_for("admin.deliveries"), code=303)


def readable(body: bytes | None) -> tuple[str, bool]:
    """Return a body as text, laid out where that is safe to do, and whether it is all of it."""
    if body is None:
        return "", True
    is_whole = len(body) <= LONGEST_SHOWN
    text = body[:LONGEST_SHOWN].decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    if not is_whole or _depth(text) > DEEPEST_SHOWN:
        return text, is_whole
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False), True
    except (ValueError, RecursionError):
        return text, True


def _depth(text: str) -> int:
    deepest = depth = 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        deepest = max(deepest, depth)
    return deepest


def _find(found: Delivery | None) -> Delivery:
    if found is None:
        raise NotFound(_("There is no delivery by this number."))
    return found
