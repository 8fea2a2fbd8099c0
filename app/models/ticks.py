"""The timetable's memory: two clocks do a tick once."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment


class Tick(Row):
    """One tick of one job, claimed by whoever inserted this row first."""

    __tablename__ = "ticks"

    job: Mapped[str] = mapped_column(Text, primary_key=True)
    tick_at: Mapped[Moment] = mapped_column(primary_key=True)
