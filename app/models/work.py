"""Work that waits in the database: claimed by lease and fencing token on the database's clock.

A claim is taken for some seconds and renewed while the work goes on. Whoever lost it (a frozen process that wakes up
late) finds its token gone, and changes nothing any more.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Text, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.columns import Moment

MOST_ATTEMPTS = 5  # without any progress in between


class WorkState(StrEnum):
    """Where a piece of long work stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN = (WorkState.WAITING, WorkState.RUNNING)
"""Work that is not over: it waits for a worker, or one has it."""


class Leased:
    """Columns of a row that a worker claims: nobody else touches it before `claimed_until`."""

    state: Mapped[str] = mapped_column(Text, server_default=WorkState.WAITING)
    claim_token: Mapped[UUID | None]  # writes of a worker whose token is no longer here change nothing
    claimed_until: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(server_default="0")


def claim_work(session: Session, kind: Any, shop_id: int, row_id: int, *, seconds: float) -> UUID | None:
    """Claim one row of long work; None when it is done, or somebody else's for now."""
    token = uuid4()
    claimed = session.execute(
        update(kind)
        .where(kind.shop_id == shop_id, kind.id == row_id, _is_free(kind))
        .values(
            state=WorkState.RUNNING,
            claim_token=token,
            claimed_until=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds),
            attempts=kind.attempts + 1,
        )
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    ).first()
    return token if claimed else None


def renew_work(
    session: Session, row: tuple[Any, int, int], token: UUID, *, seconds: float, values: dict[str, Any] | None = None
) -> bool:
    """Write values and hold the claim for some seconds more; False when it is no longer ours.

    row: the row's class, shop and id.
    """
    held = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return _write(session, row, token, {"claimed_until": held, **(values or {})})


def put_off_work(
    session: Session, row: tuple[Any, int, int], token: UUID, *, seconds: float, values: dict[str, Any]
) -> bool:
    """Let work wait some seconds, held by nobody; False when the claim is no longer ours. row: as in `renew_work`."""
    later = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    waiting = {"state": WorkState.WAITING, "claim_token": None, "claimed_until": later}
    return _write(session, row, token, {**waiting, **values})


def end_work(
    session: Session, row: tuple[Any, int, int], token: UUID, state: WorkState, values: dict[str, Any]
) -> bool:
    """Mark the work as done or failed; False when the claim is no longer ours. row: as in `renew_work`."""
    finished = {"state": state, "claimed_until": None, "finished_at": func.clock_timestamp()}
    return _write(session, row, token, {**finished, **values})


def free_work(session: Session, kind: Any, shop_id: int) -> list[int]:
    """Return the ids of rows that wait for a worker, oldest first."""
    found = session.execute(select(kind.id).where(kind.shop_id == shop_id, _is_free(kind)).order_by(kind.id))
    return list(found.scalars())


def _is_free(kind: Any) -> ColumnElement[bool]:
    expired = or_(kind.claimed_until.is_(None), kind.claimed_until < func.clock_timestamp())
    return and_(kind.state.in_(OPEN), expired)


def _write(session: Session, row: tuple[Any, int, int], token: UUID, values: dict[str, Any]) -> bool:
    kind, shop_id, row_id = row
    done = session.execute(
        update(kind)
        .where(kind.shop_id == shop_id, kind.id == row_id, kind.claim_token == token, kind.state == WorkState.RUNNING)
        .values(**values)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    ).first()
    return done is not None
