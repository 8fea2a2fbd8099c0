"""What may serve: every version is kept with its report; at most one serves, and why stands beside it."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import RankerState, RankerVersion

SIMPLE = "simple rules"
BLEND = "blend"


@dataclass(frozen=True)
class Outcome:
    """What one training produced. `artifact`: the name of the file that may serve."""

    training_id: int
    artifact: str
    is_promoted: bool
    is_judged: bool  # False where only the simple rules were fitted, without a comparison
    reason: str
    report: dict[str, Any] = field(default_factory=dict)


def serving_version(session: Session, shop_id: int) -> RankerVersion | None:
    """Return the version that serves now, if there is one."""
    serving = (RankerVersion.shop_id == shop_id, RankerVersion.state == RankerState.SERVING)
    return session.execute(select(RankerVersion).where(*serving)).scalar_one_or_none()


def keep_outcome(session: Session, shop_id: int, outcome: Outcome) -> int | None:
    """Write what came out and return the id of the version that serves from now on, None when nothing changed.

    A refused candidate is kept with its report, and what served goes on, fitted anew. Simple rules without a comparison
    never replace a ranker that has proved itself.
    """
    serving = serving_version(session, shop_id)
    method = BLEND if outcome.is_promoted and outcome.is_judged else (serving.method if serving else SIMPLE)
    if not outcome.is_judged and serving is not None and serving.method != SIMPLE:
        return None
    if outcome.is_judged and not outcome.is_promoted:
        session.add(_version(shop_id, outcome, RankerState.REFUSED, BLEND))
    retired = (RankerVersion.shop_id == shop_id, RankerVersion.state == RankerState.SERVING)
    session.execute(update(RankerVersion).where(*retired).values(state=RankerState.RETIRED))
    version = _version(shop_id, outcome, RankerState.SERVING, method)
    session.add(version)
    session.flush()
    return version.id


def unused_artifacts(session: Session, shop_id: int) -> list[str]:
    """Return the names of artifacts that no longer serve."""
    current = serving_version(session, shop_id)
    old = session.execute(
        select(RankerVersion.artifact).where(
            RankerVersion.shop_id == shop_id, RankerVersion.state == RankerState.RETIRED
        )
    )
    return sorted({name for name in old.scalars() if current is None or name != current.artifact})


def _version(shop_id: int, outcome: Outcome, state: RankerState, method: str) -> RankerVersion:
    return RankerVersion(
        shop_id=shop_id,
        training_id=outcome.training_id,
        artifact=outcome.artifact,
        method=method,
        state=state,
        reason=outcome.reason,
        report=outcome.report,
    )
