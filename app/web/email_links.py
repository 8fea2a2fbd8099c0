"""DOOR: somebody follows a link in a letter, or a mail program does it for them.

The token in the address is all the permission there is: no cookie, no sign-in, no script. Mail filters open every link
they see, so that opening one changes nothing; only what is sent back from the page, or by a mail program's own button
(RFC 8058), does.
"""

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, g, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from app.errors import AppError, TooMany
from app.messaging.links import RECOVER, UNSUBSCRIBE, find_link, is_of_test, note_followed
from app.messaging.unsubscribe import unsubscribe
from app.models import Campaign, Cart, MailLink, Message, Shop
from app.shops.directory import ShopCard
from app.web.context import wiring
from app.web.email_link_words import page_words
from app.web.limits import FOLLOWING, check_pace
from app.web.words import language_of
from plugins import PLATFORMS
from plugins.errors import Unsupported
from plugins.events import CartStage
from plugins.platform import CartLine

LARGEST_FORM = 10_000
OPEN = (CartStage.CART, CartStage.CHECKOUT)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

log = structlog.get_logger()
bp = Blueprint("email_links", __name__)


@bp.get("/u/<public_key>/<token>")
def ask(public_key: str, token: str) -> Response:
    """Ask whether to unsubscribe. Changes nothing."""
    card = _shop(public_key)
    with wiring().db.of_shop(card.id) as session:
        link = _find(session, card, UNSUBSCRIBE, token)
    return _page("ask") if link else _page("unknown", 404)


@bp.post("/u/<public_key>/<token>")
def leave(public_key: str, token: str) -> Response:
    """Unsubscribe at once, for the page's button and for mail programs' own."""
    card = _shop(public_key)
    request.max_content_length = LARGEST_FORM
    with wiring().db.of_shop(card.id) as session:
        link = _find(session, card, UNSUBSCRIBE, token)
        if link is None:
            return _page("unknown", 404)
        if request.form.get("List-Unsubscribe") != "One-Click":
            return _page("ask", 400)
        if is_of_test(session, link):
            return _page("test")
        unsubscribe(session, card.id, link, locale=g.language)
    return _page("left")


@bp.get("/r/<public_key>/<token>")
def recover(public_key: str, token: str) -> Response:
    """Lead to the storefront with the cart as it is now. Signs nobody in."""
    card = _shop(public_key)
    with wiring().db.of_shop(card.id) as session:
        link = _find(session, card, RECOVER, token)
        lines = _lines(session, card, link) if link else []
        own_way = _own_way(session, card, link) if link else ""
        if link and request.method == "GET":
            note_followed(session, link)
    if not lines or not g.front:
        return _page("gone", 200 if link else 404)
    try:
        place = own_way or PLATFORMS[card.platform].cart_url(g.front, lines)
    except Unsupported:
        place = f"{g.front}/"
    return Response(status=302, headers={"Location": place})


@bp.after_request
def _put_headers(answer: Response) -> Response:
    answer.headers.update(HEADERS)
    return answer


@bp.errorhandler(AppError)
def _of_ours(error: AppError) -> Response:
    return _page("busy", 429) if isinstance(error, TooMany) else _page("failed", 503)


@bp.errorhandler(SQLAlchemyError)
def _away(error: SQLAlchemyError) -> Response:
    log.error("database_error", endpoint=request.endpoint, error=type(error).__name__)
    return _page("failed", 503)


@bp.errorhandler(HTTPException)
def _of_http(error: HTTPException) -> Response:
    return _page("unknown", error.code or 500)


class _NoShop(HTTPException):
    code = 404


def _shop(public_key: str) -> ShopCard:
    """Find the shop of a link, its name and its storefront's address."""
    g.language = language_of(request.headers.get("Accept-Language", ""))
    card = wiring().shops.by_public_key(public_key)
    if card is None:
        raise _NoShop
    check_pace(FOLLOWING, "links", card.id)
    with wiring().db.of_shop(card.id) as session:
        shop = session.get_one(Shop, card.id)
        g.shop_name, g.front = shop.name, next(iter(shop.origins), "")
        g.address = shop.address or ""
    return card


def _find(session: Session, card: ShopCard, purpose: str, token: str) -> MailLink | None:
    """Find a link; who did not say otherwise is spoken to in the language of the letter."""
    link = find_link(session, card.id, purpose, token)
    if link is not None and link.message_id is not None:
        campaign = (Message.shop_id == card.id, Message.id == link.message_id, Campaign.id == Message.campaign_id)
        written = session.scalar(select(Campaign.language).where(Campaign.shop_id == card.id, *campaign))
        g.language = language_of(f"{request.headers.get('Accept-Language', '')},{written or ''}")
    return link


def _lines(session: Session, card: ShopCard, link: MailLink) -> list[CartLine]:
    wanted = (Cart.shop_id == card.id, Cart.external_id == link.cart_external_id, Cart.stage.in_(OPEN))
    found: list[dict[str, Any]] = session.scalar(select(Cart.lines).where(*wanted)) or []
    return [
        CartLine(
            item_external_id=one["item_external_id"],
            variant_external_id=one.get("variant_external_id"),
            quantity=one["quantity"],
        )
        for one in found
        if one.get("item_external_id") and one.get("quantity", 0) > 0
    ]


def _own_way(session: Session, card: ShopCard, link: MailLink) -> str:
    """Return the shop's own link back to this very cart, where it gave one that leads to the shop and nowhere else."""
    wanted = (Cart.shop_id == card.id, Cart.external_id == link.cart_external_id)
    url = session.scalar(select(Cart.recovery_url).where(*wanted)) or ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    place = f"{parts.scheme}://{parts.netloc}"  # exactly as browsers write origins, so no user name and no odd port
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return url if is_plain and place in {*card.origins, g.address, f"https://{g.address}"} else ""


def _page(kind: str, status: int = 200) -> Response:
    language = g.get("language", "en")
    words = page_words(kind, language, g.get("shop_name", ""))
    html = render_template("mail/page.html", kind=kind, language=language, words=words, front=g.get("front", ""))
    return Response(html, status, mimetype="text/html")
