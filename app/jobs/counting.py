"""The journey of a count: what pages about the whole shop show and would take too long to count as they are opened."""

from datetime import date
from zoneinfo import ZoneInfo

from app.jobs.doorbell import job
from app.learning import shop_forecast
from app.models import Shop
from app.profiles import overview, rhythm
from app.queues import FILES
from app.wiring import Wiring


def ask_for_count(wiring: Wiring, shop_id: int) -> None:
    """Keep where people stand today, and ring for what is to be counted or forecast anew."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    today = _today(wiring, shop)
    with wiring.db.of_shop(shop_id) as session:
        overview.keep_stage_day(session, shop_id, today)
        is_needed = overview.needs_count(session, shop_id)
        is_due = shop_forecast.is_due(session, shop_id, today)
        is_rhythm_due = rhythm.is_rhythm_due(session, shop_id)
    if is_rhythm_due:
        wiring.queues.nudge(FILES, "counting.count_rhythm", shop_id)
    if is_needed:
        wiring.queues.nudge(FILES, "counting.count_people", shop_id)
    if is_due:
        wiring.queues.nudge(FILES, "counting.forecast_weeks", shop_id)


@job
def count_rhythm(wiring: Wiring, shop_id: int) -> None:
    """Count how often people come to a shop; stages and fifths go by it. Harmless to repeat."""
    with wiring.db.of_shop(shop_id) as session:
        rhythm.keep_rhythm(session, shop_id)


@job
def count_people(wiring: Wiring, shop_id: int) -> None:
    """Count who of each month's newcomers came back. Harmless to repeat."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    with wiring.db.of_shop(shop_id) as session:
        overview.count_cohorts(session, shop_id, zone=shop.time_zone, currency=shop.currency)


@job
def forecast_weeks(wiring: Wiring, shop_id: int) -> None:
    """Forecast the shop's next four weeks, and say of those that are over what happened. Harmless to repeat."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    with wiring.db.of_shop(shop_id) as session:
        days = shop_forecast.read_days(session, shop_id, zone=shop.time_zone, currency=shop.currency)
        shop_forecast.keep_forecast(session, shop_id, days, _today(wiring, shop))


def _today(wiring: Wiring, shop: Shop) -> date:
    return wiring.clock().astimezone(ZoneInfo(shop.time_zone)).date()
