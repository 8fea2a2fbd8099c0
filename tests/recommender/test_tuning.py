import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluate import evaluate
from recommender.questions import ask
from recommender.ranking.blend import FILL, Blend
from recommender.split import choose_windows
from recommender.train import FIRST_CHOICE
from recommender.tuning import judge_on, learn_weights
from tests.recommender.little import quick


def test_a_climb_finds_the_hill():
    def judge(weights):
        return -abs(weights.get("one", 0) - 2) - abs(weights.get("two", 0) - 0.25)

    assert learn_weights(["one", "two"], {"one": 1.0}, judge) == {"one": 2.0, "two": 0.25}


def test_nothing_gained_keeps_the_start():
    assert learn_weights(["one", "two"], {"one": 0.3}, lambda _: 1.0) == {"one": 0.3}


def test_popularity_is_never_taken_away():
    found = learn_weights(
        ["recent_popularity"], {"recent_popularity": 1.0, "one": 1.0}, lambda w: -w["recent_popularity"]
    )

    assert found["recent_popularity"] == FILL


@quick
@given(st.integers(0, 10_000), st.dictionaries(st.sampled_from("abc"), st.floats(0.1, 4), min_size=1))
def test_learned_weights_are_never_worse_than_the_start(seed, start):
    def judge(weights):  # as rough as can be, and always the same
        told = sum(round(weight * 100) * (ord(name) - 90) for name, weight in sorted(weights.items()))
        return float(np.random.default_rng([seed, told]).random())

    assert judge(learn_weights(list("abc"), start, judge)) >= judge(start)


@pytest.mark.parametrize("purpose", ["home", "product", "cart"])
def test_the_quick_judge_agrees_with_the_full_evaluation(little, arms, purpose):
    windows = choose_windows(little.interactions)
    questions = ask(purpose, little.interactions, windows.test_start, windows.end, seed=1)
    full = evaluate(Blend(arms, FIRST_CHOICE[purpose]), purpose, questions)

    assert judge_on(arms, questions)(FIRST_CHOICE[purpose]) == pytest.approx(full.quality, abs=1e-3)


def test_without_questions_nothing_is_better_than_anything(arms):
    judge = judge_on(arms, [])

    assert learn_weights([arm.name for arm in arms], FIRST_CHOICE["cart"], judge) == FIRST_CHOICE["cart"]
