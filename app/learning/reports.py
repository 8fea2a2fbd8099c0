"""What was learned, for the merchant's pages: trainings, and the rankers that came out of them. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, cast, desc, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from app.models import RankerVersion, Training, WorkState
from app.models.work import OPEN

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


def last_judged(session: Session, shop_id: int) -> RankerVersion | None:
    """Return the newest ranker that was compared with others, whatever came of it."""
    judged = (RankerVersion.shop_id == shop_id, RankerVersion.report["purposes"] != cast({}, JSONB))
    newest = select(RankerVersion).where(*judged).order_by(RankerVersion.id.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def has_learned_since(session: Session, shop_id: int, moment: datetime) -> bool:
    """Tell whether a full training that was asked for after a moment has ended well."""
    done = (Training.shop_id == shop_id, Training.kind == "full", Training.state == WorkState.DONE)
    found = select(Training.id).where(*done, Training.requested_at >= moment).limit(1)
    return session.execute(found).first() is not None


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
