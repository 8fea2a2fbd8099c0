"""What a campaign's letters bring: who was written to, next to who was left alone by lot, and what both went on to buy.

Both sides are asked alike and from the same moment on, the one in which the letter went or would have gone. Only people
who were drawn at one share are compared: where it changed, the count begins anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Campaign
from recommender.evidence.lift import Difference, difference_of_means, difference_of_rates, people_needed
from recommender.interactions import Float64s

DAYS: Final = 14
FOLLOWED: Final = timedelta(days=DAYS)  # how long somebody has to order
MATTERS: Final = 0.05  # the smallest difference of rates that we size for

# A letter that was handed over and not taken counts too: nobody knows which of those left alone would have missed it.
PEOPLE: Final = """
    WITH people AS (
        SELECT DISTINCT ON (email) email, customer_external_id, is_control, at FROM (
            SELECT email, customer_external_id, is_control,
                CASE WHEN is_control THEN settled_at ELSE sending_at END AS at
            FROM messages
            WHERE shop_id = :shop_id AND campaign_id = :campaign_id AND NOT is_test AND planned_at >= :since
                AND (CAST(:until AS timestamptz) IS NULL OR planned_at < :until)
                AND (NOT is_control AND sending_at IS NOT NULL
                    OR is_control AND state = 'skipped' AND reason = 'control_group')
        ) AS told ORDER BY email, at
    )
"""
# An order under both names is one order. One row for each side and amount: most people spend nothing.
OVER: Final = text(f"""
    {PEOPLE}, over AS (SELECT * FROM people WHERE at <= regulars_now() - CAST(:followed AS interval)),
    bought AS (
        SELECT p.email, o.id, o.total_minor, o.currency FROM over p JOIN orders o ON o.shop_id = :shop_id
            AND o.email = p.email AND o.placed_at > p.at AND o.placed_at <= p.at + CAST(:followed AS interval)
            AND o.state IN ('placed', 'pending')
        UNION
        SELECT p.email, o.id, o.total_minor, o.currency FROM over p JOIN orders o ON o.shop_id = :shop_id
            AND o.customer_external_id = p.customer_external_id
            AND o.placed_at > p.at AND o.placed_at <= p.at + CAST(:followed AS interval)
            AND o.state IN ('placed', 'pending')
    ),
    spent AS (
        SELECT email, coalesce(sum(total_minor) FILTER (WHERE currency = :currency), 0) AS minor
        FROM bought GROUP BY email
    )
    SELECT is_control, spent.email IS NOT NULL AS has_ordered, coalesce(minor, 0)::bigint AS minor, count(*) AS people
    FROM over LEFT JOIN spent USING (email) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")  # noqa: S608 - our own words, here and below
WAITING: Final = text(f"""
    {PEOPLE} SELECT count(*) AS people, min(at) AS first_at FROM people
    WHERE at > regulars_now() - CAST(:followed AS interval)
""")  # noqa: S608


@dataclass(frozen=True)
class Side:
    """The people of one side whose days are over."""

    people: int
    ordered: int
    minor: int  # what they spent, in the shop's currency

    @property
    def rate(self) -> float:
        """The share of them that ordered; 0 where there is nobody."""
        return self.ordered / self.people if self.people else 0.0

    @property
    def minor_each(self) -> float:
        """What one of them spent on average; 0 where there is nobody."""
        return self.minor / self.people if self.people else 0.0


@dataclass(frozen=True)
class Lift:
    """What letters bring, as far as it can be told."""

    reminded: Side
    left_alone: Side
    rate: Difference  # of who ordered, in shares
    money: Difference  # of what was spent, minor units a person
    missing: int  # how many more left alone it takes to tell five more in a hundred
    waiting: int  # people whose days are not over yet
    first_day: datetime | None  # when the first of those will be

    @property
    def people(self) -> int:
        """How many are counted."""
        return self.reminded.people + self.left_alone.people


def measure(session: Session, shop_id: int, campaign: Campaign, currency: str) -> Lift | None:
    """Compare those written to with those left alone; None where nobody ever was left alone. One row an address."""
    if campaign.control_since is None:
        return None
    asked = {
        "shop_id": shop_id,
        "campaign_id": campaign.id,
        "since": campaign.control_since,
        "until": campaign.control_until,
        "followed": FOLLOWED,
        "currency": currency,
    }
    rows = session.execute(OVER, asked).all()
    waiting = session.execute(WAITING, asked).one()
    mine, theirs = ([row for row in rows if row.is_control is side] for side in (False, True))
    reminded, left_alone = _side(mine), _side(theirs)
    return Lift(
        reminded,
        left_alone,
        difference_of_rates(reminded.ordered, reminded.people, left_alone.ordered, left_alone.people),
        difference_of_means(_amounts(mine), _amounts(theirs)),
        _missing(left_alone, campaign.control_percent / 100),
        waiting.people,
        waiting.first_at + FOLLOWED if waiting.people else None,
    )


def _side(rows: list[Any]) -> Side:
    return Side(
        people=sum(row.people for row in rows),
        ordered=sum(row.people for row in rows if row.has_ordered),
        minor=sum(row.people * row.minor for row in rows),
    )


def _amounts(rows: list[Any]) -> Float64s:
    return np.repeat(
        np.array([row.minor for row in rows], dtype=np.float64), np.array([row.people for row in rows], dtype=np.int64)
    )


def _missing(left_alone: Side, share: float) -> int:
    """Return how many more left alone it takes; none where nobody is any more. Few people say little of a rate."""
    if not share:
        return 0
    rate = min((left_alone.ordered + 1) / (left_alone.people + 2), 1 - MATTERS)
    needed = people_needed(rate, MATTERS, treated_share=1 - share) * share
    return max(ceil(needed) - left_alone.people, 0)
