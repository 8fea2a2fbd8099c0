"""`python -m app.jobs.clock`: the only timetable, and the sweep.

The sweep looks every few seconds for rows that wait and rings for them: a lost bell, a killed worker or a Redis that
forgot everything cost seconds, no work. A tick of the timetable is a unique row, so two clocks do it once.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.ingest import backfills, inbox
from app.ingest.browsing import prepare_months
from app.ingest.imports import forget_old_rows, is_importing
from app.jobs.campaigns import plan_campaigns
from app.jobs.connecting import needs_set_up, set_up_shop
from app.jobs.counting import ask_for_count
from app.jobs.doorbell import where
from app.jobs.keeping_alive import keep_alive
from app.jobs.messages import park_lost
from app.jobs.reconciling import reconcile_shop, sweep_shop
from app.jobs.segments import ask_for_segments
from app.jobs.training import ask_about_people, ask_for_training
from app.jobs.watching import needs_look
from app.jobs.writing_back import collect_answers, collect_campaigns
from app.learning.trainings import is_about_people_due, orders_since_last
from app.messaging import outbox
from app.models import Backfill, Erasure, Import, Training, WriteBack
from app.models.work import free_work
from app.profiles import refresh
from app.profiles.segments import MOVES_KEPT, forget_moves
from app.queues import FAST, FILES, MAIL, SLOW
from app.shops import heard, write_backs
from app.shops.pulse import claim_tick, forget_ticks
from app.shops.shops import all_shops
from app.wiring import Wiring, configure_logs, current

SWEEP_SECONDS = 2.0
DAY_HOURS = 20.0  # a training younger than this is young enough for today
MANY_NEW_ORDERS = 500
BODIES_KEPT = timedelta(days=30)
TICKS_KEPT = timedelta(days=2)
HEARD_KEPT = timedelta(days=90)

log = structlog.get_logger()


def sweep(wiring: Wiring) -> None:
    """Ring for everything that waits and nobody works on; where bells wait already, they will do."""
    quiet = {queue for queue in (FAST, FILES, MAIL, SLOW) if wiring.queues.is_quiet(queue)}
    for shop_id in _shop_ids(wiring):
        for queue, verb, *ids in _waiting(wiring, shop_id):
            if queue in quiet:
                wiring.queues.nudge(queue, verb, shop_id, *ids)


def _waiting(wiring: Wiring, shop_id: int) -> list[tuple[str, str, *tuple[int, ...]]]:
    """Return the bells to ring for one shop. What a dead mailer was handing over is parked here, mailer or not."""
    with wiring.db.of_shop(shop_id) as session:
        has_deliveries = inbox.has_waiting(session, shop_id)
        is_due, is_lost = outbox.waits(session, shop_id)
        imports = free_work(session, Import, shop_id)
        trainings = free_work(session, Training, shop_id)
        erasures = free_work(session, Erasure, shop_id)
        readings = free_work(session, Backfill, shop_id)
        writings = free_work(session, WriteBack, shop_id)
        has_people = refresh.waits(session, shop_id)
    if is_lost:
        park_lost(wiring, shop_id)
    bells: list[tuple[str, str, *tuple[int, ...]]] = []
    bells += [(FAST, "deliveries.drain_deliveries")] * has_deliveries
    bells += [(MAIL, "messages.send_messages")] * is_due
    bells += [(FILES, "imports.run_import", import_id) for import_id in imports]
    bells += [(FILES, "backfills.run_backfill", backfill_id) for backfill_id in readings]
    bells += [(FILES, "writing_back.write_back", row_id) for row_id in writings]
    bells += [(FILES, "profiles.refresh_profiles")] * has_people
    bells += [(SLOW, "training.run_training", training_id) for training_id in trainings]
    bells += [(FAST, "forgetting.fulfil_wish", erasure_id) for erasure_id in erasures]
    return bells


def plan(wiring: Wiring) -> None:
    """Plan what campaigns have to say."""
    for shop_id in _shop_ids(wiring):
        plan_campaigns(shop_id, wiring=wiring)


def train_daily(wiring: Wiring) -> None:
    """Ask for a training where the last one is old and something was sold since; about people also where nothing was.

    Half a history would mislead about people; whoever reads it asks when all is there.
    """
    for shop_id in _shop_ids(wiring):
        with wiring.db.of_shop(shop_id) as session:
            fresh, hours = orders_since_last(session, shop_id)
            is_reading = is_importing(session, shop_id) or backfills.is_backfilling(session, shop_id)
            are_people_due = not is_reading and is_about_people_due(session, shop_id, hours=DAY_HOURS)
        if fresh and (hours is None or hours > DAY_HOURS):
            ask_for_training(wiring, shop_id, cause="daily")
        elif are_people_due:
            ask_about_people(wiring, shop_id, cause="daily")


def train_on_news(wiring: Wiring) -> None:
    """Ask for a training where many orders came in since the last one, or the very first."""
    for shop_id in _shop_ids(wiring):
        with wiring.db.of_shop(shop_id) as session:
            if is_importing(session, shop_id) or backfills.is_backfilling(session, shop_id):
                continue  # half a history would mislead; whoever reads it asks for a training when all is there
            fresh, hours = orders_since_last(session, shop_id)
        if fresh >= MANY_NEW_ORDERS or (hours is None and fresh):
            ask_for_training(wiring, shop_id, cause="first_orders" if hours is None else "new_facts")


def reconcile(wiring: Wiring) -> None:
    """Ask connected shops for what no webhook told."""
    for shop_id in _shop_ids(wiring):
        reconcile_shop(wiring, shop_id)


def sweep_ids(wiring: Wiring) -> None:
    """Ask connected shops for the ids of all they have."""
    for shop_id in _shop_ids(wiring):
        sweep_shop(wiring, shop_id)


def watch(wiring: Wiring) -> None:
    """Have shops looked at whose last look was long ago, or who have been silent."""
    for shop_id in _shop_ids(wiring):
        if needs_set_up(wiring, shop_id):
            set_up_shop(shop_id, wiring=wiring)
        if needs_look(wiring, shop_id):
            wiring.queues.nudge(FILES, "watching.watch_shop", shop_id)


def tell_platforms(wiring: Wiring) -> None:
    """Put in line what platforms should know of: what people answered us."""
    for shop_id in _shop_ids(wiring):
        collect_answers(wiring, shop_id)


def tell_campaigns(wiring: Wiring) -> None:
    """Put in line what yesterday's campaigns came to."""
    for shop_id in _shop_ids(wiring):
        collect_campaigns(wiring, shop_id)


def count(wiring: Wiring) -> None:
    """Have people counted, all together, and the coming weeks forecast."""
    for shop_id in _shop_ids(wiring):
        ask_for_count(wiring, shop_id)


def take_segments(wiring: Wiring) -> None:
    """Have segments looked at whose people come and go with time."""
    for shop_id in _shop_ids(wiring):
        ask_for_segments(wiring, shop_id)


def keep_house(wiring: Wiring) -> None:
    """Make the coming months' partitions, and let go of what is no longer needed."""
    before = wiring.clock() - BODIES_KEPT
    with wiring.db.of_nobody() as session:
        prepare_months(session)
        forget_ticks(session, wiring.clock() - TICKS_KEPT)
        heard.forget_heard(session, wiring.clock() - HEARD_KEPT)
    for shop_id in _shop_ids(wiring):
        with wiring.db.of_shop(shop_id) as session:
            inbox.forget_old_bodies(session, shop_id, before)
            forget_old_rows(session, shop_id, before)
            backfills.forget_old_readings(session, shop_id, before)
            write_backs.forget_told(session, shop_id, before)
            forget_moves(session, shop_id, wiring.clock() - MOVES_KEPT)


def heartbeat(_wiring: Wiring) -> None:
    """Do nothing: the tick itself says that the clock goes."""


# Each is harmless to repeat and finds out by itself whether anything is due: a tick lost in a crash costs an hour.
TIMETABLE: dict[str, tuple[timedelta, Callable[[Wiring], None]]] = {
    "heartbeat": (timedelta(minutes=1), heartbeat),
    "plan": (timedelta(minutes=1), plan),
    "tell_platforms": (timedelta(minutes=1), tell_platforms),
    "tell_campaigns": (timedelta(hours=6), tell_campaigns),
    "watch": (timedelta(minutes=10), watch),
    "reconcile": (timedelta(hours=1), reconcile),
    "keep_alive": (timedelta(hours=6), keep_alive),
    "sweep_ids": (timedelta(days=1), sweep_ids),
    "count": (timedelta(minutes=10), count),
    "take_segments": (timedelta(minutes=10), take_segments),
    "train_on_news": (timedelta(minutes=10), train_on_news),
    "train_daily": (timedelta(hours=1), train_daily),
    "keep_house": (timedelta(hours=1), keep_house),
}


def do_due(wiring: Wiring, last: dict[str, datetime]) -> None:
    """Do every job whose tick has come and that no other clock has claimed. `last`: what this clock has seen."""
    for name, (every, work) in TIMETABLE.items():
        tick_at = _floor(wiring.clock(), every)
        if last.get(name) == tick_at:
            continue
        last[name] = tick_at
        with wiring.db.of_nobody() as session:
            is_ours = claim_tick(session, name, tick_at)
        if is_ours:
            work(wiring)


def run(wiring: Wiring, is_over: threading.Event) -> None:
    """Sweep and tick until told to stop; a database that is away is waited for."""
    last: dict[str, datetime] = {}
    while True:
        try:
            sweep(wiring)
            do_due(wiring, last)
        except SQLAlchemyError as error:
            log.warning("clock_stumbled", error=type(error).__name__, where=where(error))
        if is_over.wait(SWEEP_SECONDS):
            return


def _floor(moment: datetime, every: timedelta) -> datetime:
    seconds = every.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, moment.tzinfo)


def _shop_ids(wiring: Wiring) -> list[int]:
    with wiring.db.of_nobody() as session:
        return [shop.id for shop in all_shops(session)]


if __name__ == "__main__":
    configure_logs()
    run(current(), threading.Event())
