"""The way out that every letter carries: one click, at once, for ever (until its owner says yes again)."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import consent
from app.models import MailLink
from plugins.events import Purpose, SuppressionReason

SOURCE = "unsubscribe link"


def unsubscribe(session: Session, shop_id: int, link: MailLink, *, locale: str) -> None:
    """Write down the no of whoever holds this link. A second click changes nothing."""
    if not link.email or consent.may_mail(session, shop_id, link.email).reason == consent.Reason.SUPPRESSED:
        return
    now = session.execute(select(func.regulars_now())).scalar_one()
    word = consent.Word(
        purpose=Purpose.EMAIL_MARKETING,
        is_given=False,
        source=SOURCE,
        email=link.email,
        customer_external_id=link.customer_external_id,
        locale=locale,
        occurred_at=now,
    )
    consent.record(session, shop_id, word)
    consent.suppress(session, shop_id, consent.Stop(link.email, SuppressionReason.UNSUBSCRIBED, SOURCE, now))
