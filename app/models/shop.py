"""A shop is a tenant. Its row holds nothing personal and no secret."""

from sqlalchemy import BigInteger, Identity, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey


class Shop(Row):
    """A tenant: one shop on one platform."""

    __tablename__ = "shops"
    __table_args__ = (UniqueConstraint("platform", "address"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)  # in admin and webhook addresses
    public_key: Mapped[str] = mapped_column(Text, unique=True)  # in the shop's pages
    name: Mapped[str] = mapped_column(Text)
    platform: Mapped[str] = mapped_column(Text)  # a key of plugins.PLATFORMS
    address: Mapped[str | None] = mapped_column(Text)  # what the platform calls it: harbour-tea.myshopify.com
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # exact origins of its storefront
    currency: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    learns_from_imported: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[NowMoment]
    uninstalled_at: Mapped[Moment | None]


class ShopSecret(Row):
    """A secret a shop shares with us, encrypted. Two of a kind are current while one replaces the other."""

    __tablename__ = "shop_secrets"
    __table_args__ = (UniqueConstraint("shop_id", "kind", "ciphertext"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text)  # "webhook"
    key_id: Mapped[str] = mapped_column(Text)  # which SECRET_KEY encrypted it
    ciphertext: Mapped[bytes]
    created_at: Mapped[NowMoment]
    retires_at: Mapped[Moment | None]
