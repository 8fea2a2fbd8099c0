"""DOOR: a platform tells. Raw bytes are verified, kept once, committed, answered; everything else is the worker's."""

import psycopg
from flask import Blueprint, Response, request

from app.errors import NotFound, Unavailable
from app.ingest import inbox
from app.queues import FAST
from app.web.context import read_body, wiring
from plugins import PLATFORMS
from plugins.platform import Delivery

LARGEST_BODY = 2 * 1024 * 1024

bp = Blueprint("webhooks", __name__)


@bp.post("/webhooks/<platform>/<shop>")
def receive(platform: str, shop: str) -> Response:
    """Keep one delivery."""
    wired = wiring()
    card = wired.shops.by_slug(shop)
    if card is None or card.platform != platform:
        raise NotFound("There is no such shop on this platform. Check the webhook's address.")
    delivery = Delivery(
        headers={name.lower(): value for name, value in request.headers},
        body=read_body(LARGEST_BODY),
        received_at=wired.clock(),
    )
    plugin = PLATFORMS[platform]
    if plugin.is_ping(delivery):
        return Response(status=200)
    receipt = plugin.verify(delivery, card.webhook_secrets)
    try:
        inbox.receive(wired.db, card.id, platform, delivery, receipt)
    except psycopg.Error as error:
        raise Unavailable from error  # not kept, so not accepted: the platform tries again
    wired.queues.nudge_calmly(FAST, "deliveries.drain_deliveries", card.id)
    return Response(status=200)
