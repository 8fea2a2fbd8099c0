import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.rules import top_k
from tests.recommender.little import quick


def scores(*told):
    return np.array(told, np.float32)


def nothing(count):
    return np.zeros(count, bool)


def test_of_equals_the_lower_index_comes_first():
    assert top_k(scores(1, 2, 2, 1, 2), 4, nothing(5)).tolist() == [1, 2, 4, 0]


def test_what_has_nothing_to_say_is_left_out():
    assert top_k(scores(0, 1, 0, -1), 4, nothing(4)).tolist() == [1]


def test_the_forbidden_is_left_out_however_good():
    assert top_k(scores(9, 1, 8), 2, np.array([True, False, True])).tolist() == [1]


def test_no_items_and_no_places_are_no_fault():
    assert top_k(scores(), 3, nothing(0)).tolist() == []
    assert top_k(scores(1, 2), 0, nothing(2)).tolist() == []


@quick
@given(st.lists(st.tuples(st.integers(-1, 3), st.booleans()), max_size=40), st.integers(0, 50))
def test_top_k_is_what_a_full_sort_gives(told, k):
    given_ = scores(*(score for score, _ in told))
    forbidden = np.array([is_out for _, is_out in told], bool)
    best = sorted((-score, n) for n, (score, is_out) in enumerate(told) if score > 0 and not is_out)

    assert top_k(given_, k, forbidden).tolist() == [n for _, n in best[:k]]
