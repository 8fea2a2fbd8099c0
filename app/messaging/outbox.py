"""The outbox: where a message stands, and who may move it on.

    planned -> sending -> sent | failed | planned again (certainly not taken) | in doubt
    planned -> skipped
    in doubt -> sent | planned, by a person's word; or by the late answer of whoever handed it over

A claim is a lease and a fencing token; whoever lost it changes nothing any more. A lease on `sending` outlives the
slowest mail server, because when it ends nobody waits for the answer any longer.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.messaging import statements
from app.models import Defer, Message, MessageState, Note, Skip
from app.models.decisions import DEFERRED, WORD

CLAIM_SECONDS = 5  # asking again takes milliseconds; a claim that ran out over a slow server hurts nobody
SENDING_SECONDS = 180  # a conversation with a mail server that is slow at every word
UNSENT = [MessageState.PLANNED]
HANDED_OVER = [MessageState.SENDING, MessageState.IN_DOUBT]


@dataclass(frozen=True)
class Claimed:
    """A message that is ours until the lease ends."""

    id: int
    token: UUID
    email: str
    cart_external_id: str
    is_test: bool
    due_at: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Going:
    """What is written down of a message in the moment it goes."""

    email: str
    message_key: str
    subject: str
    content: dict[str, object]
    cart_version_at: datetime
    customer_external_id: str | None


@dataclass(frozen=True)
class End:
    """How it ended for a message, why, and what the mail server said."""

    state: MessageState
    reason: Skip | Note
    reply: str = ""


@dataclass(frozen=True, kw_only=True)
class Later:
    """Until when a message waits, and why. is_counted: as an attempt of this message's own."""

    reason: Defer
    until: datetime
    reply: str = ""
    is_counted: bool = True


def now(session: Session) -> datetime:
    """Return the moment by which everything here is decided: the database's, or a rehearsal's."""
    moment: datetime = session.execute(text("SELECT regulars_now()")).scalar_one()
    return moment


def claim(session: Session, shop_id: int, *, most: int) -> list[Claimed]:
    """Claim messages that are due, the longest waiting first."""
    token = uuid4()
    told = {"shop_id": shop_id, "token": token, "lease": CLAIM_SECONDS, "most": most}
    rows = session.execute(statements.CLAIM, told).all()
    claimed = [
        Claimed(row.id, token, row.email, row.cart_external_id, row.is_test, row.due_at, row.attempts) for row in rows
    ]
    return sorted(claimed, key=lambda one: (one.due_at, one.id))


def hold(session: Session, shop_id: int, one: Claimed) -> tuple[Message, datetime] | None:
    """Lock a claimed message until the transaction ends, and return it and the moment; None: no longer ours."""
    at = session.execute(statements.HOLD, _of(shop_id, one)).scalar()
    return None if at is None else (session.get_one(Message, (shop_id, one.id), populate_existing=True), at)


def release(session: Session, shop_id: int, token: UUID) -> None:
    """Give back what this token claimed and has not handed over."""
    session.execute(statements.RELEASE, {"shop_id": shop_id, "token": token})


def skip(session: Session, shop_id: int, one: Claimed, reason: Skip) -> bool:
    """Write down that a message will never be sent; False when it is no longer ours."""
    return _settle(session, shop_id, one, End(MessageState.SKIPPED, reason), UNSENT)


def defer(session: Session, shop_id: int, one: Claimed, later: Later, *, cart_version_at: datetime) -> bool:
    """Write down that a message waits, and what state of the cart it stands for; False when it is no longer ours."""
    decided = _decision(DEFERRED, later.reason, later.until)
    told = {**_of(shop_id, one), **decided, "cart_version_at": cart_version_at}
    return session.execute(statements.DEFER, told).first() is not None


def fail_unsent(session: Session, shop_id: int, one: Claimed, reason: Note, sentence: str) -> bool:
    """Write down that a message could not even be written, and the sentence that says why."""
    return _settle(session, shop_id, one, End(MessageState.FAILED, reason, sentence), UNSENT)


def write_sending(session: Session, shop_id: int, one: Claimed, going: Going) -> bool:
    """Write that a message is about to be handed over: once committed it is never sent again by itself."""
    told = {
        **_of(shop_id, one),
        **_decision(MessageState.SENDING, Note.HANDED_OVER),
        **going.__dict__,
        "content": json.dumps(going.content),
        "lease": SENDING_SECONDS,
    }
    return session.execute(statements.SENDING, told).first() is not None


def settle(session: Session, shop_id: int, one: Claimed, end: End) -> bool:
    """Write down what came of a hand-over; False when a person decided meanwhile."""
    return _settle(session, shop_id, one, end, HANDED_OVER)


def put_back(session: Session, shop_id: int, one: Claimed, later: Later) -> bool:
    """Put a message that was certainly not taken back in line; False when a person decided meanwhile."""
    told = {
        **_of(shop_id, one),
        **_decision(DEFERRED, later.reason, later.until),
        "reply": later.reply,
        "is_counted": later.is_counted,
        "before": HANDED_OVER,
    }
    return session.execute(statements.BACK, told).first() is not None


def let_wait(session: Session, shop_id: int, reason: Defer, delay: timedelta) -> None:
    """Let everything that is due wait a little: nobody is there to take it."""
    told = {"shop_id": shop_id, **_decision(DEFERRED, reason, now(session) + delay)}
    session.execute(statements.WAIT, told)


def park(session: Session, shop_id: int) -> list[int]:
    """Park what was being handed over by somebody who is gone: it may have arrived. Returns the ids."""
    told = {"shop_id": shop_id, **_decision(MessageState.IN_DOUBT, Note.WORKER_DIED)}
    return list(session.execute(statements.PARK, told).scalars())


def waits(session: Session, shop_id: int) -> tuple[bool, bool]:
    """Tell whether a message is due, and whether one is to be parked."""
    is_due, is_lost = session.execute(statements.WAITS, {"shop_id": shop_id}).one()
    return is_due, is_lost


def say_arrived(session: Session, shop_id: int, message_id: int) -> bool:
    """Settle a message in doubt by a person's word: it arrived. False when it is not in doubt any more."""
    return _say(session, shop_id, message_id, MessageState.SENT, Note.SAID_ARRIVED)


def send_again(session: Session, shop_id: int, message_id: int) -> bool:
    """Put a message in doubt back in line by a person's word; all is asked again. False likewise."""
    return _say(session, shop_id, message_id, MessageState.PLANNED, Note.SAID_AGAIN)


def _say(session: Session, shop_id: int, message_id: int, state: MessageState, reason: Note) -> bool:
    row_reason = reason if state == MessageState.SENT else ""
    told = {"shop_id": shop_id, "id": message_id, "state": state, "row_reason": row_reason, **_decision(WORD, reason)}
    return session.execute(statements.SAID, told).first() is not None


def _settle(session: Session, shop_id: int, one: Claimed, end: End, before: list[MessageState]) -> bool:
    decided = {**_decision(end.state, end.reason), "state": end.state, "reply": end.reply, "before": before}
    return session.execute(statements.SETTLE, {**_of(shop_id, one), **decided}).first() is not None


def _of(shop_id: int, one: Claimed) -> dict[str, Any]:
    return {"shop_id": shop_id, "id": one.id, "token": one.token}


def _decision(what: str, reason: str, until: datetime | None = None) -> dict[str, Any]:
    return {"what": what, "reason": reason, "until": until}
