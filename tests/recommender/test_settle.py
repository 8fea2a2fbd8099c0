"""Who serves: four invented arms, of which each question makes the truth known."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from recommender.questions import Question
from recommender.ranking.blend import single
from recommender.ranking.ranker import NO_ITEMS, Query
from recommender.settle import Mixes, settle

ITEMS, PEOPLE = 30, 60


@dataclass(frozen=True)
class Knowing:
    """An arm that puts the wanted item first for a share of the people, and elsewhere for the rest."""

    name: str
    knows: frozenset[int] = field(default_factory=frozenset)

    def score(self, query):
        scores = np.zeros(ITEMS, np.float32)
        scores[query.user % 7 if query.user in self.knows else ITEMS - 1] = 1
        return scores

    def explain(self, query, item):  # noqa: ARG002 - the protocol asks
        return None

    def arrays(self):
        return {}


def arms(popular=0, together=0, frequent=0, content=0, lightfm=0):
    """Let each arm know that many people: the first ones, but LightFM the last."""
    return (
        Knowing("recent_popularity", frozenset(range(popular))),
        Knowing("bought_together", frozenset(range(together))),
        Knowing("personal_frequency", frozenset(range(frequent))),
        Knowing("content", frozenset(range(content))),
        Knowing("factorization", frozenset(range(PEOPLE - lightfm, PEOPLE))),
    )


def asked(people=PEOPLE, task="product"):
    closed = np.zeros(ITEMS, bool)
    return {
        task: [Question(Query(user=one), np.array([one % 7], np.int32), closed, NO_ITEMS, one) for one in range(people)]
    }


def verdict(fitted, full, plain, serving=None, people=PEOPLE):
    return settle("product", fitted, Mixes(full, plain), serving, asked(people), seed=1)


PLAIN = {"bought_together": 1.0, "content": 0.9}
FULL = {**PLAIN, "factorization": 0.8}


def test_the_full_blend_serves_where_lightfm_adds_something():
    found = verdict(arms(together=20, content=30, lightfm=20), FULL, PLAIN)

    assert (found.outcome, found.serves, found.weights) == ("promoted", "blend", FULL)
    assert [one.rival for one in found.comparisons] == ["bought_together", "blend_without_lightfm"]
    assert found.sentence.startswith("The new blend serves. It is ")
    assert "better than what is bought together" in found.sentence
    assert found.brings["factorization"] > 0


def test_the_simpler_blend_serves_where_lightfm_adds_nothing():
    found = verdict(arms(together=20, content=40), {**PLAIN, "factorization": 4.0}, PLAIN)

    assert (found.outcome, found.serves, found.weights) == ("promoted", "blend_without_lightfm", PLAIN)
    assert "LightFM was left out: with it, the blend is" in found.sentence
    assert found.brings["factorization"] < 0


def test_a_blend_with_nothing_from_lightfm_is_the_simpler_blend():
    found = verdict(arms(together=20, content=40), PLAIN, PLAIN)

    assert found.serves == "blend_without_lightfm"
    assert "LightFM" not in found.sentence.removeprefix("The new blend without LightFM")


def test_the_best_simple_arm_serves_alone_where_no_blend_is_good_enough():
    found = verdict(arms(together=40, content=0), {"content": 1.0}, {"content": 1.0})

    assert (found.outcome, found.serves, found.weights) == ("simple", "bought_together", single("bought_together"))
    assert found.sentence.endswith("What is bought together serves alone.")
    assert "worse than what is bought together" in found.sentence


def test_what_serves_stays_where_the_new_is_not_as_good():
    fitted = arms(together=20, content=40)
    found = verdict(fitted, single("bought_together"), single("bought_together"), serving=PLAIN)

    assert (found.outcome, found.serves, found.weights) == ("kept", "in_service", PLAIN)
    assert found.sentence.endswith("What serves now stays.")


def test_what_serves_goes_where_a_simple_arm_has_become_better():
    found = verdict(arms(together=40), {"content": 1.0}, {"content": 1.0}, serving={"factorization": 1.0})

    assert (found.outcome, found.serves) == ("simple", "bought_together")


def test_the_new_must_pass_against_what_serves_too():
    fitted = arms(together=20, content=30, lightfm=20)
    found = verdict(fitted, PLAIN, PLAIN, serving=FULL)

    assert (found.outcome, found.weights) == ("kept", FULL)
    assert {"bought_together", "in_service"} <= {one.rival for one in found.comparisons}


def test_the_same_again_may_take_over():
    found = verdict(arms(together=20, content=40), PLAIN, PLAIN, serving=PLAIN)

    assert found.outcome == "promoted"


def test_what_served_with_an_absent_arm_is_judged_by_what_is_left_of_it():
    without_lightfm = arms(together=20, content=40)[:4]
    found = verdict(without_lightfm, PLAIN, PLAIN, serving={"factorization": 1.0})
    left = verdict(
        without_lightfm, {"content": 0.1}, {"content": 0.1}, serving={**PLAIN, "factorization": 1.0, "oracle": 2}
    )

    assert found.outcome == "promoted"
    assert "in_service" not in {one.rival for one in found.comparisons}
    assert left.weights.keys() <= {arm.name for arm in without_lightfm}


@pytest.mark.parametrize("people", [0, 1, 19])
def test_where_too_few_can_judge_the_simple_one_serves_however_good_the_blend(people):
    found = verdict(arms(together=5, content=60, lightfm=60), FULL, PLAIN, people=people)

    assert found.outcome == "simple"
    assert f"Only {people} people could judge, and 20 are needed." in found.sentence


def test_home_is_judged_by_what_is_bought_again_and_by_what_is_new():
    fitted = arms(together=20, frequent=30, content=40)
    both = {**asked(task="home"), **asked(task="home_new")}
    found = settle("home", fitted, Mixes(PLAIN, PLAIN), None, both, seed=1)

    assert {one.task for one in found.reports} == {"home", "home_new"}
    assert found.comparisons[0].questions == 2 * PEOPLE
    assert found.comparisons[0].people == PEOPLE
    assert found.best_simple == "personal_frequency"


def test_where_nobody_has_a_history_personal_frequency_is_no_rival():
    found = verdict(arms(together=10, frequent=60), PLAIN, PLAIN)

    assert found.best_simple == "bought_together"
    assert "personal_frequency" not in {one.ranker for one in found.reports}


def test_the_verdict_is_told_in_plain_json():
    told = verdict(arms(together=20, content=30, lightfm=20), FULL, PLAIN).to_dict()

    assert told["is_promoted"] is True
    assert {one["ranker"] for one in told["quality"]} >= {"content", "blend", "blend_without_lightfm"}
    assert {one["candidate"] for one in told["comparisons"]} <= told["in_words"].keys()
    assert replace(verdict(arms(together=40), PLAIN, PLAIN), outcome="kept").to_dict()["is_promoted"] is False
