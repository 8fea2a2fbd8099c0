"""DOOR: a platform tells. Raw bytes are verified, kept once, committed, answered; everything else is the worker's.

A shop has its own address, where its own secret signs. Shopify's app has one address for all its shops: there the shop
is a header, which nobody signs, so the body itself is held to it.
"""

import psycopg
from flask import Blueprint, Response, request

from app.errors import NotFound, Unavailable
from app.ingest import inbox
from app.queues import FAST
from app.shops import heard
from app.shops.directory import ShopCard
from app.web.context import read_body, wiring
from plugins import PLATFORMS
from plugins.errors import BadSignature
from plugins.platform import Delivery, Receipt
from plugins.shopify.signature import named_shop, shop_domain_of

LARGEST_BODY = 2 * 1024 * 1024
SHOPIFY = "shopify"

bp = Blueprint("webhooks", __name__)


@bp.post("/webhooks/<platform>/<shop>")
def receive(platform: str, shop: str) -> Response:
    """Keep one delivery of a shop that signs with a secret of its own."""
    card = wiring().shops.by_slug(shop)
    if card is None or card.platform != platform:
        raise NotFound("There is no such shop on this platform. Check the webhook's address.")
    delivery = _delivery()
    plugin = PLATFORMS[platform]
    if plugin.is_ping(delivery):
        return Response(status=200)
    receipt = plugin.verify(delivery, card.webhook_secrets)
    if platform == SHOPIFY and card.address and card.address != shop_domain_of(delivery):
        raise BadSignature("This is of another shop than this address is for.")  # one's own app may be in two shops
    return _keep(card, delivery, receipt)


@bp.post("/webhooks/shopify")
def receive_of_app() -> Response:
    """Keep one delivery of Shopify's to an app of ours, for whichever of its shops it is."""
    wired = wiring()
    delivery = _delivery()
    domain = shop_domain_of(delivery)
    card = wired.shops.by_address(SHOPIFY, domain)
    app = card.app if card is not None else wired.shops.installations_app(SHOPIFY)
    receipt = PLATFORMS[SHOPIFY].verify(delivery, app.client_secrets)  # before anything tells who is a shop here
    if card is None:
        return Response(status=200)  # of a shop whose rows are gone: nothing is left to change, and nothing to forget
    if (named := named_shop(delivery)) and named != domain:
        raise BadSignature("The body is of another shop than the header names.")
    if not card.has_own_app and not _is_first_heard(card, delivery):
        raise BadSignature("This very body came for another shop before.")
    return _keep(card, delivery, receipt)


def _delivery() -> Delivery:
    return Delivery(
        headers={name.lower(): value for name, value in request.headers},
        body=read_body(LARGEST_BODY),
        received_at=wiring().clock(),
    )


def _is_first_heard(card: ShopCard, delivery: Delivery) -> bool:
    try:
        return heard.is_of(wiring().db, card.id, delivery.body)
    except psycopg.Error as error:
        raise Unavailable from error


def _keep(card: ShopCard, delivery: Delivery, receipt: Receipt) -> Response:
    wired = wiring()
    try:
        inbox.receive(wired.db, card.id, card.platform, delivery, receipt)
    except psycopg.Error as error:
        raise Unavailable from error  # not kept, so not accepted: the platform tries again
    wired.queues.nudge_calmly(FAST, "deliveries.drain_deliveries", card.id)
    return Response(status=200)
