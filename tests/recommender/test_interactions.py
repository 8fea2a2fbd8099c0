import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.interactions import IdMap, Interactions, build_item_features, title_words
from tests.recommender.little import START, quick, rows

DAY = 86_400


def made(**changes):
    arrays = {
        "user": np.array([0, 1, -1], np.int32),
        "item": np.array([0, 1, 1], np.int32),
        "weight": np.ones(3, np.float32),
        "occurred_at": np.array([30, 10, 20], np.int64),
        "basket": np.array([0, 1, -1], np.int32),
    }
    return Interactions(**{**arrays, "user_count": 2, "item_count": 2, **changes})


def test_interactions_are_sorted_by_time_and_frozen():
    found = made()

    assert found.occurred_at.tolist() == [10, 20, 30]
    assert found.user.tolist() == [1, -1, 0]
    with pytest.raises(ValueError, match="read-only"):
        found.user[0] = 1


def test_what_the_caller_does_to_its_arrays_later_changes_nothing():
    user = np.array([0, 1, -1], np.int32)
    found = made(user=user, occurred_at=np.arange(3))
    user[:] = 1

    assert found.user.tolist() == [0, 1, -1]
    assert user.flags.writeable


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"user": np.array([0, 1], np.int32)}, "differ in length"),
        ({"user": np.array([0, 2, 0], np.int32)}, "A user lies outside"),
        ({"user": np.array([0, -2, 0], np.int32)}, "A user lies outside"),
        ({"item": np.array([0, -1, 0], np.int32)}, "An item lies outside"),
        ({"item": np.array([0, 2, 0], np.int32)}, "An item lies outside"),
        ({"basket": np.array([0, -2, 0], np.int32)}, "A basket lies below"),
        ({"weight": np.array([1, 0, 1], np.float32)}, "not a positive, finite number"),
        ({"weight": np.array([1, np.nan, 1], np.float32)}, "not a positive, finite number"),
        ({"weight": np.array([1, np.inf, 1], np.float32)}, "not a positive, finite number"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        made(**changes)


def test_another_kind_of_number_is_refused():
    with pytest.raises(TypeError, match="item holds float64"):
        made(item=np.array([0.0, 1.0, 1.5]))


@quick
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(-5, 55), st.integers(-5, 55))
def test_between_holds_exactly_what_happened_there(days, start, end):
    found = rows(*((0, 0, day, -1) for day in days)).between(START + start * DAY, START + end * DAY)

    assert sorted((found.occurred_at - START) // DAY) == sorted(day for day in days if start <= day < end)


def test_a_cut_shares_its_memory_with_the_whole():
    whole = rows((0, 0, 1, 0), (0, 0, 2, 1), (0, 0, 3, 2))

    assert np.shares_memory(whole.between(START, START + 3 * DAY).item, whole.item)


def test_the_matrix_holds_known_users_only():
    found = rows((0, 1, 1, 0), (0, 1, 2, 1), (-1, 0, 3, 2), users=2, items=3).matrix().toarray()

    assert found.tolist() == [[0, 2, 0], [0, 0, 0]]


@quick
@given(st.lists(st.text(max_size=3)))
def test_ids_find_their_way_back(ids):
    names = IdMap(ids)

    assert [names.ids[place] for place in names.index(ids)] == ids
    assert len(names) == len(set(ids))


def test_an_unknown_id_is_minus_one():
    assert IdMap(["a", "b", "a"]).index(["b", "c"]).tolist() == [1, -1]


def test_words_are_letters_of_three_or_more_in_any_language():
    assert title_words("SET OF 3 Blümchen-Tassen, l'été 2x") == ["set", "blümchen", "tassen", "été"]


def test_features_are_identity_words_categories_and_price_band():
    features = build_item_features(
        ["Red cup", "Red plate", "Candle"], [["Table"], ["Table"], []], np.array([1.0, 9.0, np.nan])
    ).toarray()

    assert features.shape == (3, 3 + 2)  # three identities, "category:Table", "word:red"
    assert features[0, 3:].tolist() == features[1, 3:].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert features[2].tolist() == [0, 0, 1, 0, 0]
    assert features.sum(axis=1) == pytest.approx(1)


def test_price_bands_part_the_cheap_from_the_dear():
    features = build_item_features([""] * 40, [[]] * 40, np.arange(40.0))

    assert features.shape == (40, 50)
    assert (features[0, 40:].toarray() != features[39, 40:].toarray()).any()


def test_nothing_to_describe_is_no_fault():
    assert build_item_features([], [], np.empty(0)).shape == (0, 0)
