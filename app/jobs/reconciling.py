"""What no webhook told us: asked for by the hour from where the last answer ended, and by the day, id for id."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.ingest import backfills
from app.jobs.watching import talks_of
from app.models import ConnectionState, Shop
from app.queues import FILES
from app.shops import connections
from app.wiring import Wiring
from plugins.errors import Unsupported
from plugins.talking import Kind, Talks

OVERLAP = timedelta(minutes=10)  # a change may be dated before the moment at which it can be read
SWEPT = (Kind.ITEMS, Kind.ORDERS, Kind.REVIEWS)  # what platforms delete without a word
RECONCILED = "reconciled"


def reconcile_shop(wiring: Wiring, shop_id: int) -> None:
    """Ask for what changed since the last answer, of each kind whose past is here."""
    talks = _talks(wiring, shop_id)
    if talks is None:
        return
    until, asked = wiring.clock(), []
    with wiring.db.of_shop(shop_id) as session:
        for kind in (one for one in Kind if one in talks.kinds):
            read_until = backfills.read_until(session, shop_id, kind)
            if read_until is not None and not backfills.is_backfilling(session, shop_id, [kind]):
                window = {"since": read_until - OVERLAP, "until": until}
                asked += backfills.start_backfills(session, shop_id, [kind], cause=backfills.RECONCILE, **window)
    _ring(wiring, shop_id, asked)


def sweep_shop(wiring: Wiring, shop_id: int) -> None:
    """Ask for the ids of all there is, once a day: what is not among them was deleted."""
    talks = _talks(wiring, shop_id)
    if talks is None:
        return
    with wiring.db.of_shop(shop_id) as session:
        if backfills.is_backfilling(session, shop_id):
            return
        kinds = [kind for kind in SWEPT if kind in talks.kinds]
        until = wiring.clock()
        asked = backfills.start_backfills(session, shop_id, kinds, cause=backfills.SWEEP, until=until)
    _ring(wiring, shop_id, asked)


def note_reconciled(session: Session, shop_id: int, claimed: backfills.Claimed, at: datetime) -> None:
    """Keep when a kind was last compared, and what was found: nobody had told us of it, or nobody of its change."""
    row = connections.connection_of(session, shop_id)
    if row is None:
        return
    before = row.found.get(RECONCILED)
    found = backfills.found_by(session, shop_id, claimed)
    names = ("deleted", "doubt") if claimed.cause == backfills.SWEEP else ("new", "changed")
    told = {name: found[name] for name in names if name in found}
    key = f"{claimed.kind}_swept" if claimed.cause == backfills.SWEEP else claimed.kind
    kinds = {**(before if isinstance(before, dict) else {}), key: {"at": at.isoformat(), **told}}
    connections.note_found(session, shop_id, RECONCILED, {**kinds, "at": at.isoformat()})


def _talks(wiring: Wiring, shop_id: int) -> Talks | None:
    """Return how a shop is talked to, where it is connected; nobody is asked while a person is needed."""
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state != ConnectionState.CONNECTED:
            return None
        try:
            return talks_of(session.get_one(Shop, shop_id))
        except Unsupported:
            return None


def _ring(wiring: Wiring, shop_id: int, ids: list[int]) -> None:
    for backfill_id in ids:
        wiring.queues.nudge(FILES, "backfills.run_backfill", shop_id, backfill_id)
