"""The random links in a letter. Whoever reads our tables cannot follow one: only digests stand there."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.models import MailLink, Message

UNSUBSCRIBE: Final = "unsubscribe"
RECOVER: Final = "recover"
DATA: Final = "data"
PATHS = {UNSUBSCRIBE: "u", RECOVER: "r", DATA: "you"}
DAYS = {UNSUBSCRIBE: 400, RECOVER: 14, DATA: 60}
TOKEN_BYTES = 24
LONGEST_TOKEN = 100


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom and what a link is about."""

    message_id: int | None = None
    email: str | None = None
    customer_external_id: str | None = None
    cart_external_id: str | None = None


def make_link(session: Session, shop_id: int, purpose: str, target: Target, *, days: int | None = None) -> str:
    """Make a link that holds for some days and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = MailLink(
        shop_id=shop_id,
        digest=_digest(token),
        purpose=purpose,
        message_id=target.message_id,
        email=target.email,
        customer_external_id=target.customer_external_id,
        cart_external_id=target.cart_external_id,
        expires_at=func.regulars_now() + func.make_interval(0, 0, 0, DAYS[purpose] if days is None else days),
    )
    session.add(link)
    session.flush()
    return token


def find_link(session: Session, shop_id: int, purpose: str, token: str) -> MailLink | None:
    """Return the link of a token, if this shop has made it for this purpose and it still holds."""
    if len(token) > LONGEST_TOKEN:
        return None
    wanted = (MailLink.shop_id == shop_id, MailLink.digest == _digest(token), MailLink.purpose == purpose)
    found = session.execute(select(MailLink).where(*wanted, MailLink.expires_at > func.regulars_now()))
    return found.scalar_one_or_none()


def is_of_test(session: Session, link: MailLink) -> bool:
    """Tell whether a link came with a test of a letter: whoever tries it out says nothing of themselves."""
    wanted = (Message.shop_id == link.shop_id, Message.id == link.message_id, Message.is_test)
    return session.scalar(select(Message.id).where(*wanted)) is not None


def note_followed(session: Session, link: MailLink) -> None:
    """Keep when a link was first followed. Mail filters follow links too, so it says nothing about a person."""
    one = (MailLink.shop_id == link.shop_id, MailLink.digest == link.digest, MailLink.followed_at.is_(None))
    session.execute(update(MailLink).where(*one).values(followed_at=func.regulars_now()))


def address(base_url: str, public_key: str, purpose: str, token: str) -> str:
    """Return the web address of a link."""
    return f"{base_url}/{PATHS[purpose]}/{public_key}/{token}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
