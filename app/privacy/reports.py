"""Wishes that press, for the merchant's pages. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Erasure
from app.privacy.wishes import is_open


@dataclass(frozen=True)
class Pressing:
    """Wishes asked for before some moment and not over: how many, and when the oldest was asked for."""

    count: int = 0
    oldest_at: datetime | None = None


def pressing(session: Session, shop_id: int, before: datetime) -> Pressing:
    """Return which of the shop's wishes press."""
    wanted = (Erasure.shop_id == shop_id, Erasure.requested_at < before, is_open())
    count, oldest_at = session.execute(select(func.count(), func.min(Erasure.requested_at)).where(*wanted)).one()
    return Pressing(count, oldest_at)
