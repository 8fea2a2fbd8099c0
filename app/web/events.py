"""DOOR: a browser reports what its visitor did. Consent decides what is kept; the rest is counted, not stored."""

from collections import Counter
from datetime import timedelta
from typing import TypeVar

from flask import Blueprint, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app import consent
from app.errors import BadRequest
from app.ingest.browsing import Happening, count_outcomes, keep_happenings
from app.models.browsing import visitor_key
from app.privacy.visitor import forget_visitor, welcome_visitor
from app.serving.impressions import keep_click, mark_seen
from app.shops.directory import ShopCard
from app.web.context import read_body, shop_of, wiring
from app.web.limits import FORGETTING, TELLING, check_pace
from app.web.shapes import (
    ConsentTold,
    Events,
    Forget,
    Forgotten,
    ImpressionSeen,
    ItemClicked,
    ItemDone,
    Kept,
    SearchMade,
)
from plugins.events import Purpose

LARGEST_BODY = 64 * 1024
OLDEST, NEWEST = timedelta(days=1), timedelta(minutes=5)  # a phone may have been without a network for a while

bp = Blueprint("events", __name__)
Body = TypeVar("Body", bound=BaseModel)


@bp.post("/v1/events")
def report() -> Response:
    """Take in what one browser reports."""
    told = read_shape(Events)
    return say(take_in(shop_of(told.shop), told))


def take_in(card: ShopCard, told: Events) -> Kept:
    """Keep what may be kept of a browser's report, and count the rest."""
    check_pace(TELLING, "tell", card.id)
    outcomes: Counter[str] = Counter()
    with wiring().db.of_shop(card.id) as session:
        _take(session, card, told, outcomes)
        count_outcomes(session, card.id, outcomes)
    kept = outcomes.pop("kept", 0)
    return Kept(kept=kept, dropped=dict(+outcomes))


@bp.post("/v1/visitors/forget")
def forget() -> Response:
    """Forget a browser."""
    told = read_shape(Forget)
    card = shop_of(told.shop)
    check_pace(FORGETTING, "forget", card.id)
    with wiring().db.of_shop(card.id) as session:
        forget_visitor(session, card.id, _key(told.visitor), wiring().seals)
    return say(Forgotten())


def _take(session: Session, card: ShopCard, told: Events, outcomes: Counter[str]) -> None:
    key = _key(told.visitor) if told.visitor else None
    may = consent.of_visitor(session, card.id, key) if key else consent.may_remember(None)
    happenings: list[Happening] = []
    for event in told.events:
        if isinstance(event, ConsentTold) and key:
            may = _answered(session, card, key, event, may)
            outcomes["kept"] += 1
        elif isinstance(event, ImpressionSeen | ItemClicked):
            outcomes[_acknowledged(session, card, event)] += 1
        elif isinstance(event, ItemDone | SearchMade) and may.is_allowed:
            happening = _happening(card, event)
            if isinstance(happening, Happening):
                happenings.append(happening)
            else:
                outcomes[happening] += 1
        else:
            outcomes["no_consent" if event else "unreadable"] += 1
    _keep(session, card, key if may.is_allowed else None, happenings, outcomes)


def _keep(
    session: Session, card: ShopCard, key: bytes | None, happenings: list[Happening], outcomes: Counter[str]
) -> None:
    if key is None:
        outcomes["no_consent"] += len(happenings)  # agreed and taken back in the same breath
    elif happenings:
        kept = keep_happenings(session, card.id, key, happenings)
        outcomes["kept"] += kept
        outcomes["too_many"] += len(happenings) - kept


def _answered(
    session: Session, card: ShopCard, key: bytes, event: ConsentTold, before: consent.Answer
) -> consent.Answer:
    is_given = event.type == "consent_given"
    if before.is_allowed != is_given or before.reason == consent.Reason.NEVER_ASKED:
        word = consent.Word(purpose=Purpose.PERSONALIZATION, is_given=is_given, source="storefront", visitor_key=key)
        consent.record(session, card.id, word)
        if is_given:
            welcome_visitor(session, card.id, key, wiring().seals)
    return consent.may_remember(is_given)


def _acknowledged(session: Session, card: ShopCard, event: ImpressionSeen | ItemClicked) -> str:
    if isinstance(event, ImpressionSeen):
        is_known = mark_seen(session, card.id, [event.impression]) > 0
    else:
        item_id = wiring().shelves.of(card.id).id_of(event.item)
        is_known = item_id is not None and keep_click(session, card.id, event.impression, item_id)
    return "kept" if is_known else "unknown_impression"


def _happening(card: ShopCard, event: ItemDone | SearchMade) -> Happening | str:
    """Return what is to be kept, or the reason why it is not."""
    at = event.at
    if at is not None:
        now = wiring().clock()
        if at.tzinfo is None or not now - OLDEST <= at <= now + NEWEST:
            return "absurd_time"
    if isinstance(event, SearchMade):
        return Happening(event.type, query=event.query, occurred_at=at)
    item_id = wiring().shelves.of(card.id).id_of(event.item)
    return "unknown_item" if item_id is None else Happening(event.type, item_id, occurred_at=at)


def _key(visitor: str) -> bytes:
    key = visitor_key(visitor)
    assert key is not None  # the shape has checked it
    return key


def read_shape(shape: type[Body]) -> Body:
    """Return what a browser sent as one of our shapes. Raises BadRequest, TooLarge, ValidationError."""
    body = read_body(LARGEST_BODY)
    if not body:
        raise BadRequest("The body is empty. Send JSON.")
    return shape.model_validate_json(body)


def say(body: BaseModel) -> Response:
    """Answer that it was taken in."""
    return Response(body.model_dump_json(), 202, mimetype="application/json")
