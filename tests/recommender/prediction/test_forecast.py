"""The next four weeks: continued from whole weeks, judged on past ones, silent where too little is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.prediction.forecast import METHODS, forecast_shop

NOW = 20_700.0


def daily(weeks, *, level=10.0, seed=0, season=0.0):
    """Orders a day for some weeks up to yesterday, noisy, with a wave of a year."""
    day = np.arange(NOW - 7 * weeks, NOW)
    wave = 1 + season * np.sin(2 * np.pi * day / 364)
    return day, np.random.default_rng(seed).poisson(level * wave).astype(float)


def test_a_steady_shop_is_continued_at_its_level():
    told = forecast_shop(*daily(40, seed=1), NOW)

    assert [(one.start, one.weeks) for one in told.spans] == [(NOW + 7 * n, 1) for n in range(4)] + [(NOW, 4)]
    assert told.spans[-1].value == pytest.approx(280, rel=0.1)
    assert told.spans[-1].low < 280 < told.spans[-1].high < 400


def test_a_shop_with_seasons_is_told_by_last_years_ups_and_downs():
    day, amount = daily(140, level=40, season=0.8)
    told = forecast_shop(day, amount, NOW)
    coming = 40 * (1 + 0.8 * np.sin(2 * np.pi * np.arange(NOW, NOW + 28) / 364))

    assert told.method != "moving_average"
    assert told.errors[told.method] < 0.8 * told.errors["moving_average"]
    assert told.spans[-1].low < coming.sum() < told.spans[-1].high


def test_what_would_have_been_said_knew_nothing_of_what_came_after():
    day, amount = daily(60)
    told = forecast_shop(day, amount, NOW)
    before = forecast_shop(day[day < NOW - 28], amount[day < NOW - 28], NOW - 28)

    assert told.rehearsals[0].said == before.spans[-1]
    assert told.rehearsals[0].happened == amount[-28:].sum()
    assert [one.said.start for one in told.rehearsals] == [NOW - 28 * n for n in range(1, 7)]


def test_eight_times_in_ten_it_happens_between_the_two_ends():
    inside = total = 0
    for seed in range(40):
        for one in forecast_shop(*daily(64, level=4, seed=seed), NOW).rehearsals:
            total += 1
            inside += one.said.low <= one.happened <= one.said.high

    assert 0.7 < inside / total < 0.97  # overlapping windows are few witnesses, so it errs to the wide side


@pytest.mark.parametrize(
    ("day", "amount"),
    [([], []), ([NOW - 1], [5.0]), (list(np.arange(NOW - 70, NOW)), [1.0] * 70), ([NOW + 1] * 90, [1.0] * 90)],
)
def test_where_too_little_is_known_nothing_is_said(day, amount):
    assert forecast_shop(np.array(day, float), np.array(amount, float), NOW) is None


def test_today_and_what_is_dated_later_change_nothing():
    day, amount = daily(30)
    more = np.append(day, [NOW + 0.5, NOW + 90]), np.append(amount, [1e6, 1e6])

    assert forecast_shop(*more, NOW + 0.7) == forecast_shop(day, amount, NOW)


def test_the_plainer_of_two_equal_methods_serves():
    told = forecast_shop(np.arange(NOW - 280, NOW), np.ones(280), NOW)

    assert told.method == next(iter(METHODS))
    assert told.spans[-1].value == pytest.approx(28)


@given(st.lists(st.tuples(st.floats(NOW - 900, NOW + 30), st.floats(-1e7, 1e9)), max_size=120))
def test_whatever_comes_in_what_is_said_is_a_finite_span_around_its_value(rows):
    day, amount = (np.array([row[n] for row in rows], float) for n in range(2))
    told = forecast_shop(day, amount, NOW)

    for one in told.spans if told else ():
        assert 0 <= one.low <= one.value + 1e-6 * abs(one.value) + 1e-6
        assert one.value <= one.high * (1 + 1e-6) + 1e-6
        assert np.isfinite([one.low, one.value, one.high]).all()
