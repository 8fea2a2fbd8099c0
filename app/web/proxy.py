"""DOOR: Shopify hands on what a shopper's browser asked the shop itself: `/apps/regulars/...`, signed (app proxy).

A shelf is answered as Liquid, which the shop's theme renders; on any trouble with nothing at all, since the answer
stands in a shop's page. Who is signed in is said by Shopify's signature alone, and links a browser to its customer.
"""

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.errors import AppError
from app.ingest.apply import apply_events
from app.jobs.doorbell import where
from app.models.browsing import visitor_key
from app.serving.recommend import HOME, PLACEMENTS, Ask
from app.serving.visit import STRANGER
from app.serving.words import reason_words
from app.shops.directory import ShopCard
from app.web.context import wiring
from app.web.limits import ASKING, check_pace
from app.web.words import language_of, widget_words
from plugins.errors import BadSignature
from plugins.events import VisitorRecognized
from plugins.shopify.paint import CONTENT_TYPE, MOST_CARDS, NOTHING, PaintedCard, handle_of, paint
from plugins.shopify.proxy import ProxyCall, claimed_shop, verify_proxy

DEFAULT_ITEMS = 8
MOST_CONTEXT = 20

log = structlog.get_logger()

bp = Blueprint("proxy", __name__, url_prefix="/proxy/shopify")


@bp.get("/shelf")
def shelf() -> Response:
    """Paint one placement."""
    try:
        card, call = _who()
        check_pace(ASKING, "paint", card.id)
        return _liquid(_painted(card, call))
    except (AppError, BadSignature, SQLAlchemyError) as error:
        log.warning("placement_not_painted", error=type(error).__name__, where=where(error))
        return _liquid(NOTHING)


@bp.post("/recognized")
def recognized() -> Response:
    """Note which customer a browser is: one that Shopify says is signed in."""
    card, call = _who()
    check_pace(ASKING, "recognize", card.id)
    visitor = call.told.get("visitor", "")
    if call.customer_external_id and visitor_key(visitor):
        now = wiring().clock()
        fact = VisitorRecognized(visitor_id=visitor, customer_external_id=call.customer_external_id, version_at=now)
        with wiring().db.of_shop(card.id) as session:
            apply_events(session, card.id, [(now, fact)], wiring().seals)
    return Response(status=204)


def _who() -> tuple[ShopCard, ProxyCall]:
    """Return the shop that asks, as its app's signature says. Raises BadSignature, for unknown shops too."""
    query = request.query_string.decode("utf-8", "replace")
    card = wiring().shops.by_address("shopify", claimed_shop(query))
    if card is None:
        raise BadSignature("The address names no shop that Regulars knows.")
    return card, verify_proxy(query, card.app.client_secrets, wiring().clock())


def _painted(card: ShopCard, call: ProxyCall) -> str:
    placement = call.told.get("placement", "")
    if placement not in PLACEMENTS:
        return NOTHING
    language = language_of(call.told.get("locale", ""))
    shelf = wiring().shelves.of(card.id)
    key = visitor_key(call.told.get("visitor", ""))
    wish = call.told.get("limit", "")
    limit = min(int(wish), MOST_CARDS) if wish.isdecimal() and len(wish) < 4 else DEFAULT_ITEMS
    known = (shelf.id_of(item) for item in call.items[:MOST_CONTEXT]) if placement != HOME else ()
    ask = Ask(
        placement=placement,
        visit=shelf.visit(key) if key else STRANGER,
        limit=limit,
        context=tuple(item for item in known if item is not None),
    )
    handles = [(handle_of(one.good.url), reason_words(one, language)) for one in shelf.recommend(ask).items]
    cards = [PaintedCard(handle, reason) for handle, reason in handles if handle]
    return paint(widget_words(placement, language).heading, cards)


def _liquid(text: str) -> Response:
    answer = Response(text, content_type=CONTENT_TYPE)
    answer.cache_control.no_store = True
    return answer
