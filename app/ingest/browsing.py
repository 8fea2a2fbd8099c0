"""What browsers report: kept where the visitor agreed, dropped and counted where not."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_AN_HOUR = 2000  # events kept of one visitor; a person does not click faster
MOST_A_DAY = 5000  # nor longer: events may come late, so the hour alone is no limit

KEEP = text("""
    WITH told AS (
        SELECT kind, item_id, query, occurred_at FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS told (kind text, item_id bigint, query text, occurred_at timestamptz)
    ), recent AS (
        SELECT count(*) AS day, count(*) FILTER (
            WHERE occurred_at > clock_timestamp() - make_interval(hours => 1)
        ) AS hour
        FROM browsing_events
        WHERE shop_id = :shop_id AND visitor_key = :visitor_key
            AND occurred_at > clock_timestamp() - make_interval(hours => 25)
    ), kept AS (
        INSERT INTO browsing_events (shop_id, visitor_key, kind, item_id, query, occurred_at)
        SELECT :shop_id, :visitor_key, kind, item_id, query, coalesce(occurred_at, clock_timestamp())
        FROM told, recent WHERE recent.hour < :most_an_hour AND recent.day < :most_a_day RETURNING 1
    ), seen AS (
        UPDATE visitors SET last_seen_at = clock_timestamp() WHERE shop_id = :shop_id AND visitor_key = :visitor_key
    )
    SELECT count(*) FROM kept
""")
COUNT = text("""
    INSERT INTO browsing_counts AS known (shop_id, day, outcome, count)
    SELECT :shop_id, (clock_timestamp() AT TIME ZONE 'UTC')::date, outcome, count
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (outcome text, count bigint)
    ORDER BY outcome
    ON CONFLICT (shop_id, day, outcome) DO UPDATE SET count = known.count + excluded.count
""")
MONTHS_AHEAD = text("""
    SELECT ensure_browsing_partition((now() + make_interval(months => n))::date) FROM generate_series(0, 2) n
""")


@dataclass(frozen=True)
class Happening:
    """One thing a visitor did. `item_id` is our own id; without a time it happened now."""

    kind: str
    item_id: int | None = None
    query: str | None = None
    occurred_at: datetime | None = None


def keep_happenings(session: Session, shop_id: int, visitor_key: bytes, happenings: Sequence[Happening]) -> int:
    """Keep what a consenting visitor did, and return how much of it: nothing once they are past all human speed."""
    rows = [
        {
            "kind": one.kind,
            "item_id": one.item_id,
            "query": one.query,
            "occurred_at": one.occurred_at.isoformat() if one.occurred_at else None,
        }
        for one in happenings
    ]
    limits = {"most_an_hour": MOST_AN_HOUR, "most_a_day": MOST_A_DAY}
    told = {"shop_id": shop_id, "visitor_key": visitor_key, "rows": json.dumps(rows)}
    return int(session.execute(KEEP, {**told, **limits}).scalar_one())


def prepare_months(session: Session) -> None:
    """Make the partitions of this month and the next two."""
    session.execute(MONTHS_AHEAD)


def count_outcomes(session: Session, shop_id: int, outcomes: Mapping[str, int]) -> None:
    """Add to the day's counts of what was kept, and what was dropped and why."""
    rows = [{"outcome": outcome, "count": count} for outcome, count in Counter(outcomes).items() if count]
    if rows:
        session.execute(COUNT, {"shop_id": shop_id, "rows": json.dumps(rows)})
