"""One suite for every arm and for the blend of them: what each must do with any query."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.blend import Blend
from recommender.ranking.ranker import Query, Reason
from recommender.ranking.stored import ARMS
from tests.recommender.little import quick

NAMES = (*ARMS, "blend")


@pytest.fixture(scope="session")
def ranker(request, arms, blend):
    return next(one for one in (*arms, blend) if one.name == request.param)


def numbers(*told):
    return np.array(told, np.int32)


def query(user, past, context, viewed):
    return Query(
        user,
        numbers(*past),
        np.ones(len(past), np.float32),
        np.linspace(400, 0, len(past), dtype=np.float32),
        numbers(*context),
        numbers(*viewed),
    )


ITEMS = st.lists(st.integers(0, 59), max_size=130)
QUERIES = st.builds(
    query, st.integers(-1, 95), ITEMS, ITEMS.map(lambda told: told[:9]), ITEMS.map(lambda told: told[:9])
)


@pytest.mark.parametrize("ranker", NAMES, indirect=True)
@quick
@given(asked=QUERIES)
def test_every_item_gets_a_finite_score_of_zero_or_more(ranker, asked):
    scores = ranker.score(asked)

    assert (scores.dtype, scores.shape) == (np.float32, (60,))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


@pytest.mark.parametrize("ranker", NAMES, indirect=True)
@quick
@given(asked=QUERIES)
def test_what_scores_has_a_reason_that_goes_back_to_something_asked_with(ranker, asked):
    came_with = {*asked.history_items.tolist(), *asked.context.tolist(), *asked.viewed.tolist(), -1}
    for item in np.flatnonzero(ranker.score(asked)).tolist()[:10]:
        reason = ranker.explain(asked, item)
        assert isinstance(reason, Reason)
        assert reason.evidence in came_with
        assert reason.count >= 0


@pytest.mark.parametrize("ranker", NAMES, indirect=True)
@quick
@given(asked=QUERIES)
def test_asking_twice_gives_the_same_and_changes_nothing(ranker, asked):
    before = {name: array.copy() for name, array in ranker.arrays().items()}

    assert np.array_equal(ranker.score(asked), ranker.score(asked))
    assert all(np.array_equal(array, before[name]) for name, array in ranker.arrays().items())


@pytest.mark.parametrize("ranker", ARMS, indirect=True)
@quick
@given(asked=QUERIES)
def test_an_arm_comes_back_from_its_arrays(ranker, asked):
    frozen = {name: array.copy() for name, array in ranker.arrays().items()}
    for array in frozen.values():
        array.setflags(write=False)
    back = ARMS[ranker.name](frozen)

    assert back.name == ranker.name
    assert np.array_equal(back.score(asked), ranker.score(asked))
    for item in np.flatnonzero(ranker.score(asked)).tolist()[:5]:
        assert back.explain(asked, item) == ranker.explain(asked, item)


@pytest.mark.parametrize(
    "ranker", [name for name in NAMES if name not in {"recent_popularity", "blend"}], indirect=True
)
def test_who_asks_with_nothing_hears_nothing(ranker):
    assert not ranker.score(Query()).any()


@pytest.mark.parametrize("ranker", ["bought_together", "content", "factorization"], indirect=True)
def test_the_context_alone_is_answered_where_there_is_one(ranker):
    alone = ranker.score(Query(context=numbers(3)))

    assert alone.any()
    assert alone[3] == 0
    assert np.array_equal(alone, ranker.score(query(5, [1, 2, 9], [3], [8])))


@pytest.mark.parametrize("ranker", ["bought_together", "content", "factorization", "blend"], indirect=True)
def test_a_look_in_this_session_moves_the_shelf(ranker):
    before, after = (ranker.score(query(5, [1, 2, 9], [], viewed)) for viewed in ([], [30]))

    assert not np.array_equal(before, after)


def test_a_look_is_not_a_purchase(arms):
    frequency = next(arm for arm in arms if arm.name == "personal_frequency")

    assert not frequency.score(Query(viewed=numbers(3))).any()


def test_every_arm_has_a_way_back(arms, blend):
    assert {arm.name for arm in arms} == set(ARMS)
    assert isinstance(blend, Blend)
