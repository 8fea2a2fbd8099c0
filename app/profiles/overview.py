"""People all together: how many stand where, what they are worth, who of a month's newcomers came back, the RFM map.

Counted from `profiles`, except the cohorts, which go through every order and are kept (`count_cohorts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Stage
from app.profiles.owners import orders_of_all

ORDER = (Stage.NEW, Stage.ACTIVE, Stage.LOYAL, Stage.WON_BACK, Stage.AT_RISK, Stage.LAPSED, Stage.NEVER_BOUGHT)
MONTHS = 12  # cohorts shown, and months followed
MOST_OFF = 0.1  # a predictor of money serves only if its total was no further off than this

HERE = "shop_id = :shop_id AND merged_into_id IS NULL"
BY_STAGE = text("""
    SELECT p.stage, count(*) AS people, sum(p.spent_minor)::bigint AS spent_minor,
        count(v.value) AS known, sum(v.value) AS expected, sum((v.high - v.low) ^ 2) AS spread
    FROM profiles p
    LEFT JOIN predictions v ON v.shop_id = p.shop_id AND v.profile_id = p.id AND v.kind = 'value_365' AND v.is_known
        AND v.knew_order_at IS NOT DISTINCT FROM p.last_order_at
    WHERE p.shop_id = :shop_id AND p.merged_into_id IS NULL
    GROUP BY p.stage
""")
BEFORE = text("""
    SELECT stage, people, day FROM stage_days
    WHERE shop_id = :shop_id AND day = (SELECT max(day) FROM stage_days WHERE shop_id = :shop_id AND day <= :day)
""")
FIRST_DAY = text("SELECT min(day) FROM stage_days WHERE shop_id = :shop_id")
SQUARES = text(f"""
    SELECT recency_score, frequency_score, count(*) AS people, sum(spent_minor)::bigint AS spent_minor
    FROM profiles WHERE {HERE} AND recency_score IS NOT NULL AND frequency_score IS NOT NULL
    GROUP BY recency_score, frequency_score
""")  # noqa: S608 - our own words
KEEP_DAY = text(f"""
    INSERT INTO stage_days (shop_id, day, stage, people, spent_minor)
    SELECT :shop_id, :day, stage, count(*), sum(spent_minor)::bigint FROM profiles WHERE {HERE} GROUP BY stage
    ON CONFLICT (shop_id, day, stage) DO UPDATE SET people = excluded.people, spent_minor = excluded.spent_minor
""")  # noqa: S608 - likewise
GONE_FROM_DAY = text(f"""
    DELETE FROM stage_days WHERE shop_id = :shop_id AND day = :day
        AND stage NOT IN (SELECT stage FROM profiles WHERE {HERE})
""")  # noqa: S608 - likewise
# Money in another currency is set aside.
COUNT_COHORTS = text(f"""
    WITH bought AS (
        SELECT profile_id, date_trunc('month', placed_at AT TIME ZONE :zone)::date AS month, paid_minor,
            currency = :currency AS is_counted
        FROM ({orders_of_all()}) AS every_order WHERE stands
    ), months AS (
        SELECT profile_id, month, min(month) OVER (PARTITION BY profile_id) AS first_month,
            sum(paid_minor) FILTER (WHERE is_counted) AS paid_minor
        FROM bought GROUP BY profile_id, month
    )
    INSERT INTO cohort_months (shop_id, first_month, month, people, spent_minor)
    SELECT :shop_id, first_month, month, count(*), coalesce(sum(paid_minor), 0)::bigint
    FROM months GROUP BY first_month, month
""")  # noqa: S608 - likewise
CLEAR_COHORTS = text("DELETE FROM cohort_months WHERE shop_id = :shop_id")
COHORTS = text("""
    SELECT first_month, month, people, spent_minor, counted_at FROM cohort_months
    WHERE shop_id = :shop_id AND first_month >= :since ORDER BY first_month, month
""")
NEEDS_COUNT = text("""
    SELECT EXISTS (SELECT FROM profiles p WHERE p.shop_id = :shop_id AND p.refreshed_at > coalesce(
        (SELECT max(counted_at) FROM cohort_months c WHERE c.shop_id = :shop_id), '-infinity'))
""")


@dataclass(frozen=True)
class Group:
    """One stage. expected: what those of whom something can be said will spend in a year, in minor units.

    spread: the sum of the squared widths of their intervals.
    """

    stage: Stage
    people: int
    spent_minor: int
    before: int | None  # people on the day it is held against
    known: int
    expected: float
    spread: float

    @property
    def margin(self) -> float:
        """Return how far off `expected` may be: by people's own ups and downs, and as a whole by MOST_OFF."""
        return float(sqrt(self.spread) / 2 + MOST_OFF * self.expected)

    @property
    def moved(self) -> int | None:
        """Return how many more there are than on that day."""
        return None if self.before is None else self.people - self.before


@dataclass(frozen=True)
class Groups:
    """All stages. since: the day they are held against; counting_since: the first day that was kept."""

    groups: Sequence[Group]
    since: date | None
    counting_since: date | None

    @property
    def people(self) -> int:
        return sum(one.people for one in self.groups)

    @property
    def buyers(self) -> int:
        return sum(one.people for one in self.groups if one.stage != Stage.NEVER_BOUGHT)


@dataclass(frozen=True)
class Cohort:
    """People who first ordered in one month. back: by months after, how many of them ordered then."""

    first_month: date
    people: int
    back: Mapping[int, int]
    spent_minor: int


@dataclass(frozen=True)
class Square:
    """Buyers whose last order and number of orders lie in these fifths, 5 the best."""

    recency: int
    frequency: int
    people: int
    spent_minor: int


def read_groups(session: Session, shop_id: int, *, held_against: date) -> Groups:
    """Return how many people stand where, held against the newest kept day up to `held_against`."""
    now = {row.stage: row for row in session.execute(BY_STAGE, {"shop_id": shop_id})}
    before = session.execute(BEFORE, {"shop_id": shop_id, "day": held_against}).all()
    then = {row.stage: int(row.people) for row in before}
    groups = [_group(stage, now.get(stage), then.get(stage, 0) if before else None) for stage in ORDER]
    since = before[0].day if before else None
    return Groups(groups, since, session.execute(FIRST_DAY, {"shop_id": shop_id}).scalar())


def read_squares(session: Session, shop_id: int) -> list[Square]:
    """Return the RFM map: every square that holds somebody."""
    return [Square(*row) for row in session.execute(SQUARES, {"shop_id": shop_id})]


def read_cohorts(session: Session, shop_id: int, *, this_month: date) -> tuple[list[Cohort], datetime | None]:
    """Return the cohorts of the last MONTHS months and when they were counted."""
    rows = session.execute(COHORTS, {"shop_id": shop_id, "since": _months_before(this_month, MONTHS - 1)}).all()
    first: dict[date, list[tuple[int, int, int]]] = {}
    for row in rows:
        told = (_between(row.first_month, row.month), int(row.people), int(row.spent_minor))
        first.setdefault(row.first_month, []).append(told)
    cohorts = [
        Cohort(month, told[0][1], {after: people for after, people, _ in told}, sum(spent for _, _, spent in told))
        for month, told in first.items()
    ]
    return cohorts, max((row.counted_at for row in rows), default=None)


def keep_stage_day(session: Session, shop_id: int, day: date) -> None:
    """Keep how many people stand where; the last count of a day stays."""
    session.execute(GONE_FROM_DAY, {"shop_id": shop_id, "day": day})
    session.execute(KEEP_DAY, {"shop_id": shop_id, "day": day})


def needs_count(session: Session, shop_id: int) -> bool:
    """Tell whether anything was heard of anybody since the cohorts were last counted."""
    return bool(session.execute(NEEDS_COUNT, {"shop_id": shop_id}).scalar())


def count_cohorts(session: Session, shop_id: int, *, zone: str, currency: str) -> None:
    """Count all cohorts anew. Goes through every order."""
    session.execute(CLEAR_COHORTS, {"shop_id": shop_id})
    session.execute(text("SET LOCAL enable_nestloop = off"))  # everything of a shop is joined with everything
    session.execute(COUNT_COHORTS, {"shop_id": shop_id, "zone": zone, "currency": currency})


def _group(stage: Stage, row: object, before: int | None) -> Group:
    if row is None:
        return Group(stage, 0, 0, before, 0, 0.0, 0.0)
    told = {name: getattr(row, name) or 0 for name in ("people", "spent_minor", "known", "expected", "spread")}
    return Group(stage=stage, before=before, **told)


def _between(first: date, month: date) -> int:
    return (month.year - first.year) * 12 + month.month - first.month


def _months_before(month: date, months: int) -> date:
    count = month.year * 12 + month.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
