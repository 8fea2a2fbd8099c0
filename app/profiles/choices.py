"""What somebody chooses on their own page: kept in the ledger with the very words they were shown."""

from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import consent
from app.identity import Known
from app.models import Erasure, Suppression
from plugins.events import Purpose, SuppressionReason

BY_MAIL = "own_page"  # by a link that went to their mailbox
BY_SHOP = "own_page_by_shop"  # by a link that the merchant handed out: no proof of the mailbox

NEWEST_OF_BROWSERS = text("""
    SELECT DISTINCT ON (visitor_key) visitor_key, source FROM consent_records
    WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors) AND purpose = 'personalization'
    ORDER BY visitor_key, id DESC
""")


@dataclass(frozen=True)
class Said:
    """A yes or a no, and what it was said to. source: BY_MAIL or BY_SHOP."""

    is_given: bool
    source: str
    wording: str
    wording_version: str
    locale: str


def choose_mail(session: Session, shop_id: int, email: str, said: Said) -> None:
    """Keep whether an address wants mail about carts left behind."""
    consent.hold_address(session, shop_id, email)
    at = consent.moment_of_own_word(session, shop_id, email)
    word = consent.Word(purpose=Purpose.EMAIL_MARKETING, email=email, occurred_at=at, **said.__dict__)
    consent.record(session, shop_id, word)


def choose_personal(session: Session, shop_id: int, who: Known, said: Said) -> None:
    """Keep whether somebody may be shown a choice of their own: for their accounts, and on each browser of theirs.

    A no reaches every browser. A yes takes back only what was said here: who said no on a device says yes there.
    """
    personal = {"purpose": Purpose.PERSONALIZATION, **said.__dict__}
    for customer in sorted(who.customers):
        consent.record(session, shop_id, consent.Word(**personal, customer_external_id=customer))
    for visitor in sorted(_browsers(session, shop_id, who, said)):
        consent.record(session, shop_id, consent.Word(**personal, visitor_key=visitor))


def wish_of_link(session: Session, shop_id: int, link_seal: bytes) -> Erasure | None:
    """Return the newest wish to be forgotten that was made by a link, which is gone itself by then."""
    asked = (Erasure.shop_id == shop_id, Erasure.link_seal == link_seal)
    return session.scalars(select(Erasure).where(*asked).order_by(Erasure.id.desc()).limit(1)).first()


def can_say_yes(session: Session, shop_id: int, email: str) -> bool:
    """Tell whether a yes would count: not for a mailbox that is not there, nor after a complaint."""
    stopped = session.get(Suppression, (shop_id, "email", email))
    return stopped is None or stopped.reason in (SuppressionReason.UNSUBSCRIBED, SuppressionReason.BLOCKED)


def _browsers(session: Session, shop_id: int, who: Known, said: Said) -> frozenset[bytes]:
    if not said.is_given:
        return who.visitors
    rows = session.execute(NEWEST_OF_BROWSERS, {"shop_id": shop_id, "visitors": list(who.visitors)})
    return frozenset(row.visitor_key for row in rows if row.source in (BY_MAIL, BY_SHOP))
