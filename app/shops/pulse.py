"""The rows a timetable leaves: they let a tick happen once, and tell whether it is alive."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Tick


def claim_tick(session: Session, job: str, tick_at: datetime) -> bool:
    """Claim one tick of one job; False when another clock has it."""
    ours = insert(Tick).values(job=job, tick_at=tick_at).on_conflict_do_nothing().returning(Tick.job)
    return session.execute(ours).first() is not None


def forget_ticks(session: Session, before: datetime) -> None:
    """Let go of ticks that no clock will come back to."""
    session.execute(delete(Tick).where(Tick.tick_at < before))


def last_tick(session: Session) -> datetime | None:
    """Return when the clock last did something, None when it never has."""
    return session.scalar(select(func.max(Tick.tick_at)))
