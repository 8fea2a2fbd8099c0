"""A shop's rhythm: the usual gap between people's orders, and the cut-offs that divide buyers into fifths.

Counted from every order, once a day, and kept. Where the usual gap has moved, everybody who bought is looked at again,
and so is whoever was on the storefront since.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.profiles.owners import orders_of_all

FEWEST = 20  # people who came twice; fewer tell nothing of a shop
LASTS = timedelta(hours=20)
MOVED = 0.1  # a gap that changed by less than this changes nobody's stage by much

# Days are the shop's own. A cut-off is the last value of its fifth.
COUNT = text(f"""
    WITH bought AS (SELECT * FROM ({orders_of_all()}) AS all_of_them WHERE stands), days AS (
        SELECT DISTINCT profile_id, (placed_at AT TIME ZONE :zone)::date AS day FROM bought
    ), gaps AS (
        SELECT profile_id, day - lag(day) OVER (PARTITION BY profile_id ORDER BY day) AS gap FROM days
    ), usual AS (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap FROM gaps GROUP BY profile_id
        HAVING count(gap) > 0
    ), buyers AS (
        SELECT max(placed_at) AS last_at, count(*) AS orders,
            coalesce(sum(paid_minor) FILTER (WHERE currency = :currency), 0)::bigint AS paid_minor
        FROM bought GROUP BY profile_id
    )
    SELECT count(*) AS people,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM usual HAVING count(*) >= :fewest) AS gap_days,
        coalesce(percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY last_at), '{{}}') AS recency,
        coalesce(percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY orders), '{{}}') AS frequency,
        coalesce(percentile_disc(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY paid_minor), '{{}}') AS money
    FROM buyers
""")  # noqa: S608 - our own words
KEEP = text("""
    INSERT INTO shop_rhythms AS kept (shop_id, people, gap_days, recency_cuts, frequency_cuts, money_cuts, counted_at)
    VALUES (:shop_id, :people, :gap_days, :recency, :frequency, :money, clock_timestamp())
    ON CONFLICT (shop_id) DO UPDATE SET people = excluded.people, gap_days = excluded.gap_days,
        recency_cuts = excluded.recency_cuts, frequency_cuts = excluded.frequency_cuts,
        money_cuts = excluded.money_cuts, counted_at = excluded.counted_at
""")
# One more than the cut-offs that lie below: whoever lies on one is in the lower fifth.
SCORE = "(SELECT 1 + count(*) FROM unnest(r.{cuts}) AS cut WHERE cut < p.{figure})::smallint"
SCORES = ", ".join(
    SCORE.format(cuts=cuts, figure=figure)
    for cuts, figure in (
        ("recency_cuts", "last_order_at"),
        ("frequency_cuts", "orders_count"),
        ("money_cuts", "spent_minor"),
    )
)
SCORED = text(f"""
    UPDATE profiles kept SET recency_score = told.recency, frequency_score = told.frequency, money_score = told.money
    FROM (SELECT p.id, {SCORES} FROM profiles p JOIN shop_rhythms r ON r.shop_id = p.shop_id
        WHERE p.shop_id = :shop_id AND p.merged_into_id IS NULL AND p.orders_count > 0
        ORDER BY p.id FOR UPDATE OF p) AS told (id, recency, frequency, money)
    WHERE kept.shop_id = :shop_id AND kept.id = told.id
        AND (kept.recency_score, kept.frequency_score, kept.money_score)
            IS DISTINCT FROM (told.recency, told.frequency, told.money)
""")  # noqa: S608 - likewise
LOOK_AGAIN = text("""
    UPDATE profiles SET look_again_at = regulars_now()
    WHERE shop_id = :shop_id AND merged_into_id IS NULL AND orders_count > 0
""")
# Browsing is heard of by no other way: it happens far too often.
LOOK_AT_SEEN = text("""
    UPDATE profiles p SET look_again_at = regulars_now() FROM (
        SELECT n.profile_id, max(v.last_seen_at) AS seen_at
        FROM profile_names n JOIN visitors v ON v.shop_id = n.shop_id
            AND v.visitor_key = CASE WHEN n.kind = 'visitor' THEN decode(n.name, 'hex') END
        WHERE n.shop_id = :shop_id AND n.kind = 'visitor' AND v.is_consenting GROUP BY n.profile_id
    ) AS seen
    WHERE p.shop_id = :shop_id AND p.id = seen.profile_id AND p.merged_into_id IS NULL
        AND p.last_seen_at IS DISTINCT FROM seen.seen_at
""")
READ = text("""
    SELECT s.currency, s.time_zone, s.learns_from_imported, regulars_now() AS now, r.gap_days,
        r.recency_cuts, r.frequency_cuts, r.money_cuts
    FROM shops s LEFT JOIN shop_rhythms r ON r.shop_id = s.id WHERE s.id = :shop_id
""")
# Daily, and at once when half as many people again have bought as it was counted from.
IS_DUE = text("""
    SELECT bought.people > 0 AND coalesce(
        r.counted_at < clock_timestamp() - CAST(:lasts AS interval) OR bought.people > r.people * 1.5, TRUE)
    FROM (SELECT count(*) AS people FROM profiles
            WHERE shop_id = :shop_id AND merged_into_id IS NULL AND orders_count > 0) AS bought
        LEFT JOIN shop_rhythms r ON r.shop_id = :shop_id
""")


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What is held against: the moment, the shop's own settings, its usual gap, and its cut-offs.

    is_counted: False before the first count, when gap_days is None and every list is empty.
    """

    now: datetime
    currency: str
    zone: str
    is_unasked_allowed: bool
    is_counted: bool
    gap_days: float | None
    recency: Sequence[datetime]
    frequency: Sequence[int]
    money: Sequence[int]


def read_rhythm(session: Session, shop_id: int) -> Yardstick:
    """Return the shop's rhythm as it was last counted."""
    row = session.execute(READ, {"shop_id": shop_id}).one()
    return Yardstick(
        now=row.now,
        currency=row.currency,
        zone=row.time_zone,
        is_unasked_allowed=row.learns_from_imported,
        is_counted=row.recency_cuts is not None,
        gap_days=row.gap_days,
        recency=row.recency_cuts or (),
        frequency=row.frequency_cuts or (),
        money=row.money_cuts or (),
    )


def is_rhythm_due(session: Session, shop_id: int) -> bool:
    """Tell whether the shop's rhythm is to be counted anew."""
    return bool(session.execute(IS_DUE, {"shop_id": shop_id, "lasts": LASTS}).scalar())


def keep_rhythm(session: Session, shop_id: int) -> None:
    """Count the shop's rhythm anew from every order, and everybody's scores by it; say who needs another look."""
    before = read_rhythm(session, shop_id)
    session.execute(text("SET LOCAL enable_nestloop = off"))  # everything of a shop is joined with everything
    told = {"shop_id": shop_id, "zone": before.zone, "currency": before.currency, "fewest": FEWEST}
    found = session.execute(COUNT, told).mappings().one()
    session.execute(text("SET LOCAL enable_nestloop = on"))
    session.execute(KEEP, {"shop_id": shop_id, **found})
    session.execute(SCORED, {"shop_id": shop_id})
    session.execute(LOOK_AT_SEEN, {"shop_id": shop_id})
    if has_moved(before.gap_days, found["gap_days"]):
        session.execute(LOOK_AGAIN, {"shop_id": shop_id})


def has_moved(before: float | None, after: float | None) -> bool:
    """Tell whether a usual gap changed so much that stages stand by another rule now."""
    if before is None or after is None:
        return before is not after
    return abs(after - before) > MOVED * before


def score(value: Any, cuts: Sequence[Any]) -> int:
    """Return the fifth that a value lies in, 1 to 5."""
    return bisect_left(cuts, value) + 1
