"""The journey of a delivery: claimed, parsed, its facts written, marked with what became of it."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.ingest import inbox
from app.ingest.apply import apply_events
from app.ingest.forgotten import naming_forgotten
from app.jobs.doorbell import job, where
from app.jobs.profiles import hear_at_once
from app.models import DeliveryState, Shop
from app.queues import FAST
from app.shops import connections
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.errors import PlatformError
from plugins.events import Event, ShopUninstalled
from plugins.platform import ShopFacts

BATCH = 200
MOST_BATCHES = 50  # then the bell rings again, so that one busy shop leaves room for the others
FARTHEST_AHEAD = timedelta(days=1)  # of a shop's clock before ours: time zones mistaken for each other, no more
POISON = "Handling this delivery ended badly three times. Please report it, with the delivery's number."

Read = tuple[inbox.Claimed, tuple[Event, ...], DeliveryState, str]

log = structlog.get_logger()


class _ClaimLost(Exception):
    """Another worker has taken over: nothing of this batch may be written."""


@job
def drain_deliveries(wiring: Wiring, shop_id: int) -> None:
    """Work on a shop's inbox until nothing waits there."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    facts = ShopFacts(currency=shop.currency, time_zone=shop.time_zone)
    for _ in range(MOST_BATCHES):
        if not _drain_batch(wiring, shop_id, facts):
            return
    wiring.queues.nudge(FAST, "deliveries.drain_deliveries", shop_id)


def _drain_batch(wiring: Wiring, shop_id: int, facts: ShopFacts) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        token, claimed = inbox.claim(session, shop_id, most=BATCH)
    read = [(one, *_read(one, facts)) for one in claimed]
    try:
        _write(wiring, shop_id, token, read)
    except _ClaimLost:
        log.info("claim_lost", shop_id=shop_id, size=len(claimed))
    except OperationalError:
        raise  # the database is away: the leases run out, and the sweep rings again
    except SQLAlchemyError as error:
        log.error("batch_refused", shop_id=shop_id, size=len(claimed), error=type(error).__name__, where=where(error))
        with wiring.db.of_shop(shop_id) as session:
            inbox.release(session, shop_id, token)  # each is tried alone now, and the bad one found
    return bool(claimed)


def _write(wiring: Wiring, shop_id: int, token: UUID, read: list[Read]) -> None:
    outcomes = [(one.id, state, reason) for one, _, state, reason in read]
    with wiring.db.of_shop(shop_id) as session:
        # Marking comes first: it locks the rows, so that a claim lost meanwhile is seen before anything changes.
        if inbox.settle(session, shop_id, token, outcomes) < len(outcomes):
            raise _ClaimLost
        told = [(one, event) for one, events, _, _ in read for event in events if _counts(session, shop_id, one, event)]
        heard = [(one.delivery.received_at, event) for one, event in told]
        named_forgotten = apply_events(session, shop_id, heard, wiring.seals)
        if told:
            hear_at_once(session, shop_id)
        unread = [one for one, events, _, _ in read if not events]
        bodies = [one.delivery.body.decode("utf-8", "replace") for one in unread]
        named = {unread[place].id for place in naming_forgotten(session, shop_id, bodies, wiring.seals)}
        inbox.forget_bodies(session, shop_id, {told[place][0].id for place in named_forgotten} | named)


def _counts(session: Session, shop_id: int, one: inbox.Claimed, event: Event) -> bool:
    """Destroy what opens a shop that took us out. A word of it from before the shop was connected anew is unheard."""
    if not isinstance(event, ShopUninstalled):
        return True
    row = connections.connection_of(session, shop_id)
    left_at = event.occurred_at or one.delivery.received_at
    if row is not None and row.connected_at is not None and left_at < row.connected_at:
        return False
    connections.mark_gone(session, shop_id)
    return True


def _read(one: inbox.Claimed, facts: ShopFacts) -> tuple[tuple[Event, ...], DeliveryState, str]:
    if one.attempts > inbox.MOST_ATTEMPTS:
        return (), DeliveryState.QUARANTINED, POISON
    try:
        parsed = PLATFORMS[one.platform].parse(one.delivery, facts)
    except PlatformError as error:
        return (), DeliveryState.QUARANTINED, str(error)
    if parsed.nothing is not None:
        return (), DeliveryState.NOTHING, parsed.nothing.reason
    if reason := _ahead_of_time(parsed.events, one.delivery.received_at):
        return (), DeliveryState.QUARANTINED, reason
    return parsed.events, DeliveryState.APPLIED, ""


def _ahead_of_time(events: tuple[Event, ...], received_at: datetime) -> str:
    """Say what is wrong with facts from the future: once believed, no later word about the same thing would count."""
    named = ("version_at", "placed_at", "occurred_at", "merged_at")
    latest = max((at for event in events for name in named if (at := getattr(event, name, None))), default=received_at)
    if latest <= received_at + FARTHEST_AHEAD:
        return ""
    return f"It is dated {latest:%Y-%m-%d %H:%M} UTC, which was still to come when it arrived. Check the shop's clock."
