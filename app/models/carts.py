"""What lies in somebody's cart, as its newest version says."""

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Digest, Moment, RowKey, ShopKey


class Cart(Row):
    """A cart or an unfinished checkout. Abandoned is one that nobody has touched for a while: no column, a question."""

    __tablename__ = "carts"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index(
            "carts_open",
            "shop_id",
            "version_at",
            postgresql_where=text("stage IN ('cart', 'checkout') AND email IS NOT NULL"),
        ),
        Index(
            "carts_by_email",
            "shop_id",
            "email",
            postgresql_ops={"email": "text_pattern_ops"},
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index("carts_by_phone", "shop_id", "phone", postgresql_where=text("phone IS NOT NULL")),
        Index("carts_by_address", "shop_id", "address_key", postgresql_where=text("address_key IS NOT NULL")),
        Index("carts_by_visitor", "shop_id", "visitor_key", postgresql_where=text("visitor_key IS NOT NULL")),
        Index(
            "carts_by_customer",
            "shop_id",
            "customer_external_id",
            postgresql_where=text("customer_external_id IS NOT NULL"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)  # plugins.events.CartStage
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    visitor_key: Mapped[bytes | None]
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    address_key: Mapped[bytes | None]
    locale: Mapped[str | None] = mapped_column(Text)
    # When each of the six above, and the link below, was last told: later versions may no longer say whose it is.
    named_at: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    currency: Mapped[str] = mapped_column(Text)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    # [{"item_external_id", "variant_external_id", "title", "quantity", "total_minor"}], in the platform's order
    lines: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    recovery_url: Mapped[str | None] = mapped_column(Text)  # the shop's own link back to this very cart
    first_heard_at: Mapped[Moment] = mapped_column(server_default=text("regulars_now()"))
    version_at: Mapped[Moment]
    version_digest: Mapped[Digest]
