"""People who work in shops, and what they may do there. Shoppers are customers (`orders.py`)."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment


class PersonRole(StrEnum):
    """What a person may do in a shop."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Person(Row):
    """Somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    session_version: Mapped[int] = mapped_column(server_default="1")  # raise it to sign out everywhere
    created_at: Mapped[NowMoment]


class Membership(Row):
    """A person's role in a shop."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("shop_id", "external_id"),)

    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)  # who they are at the shop's platform, if it signs them in


class SetupLink(Row):
    """A one-time way in, printed in the terminal. Only the token's SHA-256 is kept."""

    __tablename__ = "setup_links"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id", ondelete="CASCADE"))
    created_at: Mapped[NowMoment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
