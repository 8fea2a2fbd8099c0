"""What consenting browsers did. A visitor's id is a bearer secret: only its digest is kept."""

from datetime import date

from sqlalchemy import BigInteger, Date, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey


class Visitor(Row):
    """A browser that said we may remember it. `customer_external_id` comes only from facts a platform signed."""

    __tablename__ = "visitors"
    __table_args__ = (Index("visitors_by_customer", "shop_id", "customer_external_id"),)

    shop_id: Mapped[ShopKey]
    visitor_key: Mapped[bytes] = mapped_column(primary_key=True)
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    is_consenting: Mapped[bool]
    first_seen_at: Mapped[NowMoment]
    last_seen_at: Mapped[NowMoment]


class BrowsingEvent(Row):
    """Something a visitor did on the storefront. Partitioned by month of `occurred_at`."""

    __tablename__ = "browsing_events"
    __table_args__ = (
        Index("browsing_events_by_visitor", "shop_id", "visitor_key", "occurred_at"),
        Index("browsing_events_by_time", "shop_id", "occurred_at"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    occurred_at: Mapped[Moment] = mapped_column(primary_key=True)
    visitor_key: Mapped[bytes]
    kind: Mapped[str] = mapped_column(Text)  # item_viewed, cart_added, cart_removed, search_made, item_dismissed
    item_id: Mapped[int | None] = mapped_column(BigInteger)
    query: Mapped[str | None] = mapped_column(Text)


class BrowsingCount(Row):
    """How many browsing events of a day were kept, or dropped and why."""

    __tablename__ = "browsing_counts"

    shop_id: Mapped[ShopKey]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    outcome: Mapped[str] = mapped_column(Text, primary_key=True)  # kept, no_consent, unknown_item, absurd_time
    count: Mapped[int] = mapped_column(BigInteger)


class ConsentRecord(Row):
    """What a visitor answered when asked whether we may remember them. Append only."""

    __tablename__ = "consent_records"
    __table_args__ = (Index("consent_records_by_visitor", "shop_id", "visitor_key", "id"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    visitor_key: Mapped[bytes]
    purpose: Mapped[str] = mapped_column(Text)  # "personalization"
    is_given: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[NowMoment]
