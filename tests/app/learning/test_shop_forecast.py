"""The shop's forecast in rows: said every day, rehearsed once, held against what happened."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.jobs.counting import ask_for_count, forecast_weeks
from app.learning import shop_forecast
from app.learning.shop_forecast import ORDERS, REVENUE
from app.models import ShopForecast
from plugins.events import OrderState
from tests.app.cast import MONDAY, order, tell

TODAY = date(2026, 11, 16)


def sell(wiring, shop_id, weeks, *, until=MONDAY):
    """Two orders a day, one of one tea and one of two, up to yesterday."""
    days = [until - timedelta(days=n) for n in range(1, 7 * weeks + 1)]
    orders = [order(f"{n}-{items}", items, at=day) for n, day in enumerate(days) for items in ("1", "1 2")]
    tell(wiring, shop_id, *orders)


def keep(wiring, shop_id, today=TODAY):
    with wiring.db.of_shop(shop_id) as session:
        days = shop_forecast.read_days(session, shop_id, zone="Europe/London", currency="GBP")
        return shop_forecast.keep_forecast(session, shop_id, days, today)


def read(wiring, shop_id, today=TODAY):
    with wiring.db.of_shop(shop_id) as session:
        return shop_forecast.read_forecast(session, shop_id, today)


def test_four_weeks_and_their_total_are_said_for_orders_and_for_money(wiring, harbour, linden):
    sell(wiring, harbour, 30)
    assert keep(wiring, harbour)

    said = read(wiring, harbour)
    assert [round(one.value) for one in said[ORDERS].weeks] == [14] * 4
    assert said[ORDERS].weeks[0].week_start == TODAY
    assert round(said[ORDERS].total.value) == 56
    assert round(said[REVENUE].total.value) == 28 * 3 * 450
    assert read(wiring, linden)[ORDERS].total is None


def test_on_the_first_day_the_past_is_rehearsed_and_what_happened_stands_beside_it(wiring, harbour):
    sell(wiring, harbour, 30)
    keep(wiring, harbour)

    past = read(wiring, harbour)[ORDERS].past
    assert [(one.said_on, one.is_rehearsed, one.happened) for one in past[:2]] == [
        (TODAY - timedelta(28), True, 56.0),
        (TODAY - timedelta(56), True, 56.0),
    ]


def test_what_was_said_is_held_against_what_happened_when_it_is_over(wiring, harbour):
    sell(wiring, harbour, 20)
    keep(wiring, harbour)
    later = TODAY + timedelta(28)
    tell(wiring, harbour, *(order(f"new-{n}", "1", at=MONDAY + timedelta(days=n)) for n in range(28)))
    keep(wiring, harbour, later)

    newest = read(wiring, harbour, later)[ORDERS].past[0]
    assert (newest.said_on, newest.is_rehearsed, newest.happened) == (TODAY, False, 28.0)


def test_forecasting_twice_a_day_keeps_one_forecast(wiring, harbour):
    sell(wiring, harbour, 20)
    keep(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        before = session.scalar(select(func.count()).select_from(ShopForecast))
    keep(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        assert session.scalar(select(func.count()).select_from(ShopForecast)) == before


def test_cancelled_orders_and_other_currencies_are_no_money_of_ours(wiring, harbour):
    sell(wiring, harbour, 1)
    tell(
        wiring, harbour,
        order("no", "1", at=MONDAY - timedelta(days=1), state=OrderState.CANCELLED),
    )  # fmt: skip
    with wiring.db.of_shop(harbour) as session:
        pounds = shop_forecast.read_days(session, harbour, zone="UTC", currency="GBP")
        euros = shop_forecast.read_days(session, harbour, zone="UTC", currency="EUR")

    assert pounds.between(ORDERS, TODAY - timedelta(1), 1) == euros.between(ORDERS, TODAY - timedelta(1), 1) == 2
    assert pounds.between(REVENUE, TODAY - timedelta(1), 1) == 3 * 450
    assert euros.between(REVENUE, TODAY - timedelta(1), 1) == 0


@pytest.mark.parametrize("weeks", [0, 6])
def test_where_too_little_is_known_nothing_is_kept(wiring, harbour, weeks):
    sell(wiring, harbour, weeks)

    assert not keep(wiring, harbour)


def test_the_clock_asks_until_it_is_done_for_today(wiring, harbour):
    sell(wiring, harbour, 20, until=wiring.clock())
    ask_for_count(wiring, harbour)
    forecast_weeks(harbour, wiring=wiring)

    today = wiring.clock().date()
    with wiring.db.of_shop(harbour) as session:
        assert not shop_forecast.is_due(session, harbour, today)
        assert shop_forecast.is_due(session, harbour, today + timedelta(1))
