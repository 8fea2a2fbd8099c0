"""Campaigns, the messages they plan (the outbox), the links in them, and who a shop writes as."""

from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey
from app.models.work import Leased


class MessageState(StrEnum):
    """Where a message stands. Only `planned` and `sending` are not final; `in_doubt` waits for a person's word."""

    PLANNED = "planned"  # with a reason and a later due_at it is deferred
    SENDING = "sending"  # committed before the hand-off: a crash from here on is in doubt
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


class Campaign(Row):
    """The standing intent that creates messages."""

    __tablename__ = "campaigns"
    __table_args__ = (Index("campaigns_one_of_a_kind", "shop_id", "kind", unique=True),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text)  # "abandoned_cart"
    is_on: Mapped[bool] = mapped_column(server_default=text("false"))
    on_since: Mapped[Moment | None]  # carts left before are let be
    delay_minutes: Mapped[int] = mapped_column(server_default="60")
    subject: Mapped[str] = mapped_column(Text)  # Liquid, like the two below
    preheader: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, server_default="en")
    quiet_from: Mapped[int] = mapped_column(server_default="21")  # hour of the shop's day at which quiet begins
    quiet_until: Mapped[int] = mapped_column(server_default="7")
    control_percent: Mapped[int] = mapped_column(server_default="0")  # of people, left alone to compare with
    control_since: Mapped[Moment | None]  # with this share, or the last one that was not 0
    control_until: Mapped[Moment | None]  # when it was set to 0
    changed_at: Mapped[NowMoment]


class Message(Leased, Row):
    """One e-mail to one person. At most one per campaign, cart and step, for ever."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "messages_once",
            "shop_id",
            "campaign_id",
            "cart_external_id",
            "step",
            unique=True,
            postgresql_where=text("NOT is_test"),
        ),
        Index("messages_due", "shop_id", "due_at", postgresql_where=text("state IN ('planned', 'sending')")),
        Index("messages_by_email", "shop_id", "email", "sent_at"),
        Index("messages_by_state", "shop_id", "state", "id"),
        Index("messages_by_time", "shop_id", "planned_at", "id"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    campaign_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(server_default="1")
    is_test: Mapped[bool] = mapped_column(server_default=text("false"))
    cart_external_id: Mapped[str] = mapped_column(Text)
    cart_version_at: Mapped[Moment]  # of the cart as it was planned for
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    is_control: Mapped[bool] = mapped_column(server_default=text("false"))  # asked all the same, and then not sent
    state: Mapped[str] = mapped_column(Text, server_default=MessageState.PLANNED)
    reason: Mapped[str] = mapped_column(Text, server_default="")  # of the newest decision: app.models.decisions
    decisions: Mapped[list[dict[str, object]]] = mapped_column(JSONB, server_default="[]")  # app.models.decisions
    planned_at: Mapped[NowMoment]
    due_at: Mapped[Moment]
    sending_at: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    sent_at: Mapped[Moment | None]
    message_key: Mapped[str] = mapped_column(Text, server_default="")  # left of the @ in its Message-ID
    reply: Mapped[str] = mapped_column(Text, server_default="")  # what the mail server said, without addresses
    subject: Mapped[str] = mapped_column(Text, server_default="")
    content: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # items and recommendations shown


class MailLink(Row):
    """A random link in a message, kept as a digest only: to unsubscribe, to fill the cart again, to see one's data."""

    __tablename__ = "mail_links"
    __table_args__ = (
        Index("mail_links_by_message", "shop_id", "message_id"),
        Index("mail_links_by_email", "shop_id", "email"),
    )

    shop_id: Mapped[ShopKey]
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)  # "unsubscribe", "recover", "data"
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    email: Mapped[str | None] = mapped_column(Text)
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    cart_external_id: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[NowMoment]
    expires_at: Mapped[Moment]
    followed_at: Mapped[Moment | None]  # by a machine, perhaps


class MailSender(Row):
    """Who a shop writes as, and what the domain's records said about that when we last looked."""

    __tablename__ = "mail_senders"

    shop_id: Mapped[ShopKey]
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    postal_address: Mapped[str] = mapped_column(Text, server_default="")
    checked_at: Mapped[Moment | None]
    check: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # app.messaging.domain's findings
    accepted_at: Mapped[Moment | None]  # a person saw them and said go
