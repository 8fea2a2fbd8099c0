"""What is counted of a person's orders, on people small enough to count by hand."""

import numpy as np
import pytest

from recommender.prediction.features import NAMES, features_at
from recommender.prediction.histories import Purchases

NOW = 1000.0


def people(*days_ago, amount=10.0):
    """One person for each list of days ago."""
    customer = [who for who, days in enumerate(days_ago) for _ in days]
    day = [NOW - ago for days in days_ago for ago in days]
    return Purchases(np.array(customer), np.array(day), np.full(len(day), amount), len(days_ago))


def counted(purchases, now=NOW):
    found = features_at(purchases, now)
    return {who: dict(zip(NAMES, row, strict=True)) for who, row in zip(found.rows.tolist(), found.table, strict=True)}


def test_a_person_of_three_orders():
    one = counted(people([100, 40, 20]))[0]

    told = {name: one[name] for name in ("days_since_last", "days_since_first", "occasions", "mean_gap", "last_gap")}
    assert told == {
        "days_since_last": 20, "days_since_first": 100, "occasions": 3, "mean_gap": 40, "last_gap": 20,
    }  # fmt: skip
    assert (one["longest_gap"], one["overdue"], one["last_share"]) == (60, 0.5, 0.8)
    assert (one["occasions_30"], one["occasions_60"], one["occasions_180"]) == (1, 2, 3)
    assert (one["spent"], one["mean_amount"], one["spent_90"]) == (30, 10, 20)
    assert one["gap_spread"] == pytest.approx(0.5)


def test_whoever_ordered_once_has_no_gap_and_nobody_made_one_up():
    one = counted(people([50]))[0]

    assert all(np.isnan(one[name]) for name in ("mean_gap", "gap_spread", "last_gap", "overdue", "second_half"))
    assert (one["occasions"], one["last_share"], one["mean_amount"]) == (1, 0, 10)


def test_orders_of_one_day_are_one_occasion():
    one = counted(people([50.1, 50.2, 50.3]))[0]

    assert (one["occasions"], one["largest_amount"]) == (1, 30)


def test_orders_to_come_are_not_looked_at():
    assert counted(people([50, -5]))[0] == pytest.approx(counted(people([50]))[0], nan_ok=True)


def test_whoever_never_ordered_is_not_in_the_table():
    assert list(counted(people([], [5], [-5]))) == [1]


def test_more_given_back_than_paid_counts_as_nothing_spent():
    assert counted(people([50, 20], amount=-3.0))[0]["spent"] == 0


def test_nobody_at_all_is_an_empty_table():
    assert features_at(people([]), NOW).table.shape == (0, len(NAMES))
