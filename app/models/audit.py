"""Who changed what in a shop, and when. Append only."""

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import NowMoment, RowKey, ShopKey


class AuditEntry(Row):
    """One change by one person."""

    __tablename__ = "audit_entries"

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(Text)  # "item_hidden"
    detail: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # ids, never personal data
    happened_at: Mapped[NowMoment]
