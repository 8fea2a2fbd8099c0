"""Segments that every shop begins with, each with what it is good for.

They are put in once. A changed one stays as it was changed, and a deleted one stays away until somebody puts it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Segment, Stage
from app.profiles import conditions

Told = Mapping[str, object]


def _term(field: str, op: str, value: float | str) -> Told:
    return {"field": field, "is": op, "value": value}


def _all(*parts: Told) -> Told:
    return {"all": list(parts)}


@dataclass(frozen=True)
class ReadyMade:
    """A segment as it is first put in. use: why a shopkeeper would look at it."""

    key: str
    name: str
    use: str
    condition: Told


LISTED: Sequence[ReadyMade] = (
    ReadyMade(
        "new",
        "New customers",
        "Their second order decides whether they stay. A short thank-you or a hint how to use what they bought helps.",
        _all(_term("stage", "is", Stage.NEW)),
    ),
    ReadyMade(
        "loyal",
        "Loyal customers",
        "They come back by themselves. Show them new things first, ask what they think, and give no discount away.",
        _all(_term("stage", "is", Stage.LOYAL)),
    ),
    ReadyMade(
        "at_risk",
        "At risk",
        "They should have ordered by now, going by their own rhythm. A personal word still reaches them.",
        _all(_term("stage", "is", Stage.AT_RISK)),
    ),
    ReadyMade(
        "lapsed",
        "Lapsed customers",
        "They have been away for long. Write to them rarely and with a reason, or leave them in peace.",
        _all(_term("stage", "is", Stage.LAPSED)),
    ),
    ReadyMade(
        "won_back",
        "Won back",
        "They were gone and ordered again. See what brought them, and thank them for it.",
        _all(_term("stage", "is", Stage.WON_BACK)),
    ),
    ReadyMade(
        "big_spenders",
        "Big spenders",
        "The fifth of your buyers who spent most. A personal word is worth your time here.",
        _all(_term("money_score", "is", 5)),
    ),
    ReadyMade(
        "one_time",
        "One-time buyers",
        "They ordered once, at least 30 days ago, and not again. See what they bought, and what goes with it.",
        _all(_term("orders_count", "is", 1), _term("last_order_days", "at_least", 30)),
    ),
    ReadyMade(
        "left_cart",
        "Left a cart this week",
        "They nearly bought. A reminder or an answer to an open question is often enough.",
        _all(_term("cart_left_days", "at_most", 7)),
    ),
    ReadyMade(
        "only_looked",
        "Looked lately, never bought",
        "They looked at something within 14 days and never ordered. See what holds them back: postage, price, doubt.",
        _all(_term("orders_count", "is", 0), _term("seen_days", "at_most", 14)),
    ),
    ReadyMade(
        "may_mail",
        "May be written to",
        "They agreed to e-mail and nothing forbids it. This is how far a letter of yours can reach.",
        _all({"field": "may_mail", "is": "is", "value": True}),
    ),
    ReadyMade(
        "expected_soon",
        "Expected soon",
        "Going by what they did so far they should order within 14 days. Something new to see comes at the right time.",
        _all(_term("next_order_days", "at_most", 14)),
    ),
    ReadyMade(
        "leaving_and_worth_much",
        "Likely to leave and worth much",
        "They spent more than most and will more likely than not stay away. Spend your time here first.",
        _all(_term("churn_chance", "at_least", 50), _term("money_score", "at_least", 4)),
    ),
)
BY_KEY: Mapping[str, ReadyMade] = {one.key: one for one in LISTED}


def put_in(session: Session, shop_id: int) -> int:
    """Put in what a shop never had. Return how many that were."""
    known = set(session.scalars(select(Segment.key).where(Segment.shop_id == shop_id, Segment.is_ready_made)))
    rows = [
        {
            "shop_id": shop_id,
            "key": one.key,
            "name": one.name,
            "is_ready_made": True,
            "condition": conditions.to_json(conditions.parse(one.condition)),
        }
        for one in LISTED
        if one.key not in known
    ]
    if rows:
        session.execute(insert(Segment).on_conflict_do_nothing(), rows)
    return len(rows)
