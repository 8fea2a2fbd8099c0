"""Wishes to be forgotten or to be shown what is known: asked for, claimed by one worker, told on the page.

A wish is worked on in two parts, each claimed anew: the live stores first, then artifacts and the disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from app.identity import Known
from app.models import Erasure, Shop, WorkState
from app.models.work import MOST_ATTEMPTS, OPEN, claim_work, end_work, renew_work
from app.privacy.person import Whole

LEASE_SECONDS = 15.0
GRACE = timedelta(days=1)  # between a shop's leaving and a platform's word that all of it goes
DAYS_TO_ANSWER = 30  # within a month of the request (GDPR, article 12)
STOPPED = "Forgetting stopped several times at the same place. The logs say where; then try again."


@dataclass(frozen=True)
class Claimed:
    """A wish that is ours until the lease ends. `person` is None once nothing names them any more."""

    id: int
    token: UUID
    kind: str
    person: Whole | None
    asked_by: str
    requested_at: datetime
    live_erased_at: datetime | None


def request_erasure(
    session: Session, shop_id: int, subject: Known, asked_by: str, *, link_seal: bytes | None = None
) -> int:
    """Put a person's wish to be forgotten in line and return its id; the same wish twice is one.

    asked_by: "shopper", "merchant" or "platform". Ring for `forgetting.fulfil_wish` after the commit.
    """
    told = subject.as_json()
    open_ones = (Erasure.shop_id == shop_id, Erasure.kind == "erase", Erasure.state.in_(OPEN))
    same = session.execute(select(Erasure.id).where(*open_ones, Erasure.subject == told).limit(1)).scalar()
    if same is not None:
        if link_seal is not None:
            session.execute(update(Erasure).where(*open_ones, Erasure.id == same).values(link_seal=link_seal))
        return same
    row = Erasure(shop_id=shop_id, kind="erase", asked_by=asked_by, subject=told, link_seal=link_seal)
    session.add(row)
    session.flush()
    return row.id


def claim_wish(session: Session, shop_id: int, wish_id: int, *, seconds: float = LEASE_SECONDS) -> Claimed | None:
    """Claim a wish, or find that it is fulfilled or somebody else's."""
    token = claim_work(session, Erasure, shop_id, wish_id, seconds=seconds)
    row = session.get(Erasure, (shop_id, wish_id), populate_existing=True)
    if token is None or row is None:
        return None
    if row.attempts > MOST_ATTEMPTS:
        end_work(session, (Erasure, shop_id, wish_id), token, WorkState.FAILED, {"reason": STOPPED})
        return None
    person = Whole.from_json(row.subject) if row.subject else None
    return Claimed(row.id, token, row.kind, person, row.asked_by, row.requested_at, row.live_erased_at)


def hold(session: Session, shop_id: int, claimed: Claimed, *, seconds: float = LEASE_SECONDS, **values: object) -> bool:
    """Write values and hold the claim for some seconds more; False, and nothing may be kept, when it is lost."""
    return renew_work(session, (Erasure, shop_id, claimed.id), claimed.token, seconds=seconds, values=values)


def put_back(session: Session, shop_id: int, claimed: Claimed, *, seconds: float = 0, **values: object) -> bool:
    """Let the wish go on in another worker, or some seconds later; what was done so far counts as progress."""
    return hold(session, shop_id, claimed, seconds=seconds, state=WorkState.WAITING, attempts=0, **values)


def end(session: Session, shop_id: int, claimed: Claimed, **values: object) -> bool:
    """Mark a wish as fulfilled, as far as machines can."""
    return end_work(session, (Erasure, shop_id, claimed.id), claimed.token, WorkState.DONE, values)


def ready_wishes(session: Session, shop_id: int) -> list[int]:
    """Return the ids of free wishes whose live stores are done, oldest first: what is left is the disk."""
    ready = (Erasure.shop_id == shop_id, Erasure.live_erased_at.is_not(None), Erasure.state.in_(OPEN))
    free = or_(Erasure.claimed_until.is_(None), Erasure.claimed_until < func.clock_timestamp())
    return list(session.execute(select(Erasure.id).where(*ready, free).order_by(Erasure.id)).scalars())


def is_all_taken_in(session: Session, shop_id: int, before: datetime) -> bool:
    """Tell whether nothing that came, or began to be learned from, before a moment is still on its way."""
    return not session.execute(STILL_COMING, {"shop_id": shop_id, "before": before}).scalar()


def add_found(session: Session, shop_id: int, wish_id: int, found: Mapping[str, int]) -> None:
    """Add to the counts of what was taken out."""
    row = session.get_one(Erasure, (shop_id, wish_id), populate_existing=True, with_for_update=True)
    row.found = {name: row.found.get(name, 0) + found.get(name, 0) for name in sorted({*row.found, *found})}
    session.flush()


def try_again(session: Session, shop_id: int, wish_id: int) -> bool:
    """Put a wish that failed, or that waits for its hour, back in line; False when there is none."""
    done = session.execute(
        update(Erasure)
        .where(Erasure.shop_id == shop_id, Erasure.id == wish_id, Erasure.state.in_((*OPEN, WorkState.FAILED)))
        .values(state=WorkState.WAITING, attempts=0, claimed_until=None, claim_token=None, finished_at=None)
        .returning(Erasure.id)
    )
    return done.first() is not None


def confirm_leaving(session: Session, shop_id: int, wish_id: int, *, now: datetime) -> None:
    """Take an owner's word that the shop has left and that all of it goes now: the wish is the merchant's own then."""
    shop = session.get_one(Shop, shop_id, with_for_update=True)
    shop.uninstalled_at = shop.uninstalled_at or now
    session.get_one(Erasure, (shop_id, wish_id)).asked_by = "merchant"
    session.flush()


def answer(session: Session, shop_id: int, wish_id: int, *, now: datetime) -> Known | None:
    """Mark a request for data as answered and return whose it is; None when there is none, or nobody any more."""
    row = session.get(Erasure, (shop_id, wish_id), with_for_update=True)
    if row is None or row.kind != "show" or not row.subject:
        return None
    row.answered_at = row.answered_at or now
    session.flush()
    return Whole.from_json(row.subject).names


@dataclass(frozen=True)
class Wishes:
    """A page of wishes, newest first, how many there are, and how many wait for somebody's word."""

    rows: Sequence[Erasure]
    total: int
    is_open: int


def read_wishes(session: Session, shop_id: int, *, offset: int = 0, most: int = 50) -> Wishes:
    """Return a page of the shop's wishes."""
    mine = Erasure.shop_id == shop_id
    rows = session.execute(select(Erasure).where(mine).order_by(Erasure.id.desc()).offset(offset).limit(most))
    total = session.scalar(select(func.count()).select_from(Erasure).where(mine)) or 0
    waiting = session.scalar(select(func.count()).select_from(Erasure).where(mine, is_open())) or 0
    return Wishes(list(rows.scalars()), total, waiting)


def is_open() -> Any:
    """Return the condition under which a wish is not over: a request until it is answered, all else until done."""
    asked = (Erasure.kind == "show") & Erasure.answered_at.is_(None)
    return asked | (Erasure.kind != "show") & Erasure.state.in_((*OPEN, WorkState.FAILED))


def deadline(wish: Erasure) -> datetime:
    """Return until when a wish must be fulfilled."""
    return wish.requested_at + timedelta(days=DAYS_TO_ANSWER)


STILL_COMING = text("""
    SELECT EXISTS (SELECT FROM deliveries WHERE shop_id = :shop_id AND state = 'waiting' AND received_at < :before)
        OR EXISTS (SELECT FROM imports
            WHERE shop_id = :shop_id AND state IN ('waiting', 'running') AND created_at < :before)
        OR EXISTS (SELECT FROM trainings WHERE shop_id = :shop_id AND state = 'running' AND started_at < :before)
""")
