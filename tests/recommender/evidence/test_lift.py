import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from recommender.evidence.lift import (
    LEAST_PEOPLE,
    difference_of_means,
    difference_of_rates,
    people_needed,
    people_needed_for_amount,
    rate_interval,
)


@pytest.mark.parametrize(
    ("counts", "point", "low", "high"),
    [
        ((56, 70, 48, 80), 0.2, 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.6, 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.5714, 0.0582, 0.8062),
        ((5, 56, 0, 29), 0.0893, -0.0381, 0.1926),
        ((0, 10, 0, 20), 0.0, -0.1611, 0.2775),
        ((10, 10, 0, 10), 1.0, 0.6075, 1.0),
    ],
)
def test_the_interval_of_two_rates_is_the_published_one(counts, point, low, high):
    told = difference_of_rates(*counts)

    assert (told.point, told.low, told.high) == pytest.approx((point, low, high), abs=5e-5)


def test_an_interval_of_rates_covers_the_truth_nineteen_times_in_twenty():
    random = np.random.default_rng(1)
    treated, control = random.binomial(200, 0.08, 1000), random.binomial(100, 0.05, 1000)
    told = [
        difference_of_rates(int(mine), 200, int(theirs), 100) for mine, theirs in zip(treated, control, strict=True)
    ]

    assert 0.93 <= np.mean([one.low <= 0.03 <= one.high for one in told]) <= 0.98


def test_a_few_people_tell_nothing_however_large_the_difference():
    told = difference_of_rates(10, 10, 0, 10)

    assert told.low > 0
    assert not told.is_enough
    assert not told.is_told


def test_a_difference_that_chance_explains_is_not_told():
    assert not difference_of_rates(12, 100, 10, 100).is_told
    assert difference_of_rates(40, 100, 10, 100).is_told


def test_without_a_control_group_anything_is_possible():
    assert difference_of_rates(3, 10, 0, 0) == difference_of_rates(0, 0, 0, 0)
    assert (difference_of_rates(3, 10, 0, 0).low, difference_of_rates(3, 10, 0, 0).high) == (-1, 1)


@pytest.mark.parametrize("counts", [(11, 10, 0, 10), (0, 10, -1, 10), (0, 10, 11, 10)])
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match="than were counted"):
        difference_of_rates(*counts)


def test_a_rate_of_nobody_lies_anywhere():
    assert rate_interval(0, 0) == (0, 1)


def test_the_interval_of_two_amounts_is_that_of_welch():
    random = np.random.default_rng(2)
    mine, theirs = random.gamma(0.3, 90, 80), random.gamma(0.3, 60, 240)
    interval = ttest_ind(mine, theirs, equal_var=False).confidence_interval(0.95)
    told = difference_of_means(mine, theirs)

    assert told.point == pytest.approx(mine.mean() - theirs.mean())
    assert (told.low, told.high) == pytest.approx((interval.low, interval.high))
    assert told.is_enough


def test_one_person_s_amount_tells_nothing():
    told = difference_of_means(np.array([5.0]), np.array([1.0, 2.0]))

    assert (told.low, told.high) == (-math.inf, math.inf)
    assert not told.is_told


def test_equal_amounts_need_no_interval():
    told = difference_of_means(np.full(LEAST_PEOPLE, 3.0), np.full(LEAST_PEOPLE, 2.0))

    assert (told.point, told.low, told.high) == (1, 1, 1)
    assert told.is_told


def test_an_amount_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        difference_of_means(np.array([1.0, np.nan]), np.array([1.0, 2.0]))


def test_the_people_needed_are_the_textbook_s():
    assert people_needed(0.5, 0.1) == 775  # 388 a side
    assert people_needed_for_amount(1.0, 0.5) == 126  # 63 a side


def test_so_many_people_do_tell_the_difference_four_times_in_five():
    half = people_needed(0.10, 0.05) // 2
    random = np.random.default_rng(3)
    treated, control = random.binomial(half, 0.15, 400), random.binomial(half, 0.10, 400)
    told = [
        difference_of_rates(int(mine), half, int(theirs), half).is_told
        for mine, theirs in zip(treated, control, strict=True)
    ]

    assert 0.74 <= np.mean(told) <= 0.87


def test_a_small_control_group_asks_for_more_people_in_all():
    assert people_needed(0.1, 0.05, treated_share=0.9) > people_needed(0.1, 0.05)


def test_however_large_the_difference_both_sides_need_people():
    assert people_needed(0.01, 0.9, treated_share=0.9) >= LEAST_PEOPLE / 0.1 - 1


@pytest.mark.parametrize(
    "asked", [{"difference": 0.0}, {"difference": 0.95}, {"difference": 0.1, "treated_share": 1.0}]
)
def test_what_can_never_be_told_is_refused(asked):
    with pytest.raises(ValueError, match=r"people|Rates"):
        people_needed(0.1, **asked)
    with pytest.raises(ValueError, match=r"people|spread"):
        people_needed_for_amount(-1.0, 0.1)
    with pytest.raises(ValueError, match="people"):
        people_needed_for_amount(1.0, 0.1, treated_share=0.0)
