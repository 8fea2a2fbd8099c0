"""The next four weeks of a shop: forecast every day, kept, and held against what happened when they are over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import ShopForecast
from recommender.interactions import Float64s
from recommender.prediction.forecast import Forecast, Span, forecast_shop

EPOCH = date(1970, 1, 1)
FOUR_WEEKS = 28
PAST = 6
FRESH = timedelta(hours=6)
ORDERS, REVENUE = "orders", "revenue_minor"
MEASURES = (ORDERS, REVENUE)

# What was given back is taken off the day of the order. Money in another currency is left out, its order is counted.
BY_DAY = text("""
    SELECT (o.placed_at AT TIME ZONE :zone)::date AS day, count(*) AS orders,
        coalesce(sum(o.total_minor - coalesce((SELECT sum(r.amount_minor) FROM refunds r WHERE r.shop_id = o.shop_id
            AND r.order_external_id = o.external_id AND r.currency = o.currency), 0))
            FILTER (WHERE o.currency = :currency), 0)::bigint AS revenue_minor
    FROM orders o WHERE o.shop_id = :shop_id AND o.state IN ('placed', 'pending')
    GROUP BY 1 ORDER BY 1
""")
KEEP = text("""
    INSERT INTO shop_forecasts (shop_id, said_on, measure, week_start, weeks, value, low, high, method, is_rehearsed)
    SELECT :shop_id, said_on, measure, week_start, weeks, value, low, high, method, is_rehearsed
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (said_on date, measure text, week_start date, weeks int,
        value float, low float, high float, method text, is_rehearsed bool)
    ON CONFLICT (shop_id, said_on, measure, week_start, weeks) DO UPDATE SET value = excluded.value, low = excluded.low,
        high = excluded.high, method = excluded.method, made_at = clock_timestamp()
""")
OPEN = text("""
    SELECT said_on, measure, week_start, weeks FROM shop_forecasts
    WHERE shop_id = :shop_id AND happened IS NULL AND week_start + 7 * weeks <= :today
""")
FILL = text("""
    UPDATE shop_forecasts f SET happened = told.happened
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (said_on date, measure text, week_start date, weeks int,
        happened float)
    WHERE f.shop_id = :shop_id AND f.said_on = told.said_on AND f.measure = told.measure
        AND f.week_start = told.week_start AND f.weeks = told.weeks
""")

IS_DUE = text("""
    SELECT NOT EXISTS (SELECT FROM shop_forecasts WHERE shop_id = :shop_id AND said_on = :today
        AND made_at > clock_timestamp() - CAST(:fresh AS interval))
""")


@dataclass(frozen=True)
class Days:
    """Orders and money by the shop's own days. day: float64 [n], since 1970-01-01; of: by measure, float64 [n]."""

    day: Float64s
    of: Mapping[str, Float64s]

    def between(self, measure: str, start: date, days: int) -> float:
        """Return the sum of some days from `start` on."""
        first = (start - EPOCH).days
        return float(self.of[measure][(self.day >= first) & (self.day < first + days)].sum())


@dataclass(frozen=True)
class Said:
    """One measure: the coming weeks and their total, and past totals with what happened, the newest first."""

    weeks: Sequence[ShopForecast]
    total: ShopForecast | None
    past: Sequence[ShopForecast]


def read_days(session: Session, shop_id: int, *, zone: str, currency: str) -> Days:
    """Read what was ordered, day by day."""
    rows = session.execute(BY_DAY, {"shop_id": shop_id, "zone": zone, "currency": currency}).all()
    day = np.array([(row.day - EPOCH).days for row in rows], np.float64)
    return Days(day, {name: np.array([getattr(row, name) for row in rows], np.float64) for name in MEASURES})


def keep_forecast(session: Session, shop_id: int, days: Days, today: date) -> bool:
    """Forecast from today on, keep it, and fill in what happened; False when too little is known."""
    found = {name: forecast_shop(days.day, days.of[name], (today - EPOCH).days) for name in MEASURES}
    is_first = not session.scalars(select(ShopForecast.measure).where(ShopForecast.shop_id == shop_id).limit(1)).first()
    rows = [
        row
        for measure, told in found.items()
        if told is not None
        for row in (_rows(measure, told, today) + (_rehearsed(measure, told) if is_first else []))
    ]
    if rows:
        session.execute(KEEP, {"shop_id": shop_id, "rows": json.dumps(rows)})
    _fill(session, shop_id, days, today)
    return bool(rows)


def read_forecast(session: Session, shop_id: int, today: date) -> dict[str, Said]:
    """Return the newest forecast of each measure, and what was said one to six times four weeks ago."""
    kept = session.scalars(
        select(ShopForecast)
        .where(ShopForecast.shop_id == shop_id, ShopForecast.said_on > today - timedelta(FOUR_WEEKS * (PAST + 1)))
        .order_by(ShopForecast.said_on.desc(), ShopForecast.week_start)
    ).all()
    return {name: _said([one for one in kept if one.measure == name], today) for name in MEASURES}


def _said(kept: Sequence[ShopForecast], today: date) -> Said:
    newest = max((one.said_on for one in kept if not one.is_rehearsed), default=None)
    now = [one for one in kept if one.said_on == newest and not one.is_rehearsed]
    past: dict[int, ShopForecast] = {}
    for one in kept:
        back = (today - one.said_on).days // FOUR_WEEKS
        if one.weeks > 1 and back >= 1 and one.happened is not None:
            past.setdefault(back, one)  # the newest of each four weeks
    total = next((one for one in now if one.weeks > 1), None)
    return Said([one for one in now if one.weeks == 1], total, [past[back] for back in sorted(past)])


def _rows(measure: str, told: Forecast, said_on: date) -> list[dict[str, object]]:
    return [_row(measure, told.method, span, said_on, is_rehearsed=False) for span in told.spans]


def _rehearsed(measure: str, told: Forecast) -> list[dict[str, object]]:
    return [
        _row(measure, told.method, one.said, EPOCH + timedelta(one.said.start), is_rehearsed=True)
        for one in told.rehearsals
    ]


def _row(measure: str, method: str, span: Span, said_on: date, *, is_rehearsed: bool) -> dict[str, object]:
    start = EPOCH + timedelta(span.start)
    told = {"said_on": said_on.isoformat(), "measure": measure, "week_start": start.isoformat(), "weeks": span.weeks}
    return {**told, "value": span.value, "low": span.low, "high": span.high, "method": method,
            "is_rehearsed": is_rehearsed}  # fmt: skip


def _fill(session: Session, shop_id: int, days: Days, today: date) -> None:
    rows = [
        {"said_on": row.said_on.isoformat(), "measure": row.measure, "week_start": row.week_start.isoformat(),
         "weeks": row.weeks, "happened": days.between(row.measure, row.week_start, 7 * row.weeks)}
        for row in session.execute(OPEN, {"shop_id": shop_id, "today": today})
    ]  # fmt: skip
    if rows:
        session.execute(FILL, {"shop_id": shop_id, "rows": json.dumps(rows)})


def is_due(session: Session, shop_id: int, today: date) -> bool:
    """Tell whether nothing was forecast yet today, or only long ago."""
    return bool(session.execute(IS_DUE, {"shop_id": shop_id, "today": today, "fresh": FRESH}).scalar())
