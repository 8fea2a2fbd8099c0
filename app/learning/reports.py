"""What was learned, for the merchant's pages: trainings, and the rankers that came out of them. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, desc, func, select
from sqlalchemy.orm import Session, aliased

from app.models import RankerState, RankerVersion, Training, WorkState

OPEN = (WorkState.WAITING, WorkState.RUNNING)
COLUMNS = {
    "requested_at": Training.requested_at,
    "state": Training.state,
    "cause": Training.cause,
    "duration": Training.finished_at - Training.started_at,
}


@dataclass(frozen=True)
class TrainingPage:
    """A page of trainings, each with the ranker it made, and how many trainings there are."""

    rows: Sequence[tuple[Training, RankerVersion | None]]
    total: int


def serving_version(session: Session, shop_id: int) -> RankerVersion | None:
    """Return the ranker that serves now."""
    return session.scalars(
        select(RankerVersion).where(RankerVersion.shop_id == shop_id, RankerVersion.state == RankerState.SERVING)
    ).one_or_none()


def open_trainings(session: Session, shop_id: int) -> Sequence[Training]:
    """Return trainings that wait or run, oldest first."""
    return session.scalars(
        select(Training).where(Training.shop_id == shop_id, Training.state.in_(OPEN)).order_by(Training.id)
    ).all()


def last_training(session: Session, shop_id: int) -> Training | None:
    """Return the newest training that has ended, well or not."""
    return session.scalars(
        select(Training)
        .where(Training.shop_id == shop_id, Training.state.not_in(OPEN))
        .order_by(Training.id.desc())
        .limit(1)
    ).one_or_none()


def list_trainings(session: Session, shop_id: int, *, state: str, order: str, offset: int, most: int) -> TrainingPage:
    """Return a page of the trainings, of one state or of all."""
    wanted = [Training.shop_id == shop_id]
    if state:
        wanted.append(Training.state == state)
    total = session.scalar(select(func.count()).select_from(Training).where(*wanted)) or 0
    column = COLUMNS[order.removeprefix("-")]
    rows = session.execute(
        select(Training, RankerVersion)
        .outerjoin(
            RankerVersion, (RankerVersion.shop_id == Training.shop_id) & (RankerVersion.id == _first_version(Training))
        )
        .where(*wanted)
        .order_by((desc(column) if order.startswith("-") else column).nulls_last(), Training.id.desc())
        .offset(offset)
        .limit(most)
    )
    return TrainingPage([(training, version) for training, version in rows], total)


def find_training(session: Session, shop_id: int, training_id: int) -> tuple[Training, RankerVersion | None] | None:
    """Return one training with the ranker it made."""
    training = session.get(Training, (shop_id, training_id))
    if training is None:
        return None
    version = session.scalars(
        select(RankerVersion)
        .where(RankerVersion.shop_id == shop_id, RankerVersion.training_id == training_id)
        .order_by(RankerVersion.id)
        .limit(1)
    ).one_or_none()
    return training, version


def _first_version(training: type[Training]) -> ScalarSelect[int]:
    # A training whose candidate was refused leaves two: the refused one first, then what serves on, fitted anew.
    version = aliased(RankerVersion)
    return (
        select(func.min(version.id))
        .where(version.shop_id == training.shop_id, version.training_id == training.id)
        .scalar_subquery()
    )
