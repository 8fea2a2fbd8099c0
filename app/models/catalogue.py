"""What can be recommended, and what the merchant decided about it."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Digest, Moment, NowMoment, RowId, RowKey, ShopKey


class Item(Row):
    """An item, or a variant of one (then `parent_external_id` is set, and it is never recommended itself).

    Title and stock have versions of their own: a stock change that is newer than the last full picture of the item
    stays when an older full picture comes late.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("items_by_change", "shop_id", "updated_at"),
        Index("items_by_stock_key", "stock_keys", postgresql_using="gin"),
        Index("items_by_name", "names", postgresql_using="gin"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    parent_external_id: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, server_default="")
    image_url: Mapped[str] = mapped_column(Text, server_default="")
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    state: Mapped[str] = mapped_column(Text)  # plugins.events.ItemState
    is_in_stock: Mapped[bool | None]  # None is unknown and counts as available
    stock_quantity: Mapped[int | None] = mapped_column(BigInteger)
    stock_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # see StockCount
    names: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # plugins/names.py
    created_at: Mapped[Moment | None]
    version_at: Mapped[Moment]
    version_digest: Mapped[Digest]
    stock_version_at: Mapped[Moment]
    stock_version_digest: Mapped[Digest]
    updated_at: Mapped[NowMoment]  # set at every write; serving reads what changed since


class StockCount(Row):
    """How many pieces lie at one place, where a platform counts them under a key of its own."""

    __tablename__ = "stock_counts"

    shop_id: Mapped[ShopKey]
    stock_key: Mapped[str] = mapped_column(Text, primary_key=True)
    location: Mapped[str] = mapped_column(Text, primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)
    version_at: Mapped[Moment]


class DeletionReport(Row):
    """A platform said something is gone. It counts until a newer version of the thing is heard of."""

    __tablename__ = "deletion_reports"

    shop_id: Mapped[ShopKey]
    kind: Mapped[str] = mapped_column(Text, primary_key=True)  # "item", "order", "customer", "cart", "review"
    external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    reported_at: Mapped[Moment]


class ItemRule(Row):
    """A merchant's decision about an item: pinned to the front or hidden, in one placement or ('') everywhere."""

    __tablename__ = "item_rules"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "item_id"], ["items.shop_id", "items.id"], ondelete="CASCADE"),
        UniqueConstraint("shop_id", "item_id", "placement"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    item_id: Mapped[RowId]
    placement: Mapped[str] = mapped_column(Text, server_default="")
    kind: Mapped[str] = mapped_column(Text)  # "pin" or "hide"
    created_at: Mapped[NowMoment]
