"""What consenting browsers did. A visitor's id is a bearer secret: only its digest is kept."""

import hashlib
import re
from datetime import date

from sqlalchemy import BigInteger, Date, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey

VISITOR_ID = re.compile(r"[0-9a-f]{32}")


def visitor_key(visitor: str) -> bytes | None:
    """Return what we keep of a visitor's id, 128 random bits in hex; None when it is not one."""
    if not VISITOR_ID.fullmatch(visitor):
        return None
    return hashlib.sha256(visitor.encode()).digest()[:16]


class Visitor(Row):
    """A browser that was asked whether we may remember it."""

    __tablename__ = "visitors"

    shop_id: Mapped[ShopKey]
    visitor_key: Mapped[bytes] = mapped_column(primary_key=True)
    is_consenting: Mapped[bool]
    first_seen_at: Mapped[NowMoment]
    last_seen_at: Mapped[NowMoment]


class VisitorLink(Row):
    """Who a browser is: only facts that a platform signed say so (an order, a sign-in). The newest word counts."""

    __tablename__ = "visitor_links"
    __table_args__ = (Index("visitor_links_by_customer", "shop_id", "customer_external_id"),)

    shop_id: Mapped[ShopKey]
    visitor_key: Mapped[bytes] = mapped_column(primary_key=True)
    customer_external_id: Mapped[str] = mapped_column(Text)
    version_at: Mapped[Moment]


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
