"""Carts, for the merchant's pages. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Cart
from plugins.events import CartStage

LEFT = (CartStage.CART, CartStage.CHECKOUT)


@dataclass(frozen=True)
class LeftCart:
    """A cart as one chooses it from a list."""

    external_id: str
    email: str  # empty when nobody told us
    lines: int
    total_minor: int
    currency: str
    left_at: datetime


def recent_carts(session: Session, shop_id: int, *, most: int) -> list[LeftCart]:
    """Return the carts that were left last and are not empty, those with an address first."""
    count = func.jsonb_array_length(Cart.lines)
    rows = session.execute(
        select(Cart.external_id, Cart.email, count, Cart.total_minor, Cart.currency, Cart.version_at)
        .where(Cart.shop_id == shop_id, Cart.stage.in_(LEFT), count > 0)
        .order_by(Cart.email.is_(None), Cart.version_at.desc(), Cart.id.desc())
        .limit(most)
    )
    return [
        LeftCart(external_id, email or "", lines, total, currency, at)
        for external_id, email, lines, total, currency, at in rows
    ]
