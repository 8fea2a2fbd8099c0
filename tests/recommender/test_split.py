import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import TooFewInteractions
from recommender.split import DAY, LEAST_JUDGES, choose_windows, judging_users
from tests.recommender.little import quick, rows


def history(people, days):
    return rows(*((person, 0, day, 0) for person in range(people) for day in (0, days)))


def test_a_long_history_is_judged_by_two_windows_of_thirty_days():
    windows = choose_windows(history(LEAST_JUDGES, 400))

    assert windows.days == 30
    assert windows.test_start - windows.validation_start == windows.end - windows.test_start


def test_a_short_history_gets_shorter_windows():
    assert choose_windows(history(LEAST_JUDGES, 60)).days == 10


def test_the_last_interaction_lies_inside_the_test_window():
    interactions = history(LEAST_JUDGES, 100)
    windows = choose_windows(interactions)

    assert windows.test_start <= interactions.occurred_at[-1] < windows.end


def test_an_empty_shop_hears_that_no_order_came():
    with pytest.raises(TooFewInteractions, match="No order has come in yet"):
        choose_windows(history(1, 1).between(0, 0))


def test_a_young_shop_hears_how_many_days_are_missing():
    with pytest.raises(TooFewInteractions, match="12 days long; about 31 days more are needed"):
        choose_windows(history(LEAST_JUDGES, 12))


def test_a_quiet_shop_hears_how_many_people_are_missing():
    with pytest.raises(TooFewInteractions, match="Only 19 people bought both before and in the last 16 days"):
        choose_windows(history(LEAST_JUDGES - 1, 100))


@quick
@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 30)), min_size=1, max_size=40), st.integers(0, 30))
def test_judges_are_known_and_acted_on_both_sides_of_the_cut(told, cut):
    interactions = rows(*((user, 0, day, 0) for user, day in told), users=6)
    start = int(interactions.occurred_at[0]) + cut * DAY
    judges = judging_users(interactions, start, start + 10 * DAY).tolist()

    moments = {user: interactions.occurred_at[interactions.user == user] for user in range(6)}
    assert judges == [
        user for user, at in moments.items() if (at < start).any() and ((at >= start) & (at < start + 10 * DAY)).any()
    ]
