"""The inbox: every verified delivery, as it came, until it has become rows."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey
from app.models.work import Leased


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    APPLIED = "applied"
    NOTHING = "nothing"  # sound, but holds no fact for us
    QUARANTINED = "quarantined"


class Delivery(Leased, Row):
    """One webhook POST received. `state` is a DeliveryState."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("shop_id", "idempotency_key"),
        Index("deliveries_waiting", "shop_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("deliveries_by_state", "shop_id", "state", "id"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    platform: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)  # gone after 30 days
    received_at: Mapped[NowMoment]
    processed_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(Text, server_default="")


# Topics of things rather than people, as the platforms name them; a topic that nobody knows is waited for.
NEWS = text("""
    SELECT EXISTS (SELECT FROM deliveries WHERE shop_id = :shop_id AND state = 'waiting'
        AND topic !~ '^(product|item|stock|inventory|collection|refund)')
""")


def has_news(session: Session, shop_id: int) -> bool:
    """Tell whether deliveries wait that may say something about a person: an order, a cart, a yes or a no."""
    return bool(session.execute(NEWS, {"shop_id": shop_id}).scalar())


UNREAD = text("""
    SELECT EXISTS (SELECT FROM deliveries WHERE shop_id = :shop_id AND state = 'quarantined'
        AND received_at >= :since AND topic ~ '(order|checkout|cart|unknown)')
""")


def has_unread(session: Session, shop_id: int, since: datetime) -> bool:
    """Tell whether something that may be an order came since then and could not be read."""
    return bool(session.execute(UNREAD, {"shop_id": shop_id, "since": since}).scalar())
