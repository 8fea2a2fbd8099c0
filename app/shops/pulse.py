"""Whether the timetable is alive, as the rows it leaves tell."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Tick


def last_tick(session: Session) -> datetime | None:
    """Return when the clock last did something, None when it never has."""
    return session.scalar(select(func.max(Tick.tick_at)))
