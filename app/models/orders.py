"""Who bought what. Guests, cancellations and returns are facts like any other."""

from sqlalchemy import BigInteger, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Digest, Moment, RowId, RowKey, ShopKey


class Customer(Row):
    """A shopper we can name."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index(
            "customers_by_email",
            "shop_id",
            "email",
            postgresql_ops={"email": "text_pattern_ops"},  # by its beginning too, whatever the database's collation
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index(
            "customers_by_first_name",
            "shop_id",
            "first_name_first",
            postgresql_ops={"first_name_first": "text_pattern_ops"},
        ),
        Index(
            "customers_by_last_name",
            "shop_id",
            "last_name_first",
            postgresql_ops={"last_name_first": "text_pattern_ops"},
        ),
        Index("customers_by_phone", "shop_id", "phone", postgresql_where=text("phone IS NOT NULL")),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text, server_default="")
    last_name: Mapped[str] = mapped_column(Text, server_default="")
    # To search by, as columns: behind row-level security no index over lower() is used, because lower() may leak.
    first_name_first: Mapped[str] = mapped_column(
        Text, Computed("lower(first_name || ' ' || last_name)", persisted=True)
    )
    last_name_first: Mapped[str] = mapped_column(
        Text, Computed("lower(last_name || ' ' || first_name)", persisted=True)
    )
    country: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment | None]
    version_at: Mapped[Moment]
    version_digest: Mapped[Digest]


class Order(Row):
    """An order as its newest version says. A guest's order has no customer."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("orders_by_customer", "shop_id", "customer_external_id", "placed_at"),
        Index("orders_by_time", "shop_id", "placed_at"),
        Index("orders_by_visitor", "shop_id", "visitor_key"),
        Index(
            "orders_by_email",
            "shop_id",
            "email",
            postgresql_ops={"email": "text_pattern_ops"},
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index("orders_by_phone", "shop_id", "phone", postgresql_where=text("phone IS NOT NULL")),
        Index("orders_by_address", "shop_id", "address_key", postgresql_where=text("address_key IS NOT NULL")),
        Index("orders_by_cart", "shop_id", "cart_external_id", postgresql_where=text("cart_external_id IS NOT NULL")),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    customer_external_id: Mapped[str | None] = mapped_column(Text)  # their row may come later, or never
    visitor_key: Mapped[bytes | None]
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    address_key: Mapped[bytes | None]  # app.identity.Seal of where it goes
    country: Mapped[str | None] = mapped_column(Text)
    cart_external_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)  # plugins.events.OrderState
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[Moment]
    version_at: Mapped[Moment]
    version_digest: Mapped[Digest]


class OrderLine(Row):
    """One line of an order's newest version.

    No foreign key to the order: the two are only ever written together (`app/ingest/apply.py`), and checking it line by
    line took four fifths of an import.
    """

    __tablename__ = "order_lines"
    __table_args__ = (Index("order_lines_by_item", "shop_id", "item_external_id"),)

    shop_id: Mapped[ShopKey]
    order_id: Mapped[RowId] = mapped_column(BigInteger, primary_key=True)
    external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    item_external_id: Mapped[str] = mapped_column(Text)
    variant_external_id: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, server_default="")
    quantity: Mapped[int] = mapped_column(BigInteger)  # negative is a return
    total_minor: Mapped[int] = mapped_column(BigInteger)


class Refund(Row):
    """Money given back. Never changes once made."""

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("shop_id", "order_external_id", "external_id"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    order_external_id: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[Moment]


class CustomerMerge(Row):
    """Two of the platform's customers became one. Kept, so that it can be told and late facts find their way."""

    __tablename__ = "customer_merges"
    __table_args__ = (Index("customer_merges_by_target", "shop_id", "into_external_id"),)

    shop_id: Mapped[ShopKey]
    from_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    into_external_id: Mapped[str] = mapped_column(Text)
    merged_at: Mapped[Moment]
