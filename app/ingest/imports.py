"""Files coming in: asked for, read a batch at a time by one worker, gone on with after an interruption."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from app.identity import Seals
from app.ingest.apply import Heard, apply_events
from app.ingest.forgotten import naming_forgotten
from app.ingest.standins import count_open_lines, listed
from app.models import Import, SetAsideRow, WorkState
from app.models.work import MOST_ATTEMPTS, OPEN, claim_work, end_work, renew_work
from plugins.csvfile import Batch
from plugins.events import (
    AddressSuppressed,
    ConsentChanged,
    CustomerChanged,
    Event,
    ItemChanged,
    OrderChanged,
    Purpose,
    RefundMade,
)

NAMED_FORGOTTEN = "It named somebody who was forgotten."
LEASE_SECONDS = 5.0  # a batch takes a fraction of a second


@dataclass(frozen=True)
class Claimed:
    """An import that is ours until the lease ends. `asked_at`: when this very file was first handed in."""

    id: int
    token: UUID
    kind: str
    path: Path
    shift: timedelta
    rows_read: int
    asked_at: datetime


def request_import(session: Session, shop_id: int, path: Path, *, kind: str = "", shift_days: int = 0) -> int:
    """Put a file in line and return the import's id.

    kind: a key of KINDS, or empty to find out when it is read. `shift_days` moves every date in it. Raises OSError.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    row = Import(
        shop_id=shop_id,
        kind=kind,
        path=str(path.absolute()),
        file_name=path.name,
        file_digest=digest,
        bytes_total=path.stat().st_size,
        shift_days=shift_days,
    )
    session.add(row)
    session.flush()
    return row.id


def is_importing(session: Session, shop_id: int) -> bool:
    """Tell whether a file waits or is being read."""
    is_open = (Import.shop_id == shop_id, Import.state.in_(OPEN))
    return session.execute(select(Import.id).where(*is_open).limit(1)).first() is not None


def claim_import(session: Session, shop_id: int, import_id: int) -> Claimed | None:
    """Claim an import, or find that it is done or somebody else's."""
    token = claim_work(session, Import, shop_id, import_id, seconds=LEASE_SECONDS)
    row = session.get(Import, (shop_id, import_id), populate_existing=True)
    if token is None or row is None:
        return None
    if row.attempts > MOST_ATTEMPTS:
        reason = "Reading stopped several times at the same place. Try the file in smaller parts."
        fail_import(session, shop_id, import_id, token, reason)
        return None
    shift = timedelta(days=row.shift_days)
    return Claimed(row.id, token, row.kind, Path(row.path), shift, row.rows_read, _first_asked_at(session, row))


def given_up(session: Session, shop_id: int, import_id: int) -> Path | None:
    """Return the file of an import that failed for good: nobody will read it any more."""
    row = session.get(Import, (shop_id, import_id), populate_existing=True)
    return Path(row.path) if row is not None and row.state == WorkState.FAILED else None


@dataclass(frozen=True)
class Reading:
    """When a batch was read, how far the file then was, and how people are sealed."""

    heard_at: datetime
    bytes_read: int
    seals: Seals


def note_kind(session: Session, shop_id: int, claimed: Claimed, kind: str) -> bool:
    """Keep which kind of file it was found to be; False when the claim is lost."""
    row = (Import, shop_id, claimed.id)
    return renew_work(session, row, claimed.token, seconds=LEASE_SECONDS, values={"kind": kind})


def record_batch(session: Session, shop_id: int, claimed: Claimed, batch: Batch, reading: Reading) -> bool:
    """Write one batch and how far the file is read; False, and nothing may be kept, when the claim is lost."""
    values = {
        "rows_read": batch.rows_read,
        "rows_accepted": Import.rows_accepted + batch.rows_accepted,
        "rows_set_aside": Import.rows_set_aside + len(batch.set_aside),
        "bytes_read": reading.bytes_read,
        "attempts": 0,
    }
    row = (Import, shop_id, claimed.id)
    if not renew_work(session, row, claimed.token, seconds=LEASE_SECONDS, values=values):
        return False
    heard = _heard(batch, shop_id, claimed.shift, reading)
    forgotten = apply_events(session, shop_id, heard, reading.seals)
    counts = batch.counts + _counts([fact for _, fact in heard])
    counts["open_lines"] += count_open_lines(session, shop_id, batch.orders)
    counts["forgotten"] += len(forgotten)
    _count(session, shop_id, claimed.id, counts)
    if batch.set_aside:
        rows = _set_aside(shop_id, claimed.id, batch)
        for place in naming_forgotten(session, shop_id, [one.raw for one in batch.set_aside], reading.seals):
            rows[place]["raw"] = NAMED_FORGOTTEN
        session.execute(insert(SetAsideRow), rows)
    return True


def finish_import(session: Session, shop_id: int, claimed: Claimed) -> bool:
    """Mark an import as done; False when the claim is lost."""
    values = {"bytes_read": Import.bytes_total}
    return end_work(session, (Import, shop_id, claimed.id), claimed.token, WorkState.DONE, values)


def refresh_statistics(session: Session) -> None:
    """Have the database look at what came in, before anybody asks for it: an unknown shop is planned for as empty."""
    session.execute(text("SELECT refresh_statistics()"))


def fail_import(session: Session, shop_id: int, import_id: int, token: UUID, reason: str) -> None:
    """Mark an import as failed, with the reason in words."""
    end_work(session, (Import, shop_id, import_id), token, WorkState.FAILED, {"reason": reason})


def forget_old_rows(session: Session, shop_id: int, before: datetime) -> None:
    """Let go of rows that were set aside so long ago that nobody will mend them: they may hold shoppers' data."""
    old = select(Import.id).where(Import.shop_id == shop_id, Import.finished_at < before)
    session.execute(delete(SetAsideRow).where(SetAsideRow.shop_id == shop_id, SetAsideRow.import_id.in_(old)))


def _first_asked_at(session: Session, row: Import) -> datetime:
    """Return when this very file first came: what it says without a date is from then, however often it is sent."""
    same = (Import.shop_id == row.shop_id, Import.file_digest == row.file_digest)
    return session.scalars(select(func.min(Import.created_at)).where(*same)).one()


def _heard(batch: Batch, shop_id: int, shift: timedelta, reading: Reading) -> Sequence[Heard]:
    facts = (listed(fact, shop_id, reading.seals) for fact in batch.events)
    return [(reading.heard_at, _moved(fact, shift) if shift else fact) for fact in facts]


def _moved(fact: Event, shift: timedelta) -> Event:
    if isinstance(fact, OrderChanged):
        return replace(fact, placed_at=fact.placed_at + shift, version_at=fact.version_at + shift)
    assert isinstance(fact, ItemChanged | CustomerChanged)
    return replace(fact, version_at=fact.version_at + shift)


def _counts(events: Sequence[Event]) -> Counter[str]:
    """Count what a merchant is told of: facts, by what they say."""
    told: Counter[str] = Counter()
    for fact in events:
        match fact:
            case OrderChanged():
                told.update(orders=1, lines=len(fact.lines))
            case ItemChanged():
                told["items"] += 1
            case CustomerChanged():
                told["people"] += 1
            case RefundMade():
                told["refunds"] += 1
            case ConsentChanged(purpose=Purpose.EMAIL_MARKETING, is_given=True):
                told["consents"] += 1
            case AddressSuppressed():
                told[str(fact.reason)] += 1
            case _:
                pass
    return told


def _count(session: Session, shop_id: int, import_id: int, counts: Counter[str]) -> None:
    row = session.get_one(Import, (shop_id, import_id), populate_existing=True)
    row.counts = {name: number for name, number in (Counter(row.counts) + counts).items() if number}
    session.flush()


def _set_aside(shop_id: int, import_id: int, batch: Batch) -> list[dict[str, Any]]:
    return [
        {"shop_id": shop_id, "import_id": import_id, "row_number": one.row_number, "reason": one.reason, "raw": one.raw}
        for one in batch.set_aside
    ]
