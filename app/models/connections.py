"""A shop's connection to its platform's API, and the work that goes over it."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Digest, Moment, NowMoment, RowKey, ShopKey
from app.models.work import Leased


class ConnectionState(StrEnum):
    """How it stands with a shop's API."""

    NEW = "new"
    CONNECTED = "connected"
    BROKEN = "broken"  # a person is needed
    GONE = "gone"


class Connection(Row):
    """How a shop's API is opened, how it stands, and what the last look found. The shop's address is in `shops`."""

    __tablename__ = "connections"

    shop_id: Mapped[ShopKey]
    state: Mapped[str] = mapped_column(Text)  # a ConnectionState
    client_id: Mapped[str] = mapped_column(Text, server_default="")  # of the shop's own app; empty: the installation's
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    key_id: Mapped[str] = mapped_column(Text, server_default="")  # which SECRET_KEY sealed the credentials
    credentials: Mapped[bytes | None]  # sealed JSON
    expires_at: Mapped[Moment | None]
    renewable_until: Mapped[Moment | None]
    claimed_until: Mapped[Moment | None]  # one process renews at a time
    renewed_at: Mapped[Moment | None]
    connected_at: Mapped[Moment | None]
    trouble: Mapped[str] = mapped_column(Text, server_default="")  # a sentence for the merchant
    trouble_at: Mapped[Moment | None]
    found: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # by name of a look: what, and when


class InstallState(Row):
    """A one-time state that an installation brings back. Only its SHA-256 is kept."""

    __tablename__ = "install_states"

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shops.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(Text)  # where the answer must hold
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class HeardBody(Row):
    """A body that came for one shop of a shared app: the same for another shop is a replay. Headers are not signed."""

    __tablename__ = "heard_bodies"

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shops.id", ondelete="CASCADE"))
    heard_at: Mapped[NowMoment]


class Backfill(Leased, Row):
    """Reading a shop's past of one kind, or what changed meanwhile. `cursor` is where a later run goes on."""

    __tablename__ = "backfills"
    __table_args__ = (
        Index("backfills_by_state", "shop_id", "state"),
        Index(
            "backfills_one_open",
            "shop_id",
            "kind",
            "cause",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text)  # plugins.talking.Kind
    cause: Mapped[str] = mapped_column(Text)  # "install", "reconcile", "asked", "sweep"
    since: Mapped[Moment | None]
    until: Mapped[Moment]
    cursor: Mapped[str] = mapped_column(Text, server_default="")
    rows_total: Mapped[int | None] = mapped_column(BigInteger)
    rows_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    facts: Mapped[int] = mapped_column(BigInteger, server_default="0")
    found: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # what it came upon so far
    created_at: Mapped[NowMoment]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(Text, server_default="")


class WriteBack(Leased, Row):
    """One change to be told to the platform, in line."""

    __tablename__ = "write_backs"
    __table_args__ = (UniqueConstraint("shop_id", "key"), Index("write_backs_by_state", "shop_id", "state"))

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    key: Mapped[str] = mapped_column(Text)  # the same change twice is one
    kind: Mapped[str] = mapped_column(Text)  # the class of plugins.talking.Change
    change: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_at: Mapped[NowMoment]
    finished_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(Text, server_default="")


class Review(Row):
    """What a shopper wrote about an item, as its newest version says."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("reviews_by_email", "shop_id", "email", postgresql_where=text("email IS NOT NULL")),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    external_id: Mapped[str] = mapped_column(Text)
    item_external_id: Mapped[str] = mapped_column(Text)
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text, server_default="")
    is_public: Mapped[bool]
    is_verified: Mapped[bool]
    posted_at: Mapped[Moment]
    version_at: Mapped[Moment]
    version_digest: Mapped[Digest]
