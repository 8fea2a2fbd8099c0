"""What people said yes or no to, whom we must not write to, and who asked to be forgotten."""

from datetime import datetime

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Digest, Moment, NowMoment, RowKey, ShopKey
from app.models.work import Leased


class ConsentRecord(Row):
    """One yes or no, with its proof. Append only: the application may not change a row, only erase a whole person's.

    Whose it is stands in one or more of visitor_key, email, phone and customer_external_id.
    """

    __tablename__ = "consent_records"
    __table_args__ = (
        UniqueConstraint("shop_id", "digest"),
        Index("consent_records_by_visitor", "shop_id", "visitor_key", "id"),
        Index(
            "consent_records_by_email",
            "shop_id",
            "email",
            "purpose",
            postgresql_ops={"email": "text_pattern_ops"},
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index("consent_records_by_phone", "shop_id", "phone", "purpose", postgresql_where=text("phone IS NOT NULL")),
        Index(
            "consent_records_by_customer",
            "shop_id",
            "customer_external_id",
            "purpose",
            postgresql_where=text("customer_external_id IS NOT NULL"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    visitor_key: Mapped[bytes | None]
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)  # plugins.events.Purpose
    is_given: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    wording: Mapped[str] = mapped_column(Text, server_default="")
    wording_version: Mapped[str] = mapped_column(Text, server_default="")
    locale: Mapped[str] = mapped_column(Text, server_default="")
    occurred_at: Mapped[NowMoment]  # when the person said it
    recorded_at: Mapped[NowMoment]  # when we wrote it down
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)  # of a platform's fact: a second arrival changes nothing


class Suppression(Row):
    """An address that is not written to, whatever its owner once agreed to. Only its owner's own later yes lifts it."""

    __tablename__ = "suppressions"

    shop_id: Mapped[ShopKey]
    channel: Mapped[str] = mapped_column(Text, primary_key=True)  # "email"
    address: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)  # plugins.events.SuppressionReason
    source: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[NowMoment]


class Tombstone(Row):
    """Somebody who was forgotten: a digest that only this installation can make, so that no import brings them back."""

    __tablename__ = "tombstones"

    shop_id: Mapped[ShopKey]
    kind: Mapped[str] = mapped_column(Text, primary_key=True)  # app.identity.Kind
    seal: Mapped[Digest] = mapped_column(primary_key=True)
    erased_at: Mapped[NowMoment]


class Erasure(Leased, Row):
    """A wish to be forgotten, or to be shown what is known: who asked, and how far it is.

    What names the person goes when it is done.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index("erasures_by_state", "shop_id", "state"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(
        Text, server_default="erase"
    )  # "erase"; "show", a wish to answer; "shop", everything
    asked_by: Mapped[str] = mapped_column(Text)  # "shopper", "merchant", "platform"
    subject: Mapped[dict[str, object] | None] = mapped_column(JSONB)  # app.identity.Known, as JSON
    requested_at: Mapped[NowMoment]
    live_erased_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # rows, inbox bodies, queues, Valkey
    finished_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # artifacts and the pages of the disk too
    found: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")  # how many rows of what, no names
    reason: Mapped[str] = mapped_column(Text, server_default="")
    answered_at: Mapped[Moment | None]  # a "show" was handed over
    link_seal: Mapped[bytes | None]  # of the link by which a shopper asked: their page says how far it is
