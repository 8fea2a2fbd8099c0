from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.blend import Blend, normalize, single
from recommender.ranking.ranker import Query, Reason, Why
from tests.recommender.little import quick


@dataclass
class Spoken:
    name: str
    scores: tuple[float, ...]
    why: Why | None = None
    asked: int = 0

    def score(self, query):  # noqa: ARG002 - the protocol asks
        self.asked += 1
        return np.array(self.scores, np.float32)

    def explain(self, query, item):  # noqa: ARG002 - the protocol asks
        return Reason(self.why) if self.why else None

    def arrays(self):
        return {"scores": np.array(self.scores)}


ONE = Spoken("one", (4, 2, 0, 0), Why.POPULAR)
TWO = Spoken("two", (0, 50, 100, 0), Why.SIMILAR)
MUTE = Spoken("mute", (0, 0, 0, 0), Why.TASTE)
FREE = np.zeros(4, bool)


def test_arms_are_brought_to_one_range_and_weighed():
    assert Blend((ONE, TWO), {"one": 1.0, "two": 0.5}).score(Query()).tolist() == pytest.approx([1, 0.75, 0.5, 0])


def test_a_shelf_tells_the_reason_of_the_arm_that_brought_the_most():
    shelf = Blend((ONE, TWO, MUTE), {"one": 1.0, "two": 0.5, "mute": 9}).rank(Query(), 8, FREE)

    assert [one.item for one in shelf] == [0, 1, 2]
    assert [one.reason.why for one in shelf] == [Why.POPULAR, Why.POPULAR, Why.SIMILAR]
    assert shelf[1].shares == pytest.approx({"one": 0.5, "two": 0.25})
    assert shelf[1].score == pytest.approx(0.75)
    assert list(shelf[1].shares) == ["one", "two"]


def test_a_shelf_asks_each_arm_once_and_those_without_a_weight_not_at_all():
    used, unused = Spoken("used", (1, 2, 3, 4), Why.TASTE), Spoken("unused", (1, 1, 1, 1))
    Blend((used, unused), {"used": 1.0}).rank(Query(), 3, FREE)

    assert (used.asked, unused.asked) == (1, 0)


def test_a_shelf_holds_nothing_forbidden_and_no_more_than_asked_for():
    blend = Blend((ONE, TWO), {"one": 1.0, "two": 0.5})

    assert [one.item for one in blend.rank(Query(), 8, np.array([True, False, False, False]))] == [1, 2]
    assert [one.item for one in blend.rank(Query(), 1, FREE)] == [0]
    assert blend.rank(Query(), 8, ~FREE) == []


def test_the_next_arm_speaks_where_the_first_is_at_a_loss():
    silent = Spoken("silent", (9, 9, 9, 9))

    assert Blend((silent, TWO), {"silent": 9.0, "two": 0.1}).explain(Query(), 2) == Reason(Why.SIMILAR)


def test_what_no_arm_brought_has_no_reason():
    assert Blend((ONE, TWO), {"one": 1.0, "two": 0.5}).explain(Query(), 3) is None


def test_a_blend_of_nothing_is_refused_at_birth():
    for weights in ({}, {"one": 0.0}, {"elsewhere": 1.0}):
        with pytest.raises(ValueError, match="at least one arm"):
            Blend((ONE,), weights)


def test_a_single_arm_decides_and_popularity_fills_the_rest():
    popularity = Spoken("recent_popularity", (1, 1, 1, 1))

    assert single("recent_popularity") == {"recent_popularity": 1.0}
    assert [one.item for one in Blend((popularity, TWO), single("two")).rank(Query(), 4, FREE)] == [2, 1, 0, 3]


@quick
@given(st.integers(-1, 89), st.lists(st.integers(0, 59), max_size=20), st.lists(st.integers(0, 59), max_size=3))
def test_a_shelf_is_the_order_of_the_scores_with_the_reasons_of_explain(blend, user, past, context):
    query = Query(
        user,
        np.array(past, np.int32),
        np.ones(len(past), np.float32),
        np.zeros(len(past), np.float32),
        np.array(context, np.int32),
    )
    scores, shelf = blend.score(query), blend.rank(query, 8, np.zeros(60, bool))

    assert [one.item for one in shelf] == np.argsort(-scores, kind="stable")[:8].tolist()
    assert [one.score for one in shelf] == pytest.approx(scores[[one.item for one in shelf]].tolist())
    assert [one.reason for one in shelf] == [blend.explain(query, one.item) for one in shelf]


def test_normalizing_zeros_leaves_zeros():
    assert normalize(np.zeros(3, np.float32)).tolist() == [0, 0, 0]
    assert normalize(np.empty(0, np.float32)).tolist() == []
