"""Connecting a shop begins here and ends with the platform's answer: a one-time state, and the address it is for.

The state carries 256 random bits out to the platform and comes back with the answer; only its SHA-256 is kept. It says
which shop and which address the answer is for, so nothing in the answer itself has to be believed about that.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.models import InstallState, Shop
from app.shops.connections import SHARED

STATE_BYTES = 32
LONGEST_STATE = 200  # characters; ours have 43
OPEN_FOR = timedelta(minutes=30)  # signing in at one's own shop can take a while
KEPT_FOR = timedelta(days=1)  # afterwards nobody comes back from the platform any more
TAKEN = "This address belongs to another shop on this server. Disconnect it there first, or check the address."


@dataclass(frozen=True, kw_only=True)
class Install:
    """What a state stands for."""

    shop_id: int
    person_id: int | None
    address: str  # as the platform writes it
    is_used: bool
    is_late: bool


def new_state(session: Session, shop_id: int, *, person_id: int | None, address: str, now: datetime) -> str:
    """Return a one-time state for connecting a shop at this address. The shop's older ones are thrown away."""
    session.execute(
        delete(InstallState).where(InstallState.shop_id == shop_id, InstallState.expires_at < now - KEPT_FOR)
    )
    state = secrets.token_urlsafe(STATE_BYTES)
    told = {"shop_id": shop_id, "person_id": person_id, "address": address}
    session.add(InstallState(digest=_digest(state), expires_at=now + OPEN_FOR, **told))
    session.flush()
    return state


def find_state(session: Session, state: str, *, now: datetime) -> Install | None:
    """Return what a state stands for, without using it; None where it is none of ours."""
    row = session.get(InstallState, _digest(state)) if state else None
    return None if row is None else _read(row, now)


def use_state(session: Session, state: str, *, now: datetime) -> Install | None:
    """Use a state up and return what it stands for; None when it is wrong, late or used. Of two at once one wins."""
    row = session.execute(
        update(InstallState)
        .where(InstallState.digest == _digest(state), InstallState.used_at.is_(None), InstallState.expires_at > now)
        .values(used_at=now)
        .returning(InstallState)
    ).scalar_one_or_none()
    return None if row is None else _read(row, now)


def is_free(session: Session, platform: str, address: str, *, shop_id: int) -> bool:
    """Tell whether no other shop on this server is at this address; one that has left holds none for ever."""
    holders = _others(platform, address, shop_id)
    if platform != SHARED:  # Shopify's last words of a shop, days after it left, find it by its address
        holders = (*holders, Shop.uninstalled_at.is_(None))
    return session.execute(select(Shop.id).where(*holders)).first() is None


def take_address(session: Session, shop_id: int, address: str) -> None:
    """Write down where the shop is. Raises BadRequest where another shop is there; of two at once one wins."""
    shop = session.get_one(Shop, shop_id, with_for_update=True)
    if not is_free(session, shop.platform, address, shop_id=shop_id):
        raise BadRequest(TAKEN)
    # Only of those that left: somebody may have taken it since we looked, and then the unique key decides.
    left = (*_others(shop.platform, address, shop_id), Shop.uninstalled_at.is_not(None))
    session.execute(update(Shop).where(*left).values(address=None))
    shop.address = address
    try:
        session.flush()
    except IntegrityError:
        raise BadRequest(TAKEN) from None


def _others(platform: str, address: str, shop_id: int) -> tuple[ColumnElement[bool], ...]:
    return (Shop.platform == platform, Shop.address == address, Shop.id != shop_id)


def _read(row: InstallState, now: datetime) -> Install:
    return Install(
        shop_id=row.shop_id,
        person_id=row.person_id,
        address=row.address,
        is_used=row.used_at is not None,
        is_late=row.expires_at <= now,
    )


def _digest(state: str) -> bytes:
    return hashlib.sha256(state[:LONGEST_STATE].encode("utf-8", "replace")).digest()
