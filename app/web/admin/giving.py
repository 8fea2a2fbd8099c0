"""What a shop gives one customer: a discount code for one use, and a tag at the platform.

The code is made with the form and is its press: pressed twice, it is the same line. It stands in the line's key, which
outlasts what is emptied once told, and names nobody.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.models import AuditEntry, ConnectionState, WorkState, WriteBack
from app.profiles import names
from app.queues import FILES
from app.shops import audit, connections, write_backs
from app.web.admin.access import Here, here
from app.web.admin.tongue import _
from plugins import PLATFORMS
from plugins.talking import Change, DiscountMade, TagsChanged

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE = re.compile(f"REG-[{LETTERS}]{{10}}")
TIES = {"shopify": "customer", "woocommerce": "email"}  # by which name a platform holds a code to one person
TAGS_AT = "shopify"
MADE, TAGGED = "discount_asked", "tag_asked"
MOST_PERCENT, MOST_DAYS, LONGEST_TAG, MOST_LISTED = 100, 365, 40, 50
WHO = "/customers/<any(customer, order, cart, consent):kind>/<row:row_id>"


@dataclass(frozen=True)
class Offer:
    """What can be given here, under which fresh presses, and how stands what was given."""

    code: str  # empty where the platform could not hold it to this person
    press: str  # of a tag; empty where there are none
    given: list[dict[str, Any]]


def hang(pages: Blueprint) -> None:
    """Hang the two forms."""
    pages.post(f"{WHO}/discount", endpoint="give_discount")(give_discount)
    pages.post(f"{WHO}/tag", endpoint="give_tag")(give_tag)


def read_offer(at: Here, session: Session, kind: str, row_id: int) -> Offer | None:
    """Return what can be given to somebody; None where nothing can, or not by who is here."""
    holder = names.holder_by_row(session, at.shop.id, kind, row_id)
    if holder is None or not at.may_change or not _is_connected(at, session):
        return None
    code = "REG-" + "".join(secrets.choice(LETTERS) for _n in range(10))
    tie = getattr(holder, TIES.get(at.shop.platform, ""), None)
    has_tags = at.shop.platform == TAGS_AT and holder.customer
    return Offer(code if tie else "", str(uuid4()) if has_tags else "", _given(session, at.shop.id, kind, row_id))


def give_discount(kind: str, row_id: int) -> ResponseReturnValue:
    """Put a code for one use by this person in line."""
    at = here()
    percent, days = _number("percent", MOST_PERCENT), _number("days", MOST_DAYS)
    code = request.form.get("code", "")
    with at.wiring.db.of_shop(at.shop.id) as session:
        holder = _holder(at, session, kind, row_id)
        if not getattr(holder, TIES.get(at.shop.platform, ""), None):
            raise BadRequest(_("The shop's platform cannot hold a code to this person. Nothing was made."))
        if not percent or not days:
            flash(_("Enter a whole percent from 1 to 100, and whole days from 1 to 365."), "warn")
            return _back(kind, row_id)
        if not CODE.fullmatch(code):
            raise BadRequest(_("The form was not whole. Open the customer's page again and press once more."))
        change = DiscountMade(
            code=code,
            percent=percent,
            starts_at=at.now,
            ends_at=at.now + timedelta(days=days),
            customer_external_id=holder.customer,
            email=holder.email,
        )
        told = {"kind": kind, "row": row_id, "percent": percent, "days": days}
        waiting = _put(at, session, change, f"discount:{code}", MADE, told)
    _ring(at, waiting)
    flash(_("The code is %(code)s. It works, once, as soon as the shop has confirmed it.", code=code), "good")
    return _back(kind, row_id)


def give_tag(kind: str, row_id: int) -> ResponseReturnValue:
    """Put a tag for this person in line."""
    at = here()
    tag = request.form.get("tag", "").strip()
    with at.wiring.db.of_shop(at.shop.id) as session:
        holder = _holder(at, session, kind, row_id)
        if at.shop.platform != TAGS_AT or not holder.customer:
            raise BadRequest(_("Only customers with an account at Shopify can be tagged."))
        if not 1 <= len(tag) <= LONGEST_TAG or "," in tag or not tag.isprintable():
            flash(_("Enter one tag of 1 to 40 characters, without a comma."), "warn")
            return _back(kind, row_id)
        change = TagsChanged(customer_external_id=holder.customer, add=(tag,))
        waiting = _put(at, session, change, f"tag:{_press()}", TAGGED, {"kind": kind, "row": row_id})
    _ring(at, waiting)
    flash(_("The tag is on its way to Shopify."), "good")
    return _back(kind, row_id)


def _holder(at: Here, session: Session, kind: str, row_id: int) -> names.Holder:
    holder = names.holder_by_row(session, at.shop.id, kind, row_id)
    if holder is None:
        raise NotFound(_("Nobody is known by this number. They may have been erased."))
    if not _is_connected(at, session):
        raise BadRequest(connections.NOT_CONNECTED)
    return holder


def _is_connected(at: Here, session: Session) -> bool:
    row = connections.connection_of(session, at.shop.id)
    return row is not None and row.state == ConnectionState.CONNECTED and PLATFORMS[at.shop.platform].talks is not None


def _put(at: Here, session: Session, change: Change, key: str, action: str, told: dict[str, Any]) -> int | None:
    waiting = write_backs.put_in_line(session, at.shop.id, change, key=key)
    if waiting is not None:
        audit.record(session, at.shop.id, at.person.person_id, action, **told, write_back=waiting)
    return waiting


def _ring(at: Here, waiting: int | None) -> None:
    if waiting is not None:
        at.wiring.queues.nudge(FILES, "writing_back.write_back", at.shop.id, waiting)


def _given(session: Session, shop_id: int, kind: str, row_id: int) -> list[dict[str, Any]]:
    said = AuditEntry.detail
    rows = session.execute(
        select(WriteBack, said)
        .join(AuditEntry, said["write_back"].astext == cast(WriteBack.id, Text))
        .where(WriteBack.shop_id == shop_id, AuditEntry.shop_id == shop_id, AuditEntry.action == MADE)
        .where(said["kind"].astext == kind, said["row"].astext == str(row_id))
        .order_by(WriteBack.id.desc())
        .limit(MOST_LISTED)
    )
    return [
        {"code": row.key.partition(":")[2], "state": _state(row), "reason": row.reason} | told for row, told in rows
    ]


def _state(row: WriteBack) -> str:
    if row.state == WorkState.DONE:
        return "failed" if row.reason else "done"
    return "failed" if row.state == WorkState.FAILED else "waiting"


def _number(name: str, most: int) -> int:
    typed = request.form.get(name, "").strip()
    return int(typed) if re.fullmatch(r"[0-9]{1,3}", typed) and int(typed) <= most else 0


def _press() -> UUID:
    try:
        return UUID(request.form.get("press", ""))
    except ValueError:
        raise BadRequest(_("The form was not whole. Open the customer's page again and press once more.")) from None


def _back(kind: str, row_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.customer", kind=kind, row_id=row_id) + "#give", code=303)
