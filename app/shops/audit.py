"""The audit trail: who changed what, and when. Only written at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Person


@dataclass(frozen=True)
class Entry:
    """One change, with the name of whoever made it."""

    happened_at: datetime
    person: str  # empty when the person is gone
    action: str
    detail: dict[str, object]


@dataclass(frozen=True)
class Trail:
    """One page of the trail, newest first, and how many entries there are."""

    entries: Sequence[Entry]
    total: int


def record(session: Session, shop_id: int, person_id: int | None, action: str, **detail: object) -> None:
    """Write down one change. `detail` holds ids and settings, never a shopper's data or a secret."""
    session.add(AuditEntry(shop_id=shop_id, person_id=person_id, action=action, detail=detail))
    session.flush()


def read(session: Session, shop_id: int, *, action: str = "", offset: int = 0, most: int = 50) -> Trail:
    """Return a page of the trail, of one kind of change or of all."""
    wanted = [AuditEntry.shop_id == shop_id]
    if action:
        wanted.append(AuditEntry.action == action)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted)) or 0
    rows = session.execute(
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(*wanted)
        .order_by(AuditEntry.id.desc())
        .offset(offset)
        .limit(most)
    )
    return Trail([Entry(one.happened_at, name or "", one.action, one.detail) for one, name in rows], total)


def actions(session: Session, shop_id: int) -> list[str]:
    """Return the kinds of change that occur in the trail."""
    found = select(AuditEntry.action).where(AuditEntry.shop_id == shop_id).distinct().order_by(AuditEntry.action)
    return list(session.scalars(found))
