"""What must hold after a rehearsal, whatever died and whatever was lost on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.prove.rehearsal import Letter, Post
from tests.prove.shoppers import Truth

FINAL = ("sent", "skipped", "failed", "in_doubt")
TOLD_LONG_AGO = timedelta(minutes=30)  # an item's news is not waited for; half an hour later it is surely known
MESSAGES = text("""
    SELECT m.id, m.cart_external_id AS cart, m.state, m.reason, m.decisions, m.step, m.email, m.message_key,
        m.is_control
    FROM messages m WHERE m.shop_id = :shop_id AND NOT m.is_test ORDER BY m.id
""")
LEFT_CARTS = text("""
    SELECT external_id FROM carts
    WHERE shop_id = :shop_id AND stage IN ('cart', 'checkout') AND email IS NOT NULL AND jsonb_array_length(lines) > 0
""")

Fault = tuple[str, str]


def find_faults(session: Session, shop_id: int, truths: dict[str, Truth], post: Post) -> list[Fault]:
    """Return every promise that was broken, and for which cart. truths: by cart."""
    messages = list(session.execute(MESSAGES, {"shop_id": shop_id}).all())
    left = set(session.execute(LEFT_CARTS, {"shop_id": shop_id}).scalars())
    return [
        *_unlawful(post.letters, truths),
        *_twice(post.letters),
        *_not_left_alone(messages, post.letters),
        *_lost(messages, left, truths),
        *_misrecorded(messages, post),
    ]


def _unlawful(letters: list[Letter], truths: dict[str, Truth]) -> Iterator[Fault]:
    for letter in letters:
        truth = truths[letter.cart]
        if any(_is_purchase_known(truth, order, letter) for order in truth.purchases):
            yield "sent after a purchase was known", letter.cart
        if truth.yes_known is None or truth.yes_known > letter.at:
            yield "sent without consent", letter.cart
        if truth.no_known is not None and truth.no_known < letter.at:
            yield "sent after a no was known", letter.cart
        shown = set(letter.items)
        if any(item in shown and told + TOLD_LONG_AGO < letter.at for item, told in truth.gone.items()):
            yield "showed what could not be had", letter.cart


def _is_purchase_known(truth: Truth, order: str, letter: Letter) -> bool:
    known = truth.known_purchases.get(order)
    return known is not None and known < letter.at and truth.purchases[order] >= truth.carts[letter.cart]


def _twice(letters: list[Letter]) -> Iterator[Fault]:
    for key, count in Counter(letter.message_key for letter in letters).items():
        if count > 1:
            yield "one Message-ID twice", key
    for (cart, _step), count in Counter((letter.cart, letter.step) for letter in letters).items():
        if count > 1:
            yield "one cart and step twice", cart


def _not_left_alone(messages: list[Any], letters: list[Letter]) -> Iterator[Fault]:
    controls = {one.email for one in messages if one.is_control}
    for letter in letters:
        if letter.to in controls:
            yield "somebody of the control group was written to", letter.cart
    for one in messages:
        if one.email in controls and not one.is_control:
            yield "in the control group for one cart only", one.cart
        if one.is_control and one.state != "skipped":
            yield "a control that was not kept back", one.cart
        if one.reason == "control_group" and not one.is_control:
            yield "kept back without being in the control group", one.cart


def _lost(messages: list[Any], left: set[str], truths: dict[str, Truth]) -> Iterator[Fault]:
    rows: dict[str, list[Any]] = defaultdict(list)
    for one in messages:
        rows[one.cart].append(one)
    for cart in sorted(left):
        if len(rows[cart]) != 1:
            yield "a left cart without exactly one message", cart
    for cart, truth in truths.items():
        if truth.must_be_sent and not any(_has_gone_or_was_kept_back(one) for one in rows[cart]):
            yield "not sent although nothing stood against it", cart
    for one in messages:
        if one.state not in FINAL or not one.reason:
            yield "no end or no reason", one.cart


def _has_gone_or_was_kept_back(one: Any) -> bool:
    return one.reason == "control_group" if one.is_control else one.state in ("sent", "in_doubt", "failed")


def _misrecorded(messages: list[Any], post: Post) -> Iterator[Fault]:
    taken = Counter(letter.message_id for letter in post.letters)
    for one in messages:
        wanted = {"sent": (1,), "in_doubt": (0, 1)}.get(one.state, (0,))
        if taken[one.id] not in wanted:
            yield f"{one.state}, but {taken[one.id]} letters were taken", one.cart
        if not one.decisions or one.decisions[-1]["reason"] != one.reason:
            yield "the newest decision is not the row's reason", one.cart
        if (one.state == "in_doubt") != (one.id in post.doubtful):
            yield "in doubt without a doubt, or the other way round", one.cart
    for key in post.not_sending:
        yield "handed over before it was written down", key


def note_arrival(truth: Truth, kind: str, data: Any, at: datetime) -> None:
    """Keep what we were told of a person, and when first."""
    if kind == "order.changed":
        truth.known_purchases.setdefault(data["id"], at)
    elif kind == "cart.changed" and data["stage"] == "ordered":
        for order in truth.purchases:
            truth.known_purchases.setdefault(order, at)
    elif kind == "consent.changed" and data["is_given"]:
        truth.yes_known = truth.yes_known or at
    elif kind in ("consent.changed", "address.suppressed"):
        truth.no_known = truth.no_known or at
    elif kind in ("item.deleted", "stock.changed"):
        truth.gone.setdefault(data["id"], at)
