"""What one day of each campaign came to, in counts: nobody is named."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# Every way out of a letter is counted for the one campaign that writes letters.
DAY = text("""
    SELECT c.id, c.kind, c.is_on,
        (SELECT count(*) FROM messages m WHERE m.shop_id = :shop_id AND m.campaign_id = c.id AND NOT m.is_test
            AND m.state = 'sent' AND m.sent_at >= :since AND m.sent_at < :until) AS sent,
        (SELECT count(DISTINCT m.id) FROM mail_links l JOIN messages m ON m.shop_id = l.shop_id AND m.id = l.message_id
            WHERE l.shop_id = :shop_id AND m.campaign_id = c.id AND NOT m.is_test AND l.purpose = 'recover'
            AND l.followed_at >= :since AND l.followed_at < :until) AS clicked,
        (SELECT count(*) FROM consent_records r WHERE r.shop_id = :shop_id AND r.purpose = 'email_marketing'
            AND NOT r.is_given AND r.source = 'unsubscribe link'
            AND r.occurred_at >= :since AND r.occurred_at < :until) AS unsubscribed
    FROM campaigns c WHERE c.shop_id = :shop_id AND c.on_since IS NOT NULL ORDER BY c.id
""")


@dataclass(frozen=True)
class CampaignDay:
    """One campaign, one day."""

    id: int
    kind: str
    is_on: bool
    sent: int
    clicked: int
    unsubscribed: int


def campaign_days(session: Session, shop_id: int, since: datetime, until: datetime) -> list[CampaignDay]:
    """Return what each campaign that was ever on came to between two moments."""
    told = {"shop_id": shop_id, "since": since, "until": until}
    return [CampaignDay(**row) for row in session.execute(DAY, told).mappings()]
