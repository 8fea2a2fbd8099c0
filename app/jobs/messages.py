"""The journey of a message: claimed, asked again, written `sending`, handed over, and marked with what came of it.

Each is asked again right before its own hand-off (`mailing.py`); nothing is held while the mail server speaks.
"""

import time
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from app.consent import Stop, suppress
from app.errors import BadRequest
from app.jobs import letters
from app.jobs.doorbell import job
from app.jobs.letters import preview
from app.jobs.mailing import prepare
from app.messaging import outbox
from app.messaging.envelope import check_address
from app.messaging.outbox import Claimed, End, Later
from app.messaging.senders import Outcome, Sender, Verdict
from app.models import Campaign, Defer, MailSender, Message, MessageState, Note
from app.queues import MAIL
from app.wiring import Wiring
from plugins.events import SuppressionReason

__all__ = ["ask_test", "park_lost", "preview", "send_messages"]

BATCH = 20
MOST_SECONDS = 20.0  # then the bell rings again, so that one busy shop leaves room for the others
AWAY_DELAY = timedelta(seconds=60)  # while there is nobody to hand anything to
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(minutes=15)
ENDS = {
    Verdict.ACCEPTED: (MessageState.SENT, Note.ACCEPTED),
    Verdict.REFUSED: (MessageState.FAILED, Note.REFUSED),
    Verdict.IN_DOUBT: (MessageState.IN_DOUBT, Note.LINE_BROKE),
}

log = structlog.get_logger()


@job
def send_messages(wiring: Wiring, shop_id: int) -> None:
    """Hand over what is due, one after the other, until nothing is."""
    park_lost(wiring, shop_id)
    if wiring.sender is None:
        _let_wait(wiring, shop_id, Defer.NO_SERVER)
        return
    ends_at = time.monotonic() + MOST_SECONDS
    try:
        while _send_batch(wiring, shop_id, wiring.sender, ends_at):
            if time.monotonic() > ends_at:
                wiring.queues.nudge(MAIL, "messages.send_messages", shop_id)
                return
    finally:
        wiring.sender.close()


def park_lost(wiring: Wiring, shop_id: int) -> None:
    """Park what was being handed over by a worker that is gone."""
    with wiring.db.of_shop(shop_id) as session:
        parked = outbox.park(session, shop_id)
    if parked:
        log.warning("messages_in_doubt", shop_id=shop_id, messages=parked)


def ask_test(wiring: Wiring, shop_id: int, cart_external_id: str, to: str) -> int:
    """Put a test message about a cart in line, to whoever asked for it, and return its id. Raises BadRequest."""
    check_address(to)
    with wiring.db.of_shop(shop_id) as session:
        campaign = session.query(Campaign).filter_by(shop_id=shop_id).one_or_none()
        cart = letters.find_cart(session, shop_id, cart_external_id)
        if campaign is None or session.get(MailSender, shop_id) is None:
            raise BadRequest("Say first who your letters come from; then a test can be sent.")
        if wiring.sender is None:
            raise BadRequest("No mail server is set. Set SMTP_URL to yours and start Regulars again.")
        now = outbox.now(session)
        message = Message(
            shop_id=shop_id,
            campaign_id=campaign.id,
            is_test=True,
            cart_external_id=cart.external_id,
            cart_version_at=cart.version_at,
            email=to,
            decisions=[{"at": now.isoformat(), "what": MessageState.PLANNED, "reason": Note.DUE}],
            planned_at=now,
            due_at=now,
        )
        session.add(message)
        session.flush()
        message_id = message.id
    wiring.queues.nudge(MAIL, "messages.send_messages", shop_id)
    return message_id


def _send_batch(wiring: Wiring, shop_id: int, sender: Sender, ends_at: float) -> bool:
    """Send what can be claimed at once; False when there is no more for now."""
    with wiring.db.of_shop(shop_id) as session:
        claimed = outbox.claim(session, shop_id, most=BATCH)
    for one in claimed:
        if time.monotonic() > ends_at:  # a slow mail server: the rest of the batch waits for the shop's next turn
            with wiring.db.of_shop(shop_id) as session:
                outbox.release(session, shop_id, one.token)
            break
        snapshot = letters.shelf_of(wiring, shop_id)
        with wiring.db.of_shop(shop_id) as session:
            envelope = prepare(wiring, session, shop_id, one, snapshot)
        if envelope is None:
            continue
        outcome = sender.hand_over(envelope)
        with wiring.db.of_shop(shop_id) as session:
            _record(session, shop_id, one, outcome)
        if outcome.is_server_away:
            _let_wait(wiring, shop_id, Defer.SERVER_AWAY, one)
            return False
    return bool(claimed)


def _record(session: Session, shop_id: int, one: Claimed, outcome: Outcome) -> None:
    """Write down what came of a hand-over. What was certainly not taken goes back in line, later each time."""
    match outcome.verdict:
        case Verdict.LATER:
            outbox.put_back(session, shop_id, one, _later(session, one, outcome))
        case Verdict.REFUSED if outcome.is_address_dead:
            _give_address_up(session, shop_id, one, outcome)
        case _:
            state, reason = ENDS[outcome.verdict]
            outbox.settle(session, shop_id, one, End(state, reason, outcome.reply))


def _give_address_up(session: Session, shop_id: int, one: Claimed, outcome: Outcome) -> None:
    """Never write there again: to the address the letter went to, corrected since it was claimed, perhaps."""
    message = session.get(Message, (shop_id, one.id))
    if message is None:  # whose it was was forgotten meanwhile, and their address is kept nowhere
        return
    at = outbox.now(session)
    suppress(session, shop_id, Stop(message.email, SuppressionReason.BOUNCED, "smtp", at))
    outbox.settle(session, shop_id, one, End(MessageState.FAILED, Note.ADDRESS_DEAD, outcome.reply))


def _later(session: Session, one: Claimed, outcome: Outcome) -> Later:
    if outcome.is_server_away:
        until = outbox.now(session) + AWAY_DELAY
        return Later(reason=Defer.SERVER_AWAY, until=until, reply=outcome.reply, is_counted=False)
    delay = min(FIRST_DELAY * 2 ** min(one.attempts, 10), LONGEST_DELAY)
    return Later(reason=Defer.NOT_TAKEN, until=outbox.now(session) + delay, reply=outcome.reply)


def _let_wait(wiring: Wiring, shop_id: int, reason: Defer, one: Claimed | None = None) -> None:
    with wiring.db.of_shop(shop_id) as session:
        outbox.let_wait(session, shop_id, reason, AWAY_DELAY)
        if one is not None:
            outbox.release(session, shop_id, one.token)
