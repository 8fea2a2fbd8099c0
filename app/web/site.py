"""DOOR: the shop's own WordPress asks for a person, through our plugin: what is known of them, and to forget them.

Requests are signed like the plugin's events, with the shop's secret and a time. It is the merchant who asks, through
WordPress' own tool, for somebody who confirmed the wish from their mailbox: they get what the merchant's page here
would give them.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import BadRequest, NotFound
from app.identity import Known, known
from app.identity.names import clean_email
from app.privacy import wishes
from app.privacy.groups import Group, read_groups
from app.queues import FAST
from app.shops.directory import ShopCard
from app.web.context import read_body, wiring
from app.web.limits import FORGETTING, LOOKING, check_pace
from plugins import PLATFORMS
from plugins.errors import BadSignature
from plugins.platform import Delivery

PLATFORM = "woocommerce"
SIGNATURE = "x-regulars-signature"
LARGEST_WISH = 4096
ASKED = (
    "Regulars forgets this person: live data within minutes, the disk within the hours that follow. The shop's privacy "
    "page there says how far it is."
)

bp = Blueprint("site", __name__, url_prefix="/v1/site/<shop>")


class Wish(BaseModel):
    """About whom."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    email: str = Field(max_length=320)
    topic: str  # signed with the rest: a wish to see does not pass for one to forget


@bp.post("/export")
def export(shop: str) -> Response:
    """Tell what is known of somebody. It is all told at once."""
    card, subject = _signed(shop, "privacy.export")
    check_pace(LOOKING, "export", card.id)
    with wiring().db.of_shop(card.id) as session:
        groups = read_groups(session, card.id, subject)
    return _answer({"groups": [_as_json(group) for group in groups], "done": True})


@bp.post("/erase")
def erase(shop: str) -> Response:
    """Put somebody's wish to be forgotten in line; the same wish twice is one."""
    card, subject = _signed(shop, "privacy.erase")
    check_pace(FORGETTING, "erase", card.id)
    with wiring().db.of_shop(card.id) as session:
        wish_id = wishes.request_erasure(session, card.id, subject, "platform")
    wiring().queues.nudge(FAST, "forgetting.fulfil_wish", card.id, wish_id)
    return _answer({"asked": True, "message": ASKED})


def _signed(slug: str, topic: str) -> tuple[ShopCard, Known]:
    """Return which shop asks and about whom. Raises NotFound, BadSignature, BadRequest."""
    wired = wiring()
    card = wired.shops.by_slug(slug)
    if card is None or card.platform != PLATFORM:
        raise NotFound("There is no such shop on this platform. Connect the plugin again.")
    headers = {name.lower(): value for name, value in request.headers}
    if SIGNATURE not in headers:
        raise BadSignature  # a webhook's signature, which knows no time, opens nothing here
    delivery = Delivery(headers=headers, body=read_body(LARGEST_WISH), received_at=wired.clock())
    PLATFORMS[PLATFORM].verify(delivery, card.webhook_secrets)
    try:
        wish = Wish.model_validate_json(delivery.body)
    except ValidationError:
        raise BadRequest("Say about whom: an object with an e-mail address.") from None
    email = clean_email(wish.email)
    if email is None or wish.topic != topic:
        raise BadRequest("Say about whom: an object with an e-mail address.")
    return card, known(emails=email)


def _as_json(group: Group) -> dict[str, Any]:
    items = [
        {"id": f"{group.key}-{place}", "data": [{"name": name, "value": value} for name, value in thing]}
        for place, thing in enumerate(group.things, start=1)
    ]
    return {"label": group.label, "items": items}


def _answer(told: dict[str, Any]) -> Response:
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer
