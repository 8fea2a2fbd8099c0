"""Work that waits in the database: claimed by lease and fencing token on the database's clock."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import Moment


class WorkState(StrEnum):
    """Where a piece of long work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Leased:
    """Columns of a row that a worker claims: nobody else touches it before `claimed_until`."""

    state: Mapped[str] = mapped_column(Text, server_default=WorkState.WAITING)
    claim_token: Mapped[UUID | None]  # writes of a worker whose token is no longer here change nothing
    claimed_until: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
