import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.interactions import Interactions
from recommender.questions import MOST_QUESTIONS, TASKS, ask
from recommender.split import DAY
from tests.recommender.little import START, quick, rows

CUT = START + 100 * DAY
END = START + 130 * DAY


def asked(task, *told, **counts):
    return ask(task, rows(*told, **counts), CUT, END, seed=1)


def test_home_asks_with_the_past_for_what_came_later():
    (question,) = asked("home", (0, 0, 90, 0), (0, 0, 95, 1), (1, 1, 95, 2), (0, 0, 110, 3), (0, 1, 110, 3))

    assert question.query.history_items.tolist() == [0, 0]
    assert question.query.history_ages.tolist() == [10, 5]
    assert question.wanted.tolist() == [0, 1]
    assert not question.forbidden().any()
    assert question.person == 0


def test_home_new_wants_and_lists_only_what_was_never_bought():
    (question,) = asked("home_new", (0, 0, 90, 0), (1, 1, 95, 2), (0, 0, 110, 3), (0, 1, 110, 3))

    assert question.wanted.tolist() == [1]
    assert question.forbidden().tolist() == [True, False]


def test_what_was_not_yet_on_sale_is_neither_wanted_nor_listed():
    (question,) = asked("home", (0, 0, 90, 0), (0, 0, 110, 3), (0, 1, 110, 3))

    assert question.wanted.tolist() == [0]
    assert question.forbidden().tolist() == [False, True]


def test_nobody_new_and_no_guest_is_asked_at_home():
    assert asked("home", (0, 0, 90, 0), (1, 0, 110, 1), (-1, 0, 95, 2), (-1, 0, 111, 3)) == []


def test_a_product_asks_for_the_rest_of_its_basket():
    (question,) = asked("product", *((1, item, 90, 0) for item in range(4)), *((0, item, 110, 1) for item in range(4)))

    (given_,) = question.query.context
    assert question.query.user == -1
    assert sorted([given_, *question.wanted]) == [0, 1, 2, 3]
    assert np.flatnonzero(question.forbidden()).tolist() == [given_]


def test_half_a_cart_asks_for_the_other_half():
    (question,) = asked("cart", *((1, item, 90, 0) for item in range(5)), *((0, item, 110, 1) for item in range(5)))

    assert len(question.query.context) == 2
    assert sorted([*question.query.context, *question.wanted]) == [0, 1, 2, 3, 4]


def test_guests_ask_with_their_baskets_each_as_one_person():
    past = [(1, item, 90, 0) for item in range(2)]
    found = asked("product", *past, *((-1, item, 110, basket) for basket in (5, 6) for item in range(2)))

    assert len({question.person for question in found}) == 2
    assert all(question.person < 0 for question in found)


def test_two_baskets_of_one_person_are_one_person():
    past = [(1, item, 90, 0) for item in range(2)]
    found = asked("product", *past, *((0, item, 110 + basket, basket) for basket in (5, 6) for item in range(2)))

    assert [question.person for question in found] == [0, 0]


def test_a_basket_of_one_item_and_what_has_no_basket_ask_nothing():
    assert asked("cart", (0, 0, 90, 0), (0, 1, 90, 0), (0, 0, 110, 1), (0, 0, 111, -1), (0, 1, 111, -1)) == []


def test_a_large_shop_asks_a_sample_and_always_the_same():
    told = [(user, user % 7, day, user) for user in range(MOST_QUESTIONS + 50) for day in (90, 110)]

    first, second = asked("home", *told), asked("home", *told)
    assert len(first) == MOST_QUESTIONS
    assert [question.person for question in first] == [question.person for question in second]


SOME = st.lists(
    st.tuples(st.integers(-1, 4), st.integers(0, 5), st.integers(80, 130), st.integers(-1, 8)), min_size=1, max_size=60
)


@pytest.mark.parametrize("task", ["home", "home_new"])
@quick
@given(told=SOME, chance=st.randoms(use_true_random=False))
def test_what_happens_after_the_cut_never_reaches_a_query(task, told, chance):
    """Whatever the later weeks hold, whoever is asked is asked with the same past."""
    whole = rows(*told, users=5, items=6)
    later = whole.occurred_at >= CUT
    items = whole.item.copy()
    items[later] = [chance.randrange(6) for _ in range(int(later.sum()))]
    other = Interactions(whole.user, items, whole.weight, whole.occurred_at, whole.basket, 5, 6)

    pasts = [
        {one.person: one.query.history_items.tolist() for one in ask(task, each, CUT, END, seed=1)}
        for each in (whole, other)
    ]
    for person in pasts[0].keys() & pasts[1].keys():
        assert pasts[0][person] == pasts[1][person]


@pytest.mark.parametrize("task", TASKS)
@quick
@given(told=SOME)
def test_every_question_can_be_answered(task, told):
    for question in asked(task, *told, users=5, items=6):
        assert len(question.wanted)
        assert not question.forbidden()[question.wanted].any()
        assert (np.diff(question.wanted) > 0).all()
        assert (question.query.history_ages > 0).all() or task in {"product", "cart"}
