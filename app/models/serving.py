"""What was shown and followed. Best effort: the one exception to "the row is the truth"."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, ShopKey


class Impression(Row):
    """One answer that was given; `seen_at` when it was looked at. Without consent it names no visitor."""

    __tablename__ = "impressions"
    __table_args__ = (
        Index("impressions_by_time", "shop_id", "shown_at"),
        Index(
            "impressions_by_visitor",
            "shop_id",
            "visitor_key",
            "shown_at",
            postgresql_where=text("visitor_key IS NOT NULL"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    placement: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)  # ranker, fallback
    ranker_version_id: Mapped[int | None] = mapped_column(BigInteger)
    visitor_key: Mapped[bytes | None]
    item_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    shown_at: Mapped[NowMoment]
    seen_at: Mapped[Moment | None]


class Click(Row):
    """One shown item that was followed."""

    __tablename__ = "clicks"

    shop_id: Mapped[ShopKey]
    impression_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    clicked_at: Mapped[NowMoment]
