"""Where people stand: by their own rhythm and the shop's, at every edge of every rule."""

from datetime import timedelta
from itertools import pairwise

import pytest

from app.models import Stage
from app.profiles.stages import RULES, Rhythm, expected_gap, stage_of
from tests.app.cast import MONDAY


def rhythm(*days_ago: float, orders: int | None = None) -> Rhythm:
    """Return the rhythm of somebody who ordered so many days before MONDAY, oldest first, evenly but for the last."""
    ats = [MONDAY - timedelta(days=days) for days in days_ago]
    gaps = sorted((later - earlier) / timedelta(days=1) for earlier, later in pairwise(ats))
    return Rhythm(
        orders=len(ats) if orders is None else orders,
        days=len(ats),
        last_at=ats[-1] if ats else None,
        previous_at=ats[-2] if len(ats) > 1 else None,
        gap_days=gaps[len(gaps) // 2] if gaps else None,
        earlier_gap_days=gaps[0] if len(gaps) > 1 else None,
    )


@pytest.mark.parametrize(
    ("days_ago", "stage"),
    [
        ((), Stage.NEVER_BOUGHT),
        ((59,), Stage.NEW),
        ((61,), Stage.AT_RISK),
        ((121,), Stage.LAPSED),
        ((60, 30), Stage.ACTIVE),
        ((120, 90, 60, 30), Stage.LOYAL),
        ((151, 121, 91, 61), Stage.AT_RISK),
        ((211, 181, 151, 121), Stage.LAPSED),
        ((260, 230, 200, 5), Stage.WON_BACK),
        ((150, 5), Stage.WON_BACK),
        ((100, 5), Stage.ACTIVE),
        ((280, 250, 220, 25, 1), Stage.LOYAL),
    ],
)
def test_everybody_stands_where_their_rhythm_says(days_ago, stage):
    assert stage_of(rhythm(*days_ago), MONDAY, shop_gap_days=30.0).stage == stage


def test_two_orders_on_one_day_are_two_orders_and_no_gap():
    found = stage_of(rhythm(3, orders=2), MONDAY, shop_gap_days=30.0)

    assert found.stage == Stage.ACTIVE


def test_a_wholesaler_is_at_risk_after_two_weeks_and_not_after_two_days():
    busy = Rhythm(orders=10_000, days=700, last_at=MONDAY, previous_at=MONDAY, gap_days=1.0, earlier_gap_days=1.0)

    for days, stage in ((2, Stage.LOYAL), (15, Stage.AT_RISK), (29, Stage.LAPSED)):
        assert stage_of(busy, MONDAY + timedelta(days=days), shop_gap_days=60.0).stage == stage


def test_looking_again_at_the_told_moment_finds_the_next_stage_and_not_before():
    who, now, seen = rhythm(40, 10), MONDAY, []
    while now is not None:
        found = stage_of(who, now, shop_gap_days=30.0)
        seen.append(found.stage)
        if found.look_again_at is not None:
            assert stage_of(who, found.look_again_at, shop_gap_days=30.0).stage == found.stage
        now = found.look_again_at and found.look_again_at + timedelta(microseconds=1)

    assert seen == [Stage.ACTIVE, Stage.AT_RISK, Stage.LAPSED]


def test_an_order_from_the_future_is_one_of_now():
    found = stage_of(rhythm(-30), MONDAY, shop_gap_days=30.0)

    assert (found.stage, found.since, found.look_again_at) == (Stage.NEW, MONDAY, MONDAY + timedelta(days=60))


def test_the_shops_usual_gap_counts_as_much_as_two_of_their_own():
    assert expected_gap(None, 0, 30.0) == 30.0
    assert expected_gap(10.0, 2, 30.0) == 20.0
    assert expected_gap(10.0, 18, 30.0) == 12.0


def test_a_shop_of_which_nothing_is_known_yet_expects_three_months_and_nobody_less_than_a_week_or_more_than_a_year():
    assert expected_gap(None, 0, None) == 90.0
    assert expected_gap(0.1, 1000, 1.0) == 7.0
    assert expected_gap(5000.0, 3, 400.0) == 365.0


def test_every_stage_has_its_rule_in_words():
    assert set(RULES) == set(Stage)
