"""The way out that every letter carries: one click, at once, for ever (until its owner says yes again)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from app.models import MailLink
from plugins.events import Purpose, SuppressionReason

SOURCE = "unsubscribe link"
NEWEST_SOURCE = text("""
    SELECT source FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = 'email_marketing'
    ORDER BY occurred_at DESC, is_given LIMIT 1
""")


def unsubscribe(session: Session, shop_id: int, link: MailLink, *, locale: str) -> None:
    """Write down the no of whoever holds this link. A second click changes nothing.

    It is written down beside a suppression of another source too: a yes that is older, told late, may lift that one.
    """
    if not link.email:
        return
    consent.hold_address(session, shop_id, link.email)
    if session.execute(NEWEST_SOURCE, {"shop_id": shop_id, "email": link.email}).scalar() == SOURCE:
        return
    at = consent.moment_of_own_word(session, shop_id, link.email)
    word = consent.Word(
        purpose=Purpose.EMAIL_MARKETING,
        is_given=False,
        source=SOURCE,
        email=link.email,
        customer_external_id=link.customer_external_id,
        locale=locale,
        occurred_at=at,
    )
    consent.record(session, shop_id, word)
    consent.suppress(session, shop_id, consent.Stop(link.email, SuppressionReason.UNSUBSCRIBED, SOURCE, at))
