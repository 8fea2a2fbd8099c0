"""Trainings: asked for, claimed by one worker, telling how far they are, and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Training, WorkState
from app.models.work import MOST_ATTEMPTS, OPEN, claim_work, end_work, renew_work

LEASE_SECONDS = 15.0
PEOPLE = "people"  # the kind of training that learns about people; the others learn what to recommend
PREDICTORS = "people-"  # what the names of artifacts that hold predictors begin with


@dataclass(frozen=True)
class Claimed:
    """A training that is ours until the lease ends."""

    id: int
    token: UUID
    kind: str


def request_training(session: Session, shop_id: int, *, cause: str, kind: str = "full") -> int:
    """Ask for a training and return its id; one that waits or runs already is the answer to both."""
    made = session.execute(
        insert(Training)
        .values(shop_id=shop_id, kind=kind, cause=cause)
        .on_conflict_do_nothing(
            index_elements=[Training.shop_id, Training.kind], index_where=text("state IN ('waiting', 'running')")
        )
        .returning(Training.id)
    ).scalar()
    if made is not None:
        return made
    waiting = (Training.shop_id == shop_id, Training.kind == kind, Training.state.in_(OPEN))
    return session.execute(select(Training.id).where(*waiting)).scalar_one()


def claim_training(session: Session, shop_id: int, training_id: int) -> Claimed | None:
    """Claim a training, or find that it is done or somebody else's."""
    token = claim_work(session, Training, shop_id, training_id, seconds=LEASE_SECONDS)
    row = session.get(Training, (shop_id, training_id), populate_existing=True)
    if token is None or row is None:
        return None
    if row.attempts > MOST_ATTEMPTS:
        reason = "The training stopped several times without an end. Is there enough memory?"
        end_training(session, shop_id, Claimed(row.id, token, row.kind), WorkState.FAILED, {"reason": reason})
        return None
    row.started_at = session.execute(select(func.clock_timestamp())).scalar_one()
    return Claimed(row.id, token, row.kind)


def tell_progress(session: Session, shop_id: int, claimed: Claimed, stage: str, share: float) -> bool:
    """Write how far a training is, and hold its claim; False when it is no longer ours."""
    values: Mapping[str, Any] = {"stage": stage, "progress": share}
    row = (Training, shop_id, claimed.id)
    return renew_work(session, row, claimed.token, seconds=LEASE_SECONDS, values=dict(values))


def end_training(session: Session, shop_id: int, claimed: Claimed, state: WorkState, values: Mapping[str, Any]) -> bool:
    """Mark a training as done or failed; False when the claim is lost."""
    return end_work(session, (Training, shop_id, claimed.id), claimed.token, state, {"progress": 1.0, **values})


def point_at(session: Session, shop_id: int, training_id: int, version_id: int) -> None:
    """Remember which version came out of a training and serves."""
    row = session.get(Training, (shop_id, training_id))
    assert row is not None
    row.ranker_version_id = version_id


def orders_since_last(session: Session, shop_id: int) -> tuple[int, float | None]:
    """Return how many orders changed since the last training that ended well, and how many hours ago that was."""
    row = session.execute(
        text("""
            WITH last AS (SELECT max(requested_at) AS at FROM trainings
                          WHERE shop_id = :shop_id AND state = 'done' AND kind = 'full')
            SELECT (SELECT count(*) FROM orders WHERE shop_id = :shop_id AND version_at > coalesce(last.at, 'epoch')),
                   extract(epoch FROM clock_timestamp() - last.at) / 3600 FROM last
        """),
        {"shop_id": shop_id},
    ).one()
    return int(row[0]), None if row[1] is None else float(row[1])


def is_about_people_due(session: Session, shop_id: int, *, hours: float) -> bool:
    """Tell whether a shop has orders, and nothing was learned about its people in the last so many hours."""
    found = session.execute(
        text("""
            SELECT EXISTS (SELECT FROM orders WHERE shop_id = :shop_id) AND NOT EXISTS (
                SELECT FROM trainings WHERE shop_id = :shop_id AND kind = :kind AND state <> 'failed'
                    AND requested_at > clock_timestamp() - make_interval(secs => :seconds))
        """),
        {"shop_id": shop_id, "kind": PEOPLE, "seconds": hours * 3600},
    )
    return bool(found.scalar())
