"""Changes that are to be told to a shop's platform: in line, claimed by one worker, each told once.

What was told is emptied at once: the platform has it, and we keep no second copy of whom it was about.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import WorkState, WriteBack
from app.models.work import MOST_ATTEMPTS, claim_work, end_work, put_off_work
from plugins.talking import Change, MailAnswer

LEASE_SECONDS = 60.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30.0, 3600.0
MOST_TRIES = 500  # with a reason, an hour apart: as long as an answer is worth telling (TOLD_FOR)
STUCK = "Writing this to the shop stopped several times without an end."
KINDS: dict[str, type[Change]] = {kind.__name__: kind for kind in get_args(Change)}
MOMENTS = frozenset({"answered_at", "starts_at", "ends_at", "day"})
TUPLES = frozenset({"add", "remove"})
TOLD_FOR = timedelta(days=20)  # an answer that is older than this was told, or will be told by nobody

# Only what came to us: what the platform said itself, or brought in a file, it knows.
ANSWERS = text("""
    INSERT INTO write_backs (shop_id, key, kind, change)
    SELECT r.shop_id, 'answer:' || r.id, 'MailAnswer', jsonb_build_object(
        'email', r.email, 'customer_external_id', coalesce(r.customer_external_id, (
            SELECT min(c.external_id) FROM customers c WHERE c.shop_id = :shop_id AND c.email = r.email
            HAVING count(*) = 1)),
        'is_given', r.is_given, 'answered_at', r.occurred_at)
    FROM consent_records r
    WHERE r.shop_id = :shop_id AND r.purpose = 'email_marketing' AND r.email IS NOT NULL
        AND r.source = ANY(:sources) AND r.occurred_at > clock_timestamp() - CAST(:told_for AS interval)
        AND NOT EXISTS (SELECT FROM write_backs w WHERE w.shop_id = :shop_id AND w.key = 'answer:' || r.id)
    ORDER BY r.id
    ON CONFLICT DO NOTHING
    RETURNING id
""")

LATER = text("""
    SELECT FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = 'email_marketing' AND occurred_at > :at LIMIT 1
""")


@dataclass(frozen=True)
class Claimed:
    """A change that is ours to tell until the lease ends."""

    id: int
    token: UUID
    key: str
    change: Change
    attempts: int


def put_in_line(session: Session, shop_id: int, change: Change, *, key: str) -> int | None:
    """Put a change in line and return its id; None where the same was put there before."""
    told = {one.name: _plain(getattr(change, one.name)) for one in fields(change)}
    row = insert(WriteBack).values(shop_id=shop_id, key=key, kind=type(change).__name__, change=told)
    return session.execute(row.on_conflict_do_nothing().returning(WriteBack.id)).scalar()


def put_answers_in_line(session: Session, shop_id: int, sources: Collection[str]) -> list[int]:
    """Put in line what people answered us about marketing by e-mail, once each, oldest first."""
    told = {"shop_id": shop_id, "sources": list(sources), "told_for": TOLD_FOR}
    return list(session.execute(ANSWERS, told).scalars())


def claim_write_back(session: Session, shop_id: int, row_id: int) -> Claimed | None:
    """Claim a change, or find that it was told or is somebody else's."""
    token = claim_work(session, WriteBack, shop_id, row_id, seconds=LEASE_SECONDS)
    row = session.get(WriteBack, (shop_id, row_id), populate_existing=True)
    if token is None or row is None:
        return None
    claimed = Claimed(row.id, token, row.key, _change(row.kind, row.change), row.attempts)
    if row.attempts > (MOST_TRIES if row.reason else MOST_ATTEMPTS):
        end_write_back(session, shop_id, claimed, WorkState.FAILED, row.reason or STUCK)
        return None
    return claimed


def end_write_back(session: Session, shop_id: int, claimed: Claimed, state: WorkState, reason: str = "") -> bool:
    """Mark a change as told or given up, and let go of what it said."""
    row = (WriteBack, shop_id, claimed.id)
    return end_work(session, row, claimed.token, state, {"reason": reason, "change": {}})


def let_go(session: Session, shop_id: int, claimed: Claimed) -> None:
    """Take a change out of the line: its shop has left. What is still to be told is found again once it is back."""
    ours = (WriteBack.shop_id == shop_id, WriteBack.id == claimed.id, WriteBack.claim_token == claimed.token)
    session.execute(delete(WriteBack).where(*ours).execution_options(synchronize_session=False))


def put_off(session: Session, shop_id: int, claimed: Claimed, seconds: float, reason: str) -> None:
    """Let a change wait, longer each time, with the reason."""
    grown = min(FIRST_PAUSE_SECONDS * 2 ** min(claimed.attempts, 10), LONGEST_PAUSE_SECONDS)
    row = (WriteBack, shop_id, claimed.id)
    put_off_work(session, row, claimed.token, seconds=max(seconds, grown), values={"reason": reason})


def is_outdated(session: Session, shop_id: int, change: Change) -> bool:
    """Tell whether somebody has answered otherwise since: the later answer is told by whoever heard it."""
    if not isinstance(change, MailAnswer):
        return False
    told = {"shop_id": shop_id, "email": change.email, "at": change.answered_at}
    return session.execute(LATER, told).first() is not None


def forget_told(session: Session, shop_id: int, before: datetime) -> None:
    """Let go of the rows of changes that were told long ago."""
    session.execute(delete(WriteBack).where(WriteBack.shop_id == shop_id, WriteBack.finished_at < before))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _change(kind: str, told: dict[str, Any]) -> Change:
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in MOMENTS else tuple(value) if name in TUPLES else value
        for name, value in told.items()
    }
    return KINDS[kind](**values)
