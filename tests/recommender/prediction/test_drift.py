import json

import numpy as np
import pytest

from recommender.prediction.drift import ErrorDrift


@pytest.fixture
def chance():
    return np.random.default_rng(1)


def brier(chance, mean, size):
    return chance.beta(1, 1 / mean - 1, size)


def test_a_predictor_as_good_as_it_was_is_hardly_ever_called_worse(chance):
    start = ErrorDrift(0.15, alpha=0.05)

    alarms = [start.after(errors).has_alarmed for errors in brier(chance, 0.15, (150, 700)).tolist()]

    assert np.mean(alarms) <= 0.05


def test_a_fifth_more_error_after_a_long_good_time_is_found(chance):
    good, worse = brier(chance, 0.15, (40, 1000)).tolist(), brier(chance, 0.18, (40, 2000)).tolist()

    before = [ErrorDrift(0.15).after(errors) for errors in good]
    after = [bet.after(errors) for bet, errors in zip(before, worse, strict=True)]

    assert sum(bet.has_alarmed for bet in before) <= 1
    assert sum(bet.has_alarmed for bet in after) >= 38


def test_a_predictor_that_breaks_is_found_within_a_few_dozen(chance):
    assert ErrorDrift(0.15).after(brier(chance, 0.6, 40).tolist()).has_alarmed


def test_getting_better_is_no_alarm(chance):
    assert not ErrorDrift(0.15).after(brier(chance, 0.02, 3000).tolist()).has_alarmed


def test_errors_told_one_by_one_or_all_at_once_come_to_the_same(chance):
    errors = brier(chance, 0.2, 60).tolist()
    one_by_one = ErrorDrift(0.15)
    for error in errors:
        one_by_one = one_by_one.after([error])

    assert one_by_one == ErrorDrift(0.15).after(errors)


def test_the_bet_survives_json(chance):
    bet = ErrorDrift(0.15).after(brier(chance, 0.2, 60).tolist())

    assert ErrorDrift.from_dict(json.loads(json.dumps(bet.to_dict()))) == bet


def test_an_alarm_stays_and_its_stakes_stay_numbers():
    bet = ErrorDrift(0.15).after([1.0] * 5000)

    assert bet.has_alarmed
    assert np.isfinite(bet.winnings)
    assert bet.after([0.0] * 1000).has_alarmed


def test_a_holdout_of_many_expects_little_more_than_it_saw(chance):
    few, many = (ErrorDrift.from_holdout(brier(chance, 0.15, size)).expected for size in (50, 50_000))

    assert 0.15 < many < 0.153 < few
    assert 0 < ErrorDrift.from_holdout(np.zeros(5)).expected < 0.001


@pytest.mark.parametrize("error", [-0.1, 1.1, float("nan")])
def test_an_error_outside_of_nought_to_one_is_refused(error):
    with pytest.raises(ValueError, match="between 0 and 1"):
        ErrorDrift(0.15).after([error])


@pytest.mark.parametrize(
    "told",
    [
        {"expected": 0.0},
        {"expected": float("nan")},
        {"stakes": [1.0]},
        {"stakes": [float("nan")] * 7},
        {"count": -1},
        {"alpha": 1},
    ],
)
def test_a_bet_that_cannot_be_is_refused(told):
    with pytest.raises(ValueError):
        ErrorDrift.from_dict({**ErrorDrift(0.15).to_dict(), **told})
