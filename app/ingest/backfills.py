"""What is read from a platform whole: asked for, read a page at a time by one worker, gone on with from its cursor.

An interruption costs the page that was being read. What cannot be read now is put off, with the reason kept for the
merchant to see, and nothing of what was read is asked for again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Backfill, WorkState
from app.models.work import MOST_ATTEMPTS, OPEN, claim_work, end_work, put_off_work, renew_work

SHOP = "shop"  # beside the kinds a platform knows: what the shop says of itself, and its webhooks
INSTALL, RECONCILE, ASKED, SWEEP = "install", "reconcile", "asked", "sweep"
LEASE_SECONDS = 90.0  # a platform may take half a minute for a page, and be asked twice
WHOLE = (INSTALL, ASKED)  # from the beginning
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 15.0, 900.0
STUCK = "Reading stopped several times at the same place. Connect the shop again to go on from there."


@dataclass(frozen=True)
class Claimed:
    """A backfill that is ours until the lease ends. tries: how often it was put off in vain since the last page."""

    id: int
    token: UUID
    kind: str
    cause: str
    since: datetime | None
    until: datetime
    cursor: str
    tries: int


@dataclass(frozen=True)
class Progress:
    """How far one reading is. seconds_left: None where nobody can tell."""

    kind: str
    cause: str
    state: str
    rows_read: int
    rows_total: int | None
    seconds_left: float | None
    reason: str
    finished_at: datetime | None
    unread: int = 0  # rows that became no fact


def start_backfills(
    session: Session,
    shop_id: int,
    kinds: Iterable[str],
    *,
    cause: str,
    since: datetime | None = None,
    until: datetime,
) -> list[int]:
    """Put readings in line, in this order, and return their ids. One that is open goes on, and at once."""
    return [_start(session, shop_id, (str(kind), cause), since, until) for kind in kinds]


def claim_backfill(session: Session, shop_id: int, backfill_id: int) -> Claimed | None:
    """Claim a reading, or find that it is done or somebody else's."""
    token = claim_work(session, Backfill, shop_id, backfill_id, seconds=LEASE_SECONDS)
    row = session.get(Backfill, (shop_id, backfill_id), populate_existing=True)
    if token is None or row is None:
        return None
    tries = int(str(row.found.get("tries", 0)))
    claimed = Claimed(row.id, token, row.kind, row.cause, row.since, row.until, row.cursor, tries)
    if row.attempts > MOST_ATTEMPTS:
        end_backfill(session, shop_id, claimed, WorkState.FAILED, STUCK)
        return None
    if row.started_at is None:
        row.started_at = session.execute(select(func.clock_timestamp())).scalar_one()
        session.flush()
    return claimed


def put_off(session: Session, shop_id: int, claimed: Claimed, seconds: float, reason: str = "") -> bool:
    """Let a reading wait, held by nobody. With a reason it waits longer each time; False when the claim is lost."""
    tries = claimed.tries + 1 if reason else 0
    grown = min(FIRST_PAUSE_SECONDS * 2 ** min(tries, 10), LONGEST_PAUSE_SECONDS) if reason else 0.0
    values = {
        "reason": reason,
        "attempts": func.greatest(Backfill.attempts - 1, 0),
        "found": Backfill.found.op("||")(func.jsonb_build_object("tries", tries)),
    }
    row = (Backfill, shop_id, claimed.id)
    return put_off_work(session, row, claimed.token, seconds=max(seconds, grown), values=values)


def hold(session: Session, shop_id: int, claimed: Claimed) -> bool:
    """Hold the claim for a while longer; False when it is lost."""
    return renew_work(session, (Backfill, shop_id, claimed.id), claimed.token, seconds=LEASE_SECONDS)


def end_backfill(session: Session, shop_id: int, claimed: Claimed, state: WorkState, reason: str = "") -> bool:
    """Mark a reading as done or failed; False when the claim is lost."""
    return end_work(session, (Backfill, shop_id, claimed.id), claimed.token, state, {"reason": reason})


def found_by(session: Session, shop_id: int, claimed: Claimed) -> dict[str, object]:
    """Return what a reading came upon so far."""
    return dict(session.get_one(Backfill, (shop_id, claimed.id), populate_existing=True).found)


def is_backfilling(session: Session, shop_id: int, kinds: Sequence[str] = ()) -> bool:
    """Tell whether a shop's past is still being read, of any kind or of these."""
    wanted = [Backfill.shop_id == shop_id, Backfill.cause.in_(WHOLE), Backfill.state.in_(OPEN)]
    if kinds:
        wanted.append(Backfill.kind.in_([str(kind) for kind in kinds]))
    return session.execute(select(Backfill.id).where(*wanted).limit(1)).first() is not None


def was_read_since(session: Session, shop_id: int, kind: str, moment: datetime) -> bool:
    """Tell whether all of a kind was read since a moment."""
    whole = (Backfill.cause.in_(WHOLE), Backfill.state == WorkState.DONE, Backfill.finished_at >= moment)
    ours = (Backfill.shop_id == shop_id, Backfill.kind == str(kind))
    return session.execute(select(Backfill.id).where(*ours, *whole).limit(1)).first() is not None


def read_until(session: Session, shop_id: int, kind: str) -> datetime | None:
    """Return up to when all of a kind is known to have been read; None while its past is not."""
    whole = (Backfill.cause.in_((*WHOLE, RECONCILE)), Backfill.state == WorkState.DONE)
    ours = (Backfill.shop_id == shop_id, Backfill.kind == str(kind))
    return session.scalar(select(func.max(Backfill.until)).where(*ours, *whole))


def progress(session: Session, shop_id: int) -> list[Progress]:
    """Return how far each kind of reading is: the newest for each cause, in the order in which they were asked for."""
    newest = (
        select(func.max(Backfill.id)).where(Backfill.shop_id == shop_id).group_by(Backfill.kind, Backfill.cause)
    ).scalar_subquery()
    rows = session.scalars(
        select(Backfill)
        .where(Backfill.shop_id == shop_id, Backfill.id.in_(newest))
        .order_by(Backfill.id)
        .execution_options(populate_existing=True)
    )
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    return [_progress(row, now) for row in rows]


def forget_old_readings(session: Session, shop_id: int, before: datetime) -> None:
    """Let go of readings that came to their end long ago; the newest of each kind and cause stays."""
    newest = select(func.max(Backfill.id)).where(Backfill.shop_id == shop_id)
    kept = newest.where(Backfill.state == WorkState.DONE).group_by(Backfill.kind, Backfill.cause)
    old = (Backfill.shop_id == shop_id, Backfill.finished_at < before, Backfill.id.not_in(kept))
    session.execute(delete(Backfill).where(*old).execution_options(synchronize_session=False))


def _start(session: Session, shop_id: int, what: tuple[str, str], since: datetime | None, until: datetime) -> int:
    kind, cause = what
    made = session.execute(
        insert(Backfill)
        .values(shop_id=shop_id, kind=kind, cause=cause, since=since, until=until)
        .on_conflict_do_nothing(
            index_elements=[Backfill.shop_id, Backfill.kind, Backfill.cause],
            index_where=text("state IN ('waiting', 'running')"),
        )
        .returning(Backfill.id)
    ).scalar()
    if made is not None:
        return made
    is_same = (Backfill.shop_id == shop_id, Backfill.kind == kind, Backfill.cause == cause)
    waits = (*is_same, Backfill.state == WorkState.WAITING)
    session.execute(
        update(Backfill).where(*waits).values(claimed_until=None).execution_options(synchronize_session=False)
    )
    return session.execute(select(Backfill.id).where(*is_same, Backfill.state.in_(OPEN))).scalar_one()


def _progress(row: Backfill, now: datetime) -> Progress:
    left = None
    if row.rows_total and row.rows_read and row.started_at and row.state in OPEN:
        a_row = (now - row.started_at).total_seconds() / row.rows_read
        left = a_row * max(row.rows_total - row.rows_read, 0)
    return Progress(
        kind=row.kind,
        cause=row.cause,
        state=row.state,
        rows_read=row.rows_read,
        rows_total=row.rows_total,
        seconds_left=left,
        reason=row.reason,
        finished_at=row.finished_at,
        unread=int(str(row.found.get("unread", 0))),
    )
