"""The journey of a reading: a platform is asked a page at a time, each kept with its cursor, until all is here.

Nobody waits while holding: what a platform still prepares, throttles or cannot answer is put off, and the sweep rings
again. Trouble becomes a sentence on the merchant's page; nothing that was read is lost by it.
"""

import math
import time

import structlog

from app.errors import NotFound
from app.ingest import backfills
from app.ingest.fetched import record_page
from app.ingest.imports import refresh_statistics
from app.jobs.access import open_access
from app.jobs.doorbell import job
from app.jobs.reconciling import note_reconciled
from app.jobs.setting_up import set_up
from app.jobs.sweeping import sweep_ids
from app.jobs.training import ask_for_training
from app.models import ConnectionState, Shop, WorkState
from app.queues import FILES
from app.shops import connections
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.errors import PlatformError, Refused, Throttled, Unsupported, WrongAddress
from plugins.platform import ShopFacts
from plugins.talking import Access, Kind, Page, Window

TURN_SECONDS = 45.0  # then the next in line has its turn
ACCESS_LEFT_SECONDS = 120.0
PERSON_SECONDS = 3600.0  # what needs a person is tried again so seldom; connecting anew tries it at once
UNSUPPORTED = "This platform cannot be asked for these."
LEFT = "The shop is not connected any more."

log = structlog.get_logger()


@job
def run_backfill(wiring: Wiring, shop_id: int, backfill_id: int) -> None:
    """Go on with one reading from where it stands."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    with wiring.db.of_shop(shop_id) as session:
        claimed = backfills.claim_backfill(session, shop_id, backfill_id)
    if shop is None or claimed is None:
        return
    try:
        is_over = _do(wiring, shop, claimed)
    except (PlatformError, NotFound) as error:
        _stumble(wiring, shop_id, claimed, error)
        return
    if is_over:
        _finish(wiring, shop_id, claimed)


def _do(wiring: Wiring, shop: Shop, claimed: backfills.Claimed) -> bool:
    """Do what the row asks for; False where it goes on later or is somebody else's by now."""
    if claimed.kind == backfills.SHOP:
        set_up(wiring, shop.id)
        return True
    if claimed.cause == backfills.SWEEP:
        return sweep_ids(wiring, shop, claimed)
    return _read(wiring, shop, claimed)


def _read(wiring: Wiring, shop: Shop, claimed: backfills.Claimed) -> bool:
    talks = PLATFORMS[shop.platform].talks
    if talks is None:
        raise Unsupported(UNSUPPORTED)
    facts = ShopFacts(currency=shop.currency, time_zone=shop.time_zone)
    window = Window(since=claimed.since, until=claimed.until)
    turn_ends, cursor = math.inf, claimed.cursor
    while True:
        access = open_access(wiring, shop.id)
        for page in talks.fetch(Kind(claimed.kind), access, facts, window, cursor):
            if not _keep(wiring, shop.id, claimed, page):
                return False
            cursor = page.cursor
            if page.rows:  # getting ready is not the turn: it would be in vain
                turn_ends = min(turn_ends, time.monotonic() + TURN_SECONDS)
            if page.waits_seconds > 0 or time.monotonic() > turn_ends:
                _let_wait(wiring, shop.id, claimed, page.waits_seconds)
                return False
            if _ends_soon(access):
                break
        else:
            return True


def _keep(wiring: Wiring, shop_id: int, claimed: backfills.Claimed, page: Page) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        is_ours = record_page(session, shop_id, claimed, page, wiring.clock(), wiring.seals)
        if is_ours:
            connections.note_well(session, shop_id)
    if not is_ours:
        log.info("claim_lost", shop_id=shop_id, backfill=claimed.id)
    return is_ours


def _let_wait(wiring: Wiring, shop_id: int, claimed: backfills.Claimed, seconds: float) -> None:
    with wiring.db.of_shop(shop_id) as session:
        backfills.put_off(session, shop_id, claimed, seconds)
    if not seconds:
        wiring.queues.nudge(FILES, "backfills.run_backfill", shop_id, claimed.id)


def _ends_soon(access: Access) -> bool:
    ends_at = access.credentials.expires_at
    return ends_at is not None and (ends_at - access.now()).total_seconds() < ACCESS_LEFT_SECONDS


def _stumble(wiring: Wiring, shop_id: int, claimed: backfills.Claimed, error: PlatformError | NotFound) -> None:
    """Put the reading off with its sentence, or end it where no waiting helps."""
    log.warning("backfill_stumbled", shop_id=shop_id, backfill=claimed.id, error=type(error).__name__)
    needs_person = isinstance(error, Refused | WrongAddress)
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state == ConnectionState.GONE:
            backfills.end_backfill(session, shop_id, claimed, WorkState.FAILED, LEFT)
        elif isinstance(error, Unsupported):
            backfills.end_backfill(session, shop_id, claimed, WorkState.DONE, str(error))
        elif needs_person or error.is_transient:
            connections.note_trouble(session, shop_id, str(error), needs_person=needs_person)
            seconds = error.wait_seconds if isinstance(error, Throttled) else PERSON_SECONDS * needs_person
            backfills.put_off(session, shop_id, claimed, seconds, str(error))
        else:
            backfills.end_backfill(session, shop_id, claimed, WorkState.FAILED, str(error))


def _finish(wiring: Wiring, shop_id: int, claimed: backfills.Claimed) -> None:
    """Mark a reading as done, and begin what waited for it."""
    with wiring.db.of_shop(shop_id) as session:
        is_ours = backfills.end_backfill(session, shop_id, claimed, WorkState.DONE)
        if not is_ours:
            return
        connections.note_well(session, shop_id)
        if claimed.cause in (backfills.RECONCILE, backfills.SWEEP):
            note_reconciled(session, shop_id, claimed, wiring.clock())
        is_history = claimed.cause in backfills.WHOLE and claimed.kind in (Kind.ITEMS, Kind.ORDERS)
        is_waiting = backfills.is_backfilling(session, shop_id, [Kind.ITEMS, Kind.ORDERS])
    if is_history and not is_waiting:
        with wiring.db.of_nobody() as session:
            refresh_statistics(session)
        ask_for_training(wiring, shop_id, cause="imported")
