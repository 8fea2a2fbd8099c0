"""DOOR: a placement asks, items answer. Always an answer, never an error in a shopper's face."""

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import MultiDict

from app.errors import BadRequest, Unavailable
from app.models.browsing import visitor_key
from app.serving.recommend import HOME, PLACEMENTS, Answer, Ask, nothing
from app.serving.shelves import Shelf
from app.serving.visit import STRANGER, Visit
from app.serving.words import reason_words
from app.shops.directory import ShopCard
from app.web.context import shop_of, wiring
from app.web.limits import ASKING, check_pace
from app.web.shapes import Page, Recommendations, ShownItem
from app.web.words import language_of, widget_words
from plugins.money import to_major

DEFAULT_ITEMS = 8
MOST_CONTEXT = 100
MOST_PLACEMENTS = 24
SCRIPT_SECONDS = 3600

bp = Blueprint("widget", __name__)


@bp.get("/widget.js")
def script() -> Response:
    """Hand out the storefront's script."""
    answer = current_app.send_static_file("widget.js")
    answer.cache_control.public, answer.cache_control.max_age = True, SCRIPT_SECONDS
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.get("/v1/recommendations")
def recommendations() -> Response:
    """Answer one placement."""
    card = shop_of(request.args.get("shop", ""))
    placement = request.args.get("placement", "")
    return _json(_answers(card, [placement], request.args)[0])


@bp.get("/v1/page")
def page() -> Response:
    """Answer all placements of a page in one go; no item appears twice on it."""
    card = shop_of(request.args.get("shop", ""))
    placements = request.args.getlist("placement")
    if not 1 <= len(placements) <= MOST_PLACEMENTS:
        raise BadRequest(f"Ask for one to {MOST_PLACEMENTS} placements.")
    return _json(Page(answers=_answers(card, placements, request.args)))


def _answers(card: ShopCard, placements: list[str], told: MultiDict[str, str]) -> list[Recommendations]:
    check_pace(ASKING, "ask", card.id)
    unknown = next((one for one in placements if one not in PLACEMENTS), None)
    if unknown is not None:
        raise BadRequest(f"There is no placement {unknown[:40]!r}. There are {', '.join(PLACEMENTS)}.")
    language = language_of(told.get("locale") or request.headers.get("Accept-Language", ""))
    shelf = wiring().shelves.of(card.id)
    key = visitor_key(told.get("visitor", ""))
    visit = shelf.visit(key) if key else STRANGER
    answers, shown = [], frozenset[int]()
    for placement in placements:
        answer = _answer(shelf, placement, visit, told, shown)
        wiring().shelves.impressions.note(card.id, answer, key if visit.answer.is_allowed else None)
        shown |= {one.good.id for one in answer.items}
        answers.append(_told(answer, language))
    return answers


def _answer(shelf: Shelf, placement: str, visit: Visit, told: MultiDict[str, str], shown: frozenset[int]) -> Answer:
    limit = told.get("limit", "")
    items = told.getlist("item")[:MOST_CONTEXT] if placement != HOME else []
    try:
        known = (shelf.id_of(item) for item in items)
        ask = Ask(
            placement=placement,
            visit=visit,
            limit=int(limit) if limit.isdecimal() and len(limit) < 4 else DEFAULT_ITEMS,
            context=tuple(item for item in known if item is not None),
            excluded=shown,
        )
        return shelf.recommend(ask)
    except Unavailable:
        return nothing(placement)


def _told(answer: Answer, language: str) -> Recommendations:
    return Recommendations.model_construct(
        placement=answer.placement,
        impression_id=answer.impression_id,
        source=answer.source.value,
        items=[
            ShownItem.model_construct(
                id=one.good.external_id,
                title=one.good.title,
                url=one.good.url,
                image=one.good.image_url,
                price=None if one.good.price_minor is None else to_major(one.good.price_minor, one.good.currency),
                currency=one.good.currency,
                reason=reason_words(one, language),
            )
            for one in answer.items
        ],
        words=widget_words(answer.placement, language),
    )


def _json(body: Recommendations | Page) -> Response:
    answer = Response(body.model_dump_json(), mimetype="application/json")
    answer.cache_control.no_store = True
    return answer
