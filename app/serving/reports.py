"""What shoppers were shown, for the merchant's pages. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

SHOWN = text("""
    SELECT
        (SELECT count(*) FROM impressions WHERE shop_id = :shop AND shown_at >= :today) AS today,
        (SELECT count(*) FROM impressions WHERE shop_id = :shop AND shown_at >= :week) AS week,
        (SELECT count(DISTINCT clicks.impression_id) FROM clicks
            JOIN impressions ON impressions.shop_id = clicks.shop_id AND impressions.id = clicks.impression_id
            WHERE clicks.shop_id = :shop AND impressions.shown_at >= :week) AS followed_week,
        (SELECT max(shown_at) FROM impressions WHERE shop_id = :shop) AS last_at
""")


@dataclass(frozen=True)
class Shown:
    """How often recommendations were seen, and how many of those seen this week were followed."""

    today: int
    week: int
    followed_week: int
    last_at: datetime | None


def shown(session: Session, shop_id: int, *, today: datetime, week: datetime) -> Shown:
    """Count what was shown since the shop's midnight and since a week ago."""
    row = session.execute(SHOWN, {"shop": shop_id, "today": today, "week": week}).one()
    return Shown(row.today, row.week, row.followed_week, row.last_at)
