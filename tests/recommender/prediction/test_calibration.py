"""Probabilities that come true as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from recommender.prediction.calibration import (
    UNCHANGED,
    Calibration,
    calibration_error,
    fit_calibration,
    reliability,
)


def boasting(people=4000, seed=1):
    """Scores twice as sure as they should be, and one too high."""
    chance = np.random.default_rng(seed)
    true = chance.normal(size=people)
    return 2 * true + 1, chance.random(people) < expit(true)


def test_boasts_are_taken_back():
    score, happened = boasting()
    curve = fit_calibration(*boasting(seed=2))

    assert calibration_error(expit(score), happened) > 0.1
    assert calibration_error(curve.chance(score), happened) < 0.03


def test_few_people_change_little():
    curve = fit_calibration(np.array([2.0, -2.0]), np.array([False, True]))

    assert curve.slope == pytest.approx(1, abs=0.35)
    assert not len(curve.scores)


@given(st.lists(st.tuples(st.floats(-8, 8), st.booleans()), min_size=1, max_size=200))
def test_a_higher_score_never_says_less(people):
    score, happened = (np.array(one) for one in zip(*people, strict=True))
    told = fit_calibration(score, happened).log_odds(np.linspace(-20, 20, 101))

    assert (np.diff(told) >= -1e-9).all()
    assert np.isfinite(told).all()


def test_what_falls_keeps_falling():
    score, happened = boasting()
    told = fit_calibration(-score, happened, slope=-1.0)

    np.testing.assert_allclose(told.log_odds(-score), fit_calibration(score, happened).log_odds(score))


@pytest.mark.parametrize("always", [True, False])
def test_what_always_or_never_happens_is_no_certainty(always):
    told = fit_calibration(np.zeros(30), np.full(30, always)).chance(np.zeros(1))[0]

    assert 0.001 < told < 0.999


def test_a_curve_survives_its_array():
    score, happened = boasting()
    curve = fit_calibration(score, happened)

    np.testing.assert_array_equal(Calibration.from_array(curve.array()).log_odds(score), curve.log_odds(score))
    np.testing.assert_array_equal(Calibration.from_array(UNCHANGED.array()).log_odds(score), score)


def test_reliability_holds_everybody_once_from_least_to_most():
    score, happened = boasting(people=105)
    rows = reliability(expit(score), happened)

    assert [row["people"] for row in rows] == [11] * 5 + [10] * 5
    assert [row["said"] for row in rows] == sorted(row["said"] for row in rows)
    assert sum(row["happened"] * row["people"] for row in rows) == pytest.approx(happened.sum())


def test_nobody_is_neither_right_nor_wrong():
    assert reliability(np.array([]), np.array([], bool)) == []
    assert calibration_error(np.array([]), np.array([], bool)) == 0
