from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.evaluate import Report, compare, decide, evaluate, evaluate_blends, joined, measure
from recommender.questions import Question
from recommender.ranking.blend import Blend
from recommender.ranking.ranker import NO_ITEMS, Query
from recommender.split import LEAST_JUDGES
from tests.recommender.little import quick


def items(*numbers):
    return np.array(numbers, np.int32)


@dataclass(frozen=True)
class Fixed:
    """A ranker that says the same to everybody."""

    scores: tuple[float, ...]
    name: str = "fixed"

    def score(self, query):  # noqa: ARG002 - the protocol asks
        return np.array(self.scores, np.float32)

    def explain(self, query, item):  # noqa: ARG002 - the protocol asks
        return None

    def arrays(self):
        return {}


def question(wanted, count=4, hidden=NO_ITEMS, person=0):
    return Question(Query(), wanted, np.zeros(count, bool), hidden, person)


def report(ndcg, name="candidate", person=None):
    ndcg = np.array(ndcg, np.float64)
    return Report(name, "home", ndcg, ndcg, ndcg, np.arange(len(ndcg)) if person is None else np.array(person), 0.1)


def test_ndcg_by_hand():
    ndcg, recall, hit = measure(items(7, 3, 9), items(3, 9, 11))

    # found at places 2 and 3; three could have stood at 1, 2 and 3
    assert ndcg == pytest.approx((1 / np.log2(3) + 1 / 2) / (1 + 1 / np.log2(3) + 1 / 2))
    assert recall == pytest.approx(2 / 3)
    assert hit == 1


def test_a_perfect_list_is_one_also_where_more_is_wanted_than_shown():
    assert measure(np.arange(20, dtype=np.int32), np.arange(30, dtype=np.int32)) == (
        pytest.approx(1),
        pytest.approx(20 / 30),
        1,
    )


def test_what_stands_after_the_tenth_place_counts_for_recall_only():
    assert measure(np.arange(20, dtype=np.int32), items(10)) == (0, 1, 0)


def test_an_empty_list_is_worth_nothing():
    assert measure(NO_ITEMS, items(1)) == (0, 0, 0)


@quick
@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_ndcg_lies_between_zero_and_one_and_moving_a_hit_forward_never_hurts(order, wanted):
    wanted = items(*sorted(wanted))
    ranked = items(*order)
    hits = np.isin(ranked, wanted)
    forward = items(*ranked[hits], *ranked[~hits])

    assert 0 <= measure(ranked, wanted)[0] <= measure(forward, wanted)[0] <= 1 + 1e-9


def test_a_ranker_is_judged_on_every_question():
    found = evaluate(Fixed((4, 3, 2, 1)), "home", [question(items(0), person=8), question(items(1), person=9)])

    assert found.ndcg.tolist() == pytest.approx([1, 1 / np.log2(3)])
    assert found.person.tolist() == [8, 9]
    assert found.quality == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert found.to_dict()["hit_rate_at_10"] == 1


def test_coverage_is_the_share_of_items_on_sale_that_were_shown():
    asked = replace(question(items(0)), not_on_sale=np.array([False, False, False, True]))

    assert evaluate(Fixed((4, 0, 0, 9)), "home", [asked]).coverage == pytest.approx(1 / 3)


def test_what_a_question_hides_is_not_listed():
    assert evaluate(Fixed((4, 3, 2, 1)), "home", [question(items(1), hidden=items(0))]).quality == 1


def test_no_questions_is_no_quality_and_no_fault():
    assert evaluate(Fixed((1, 0)), "cart", []).to_dict()["ndcg_at_10"] == 0


def test_blends_are_judged_as_they_would_serve():
    arms = (Fixed((4, 3, 2, 1), "one"), Fixed((0, 0, 9, 1), "two"))
    asked = [question(items(2)), question(items(1, 3))]
    weights = {"one": 0.5, "two": 0.3}

    together = evaluate_blends(arms, {"blend": weights, "alone": {"one": 1}}, "home", asked)
    assert together["blend"].ndcg.tolist() == evaluate(Blend(arms, weights), "home", asked).ndcg.tolist()
    assert together["alone"].ndcg.tolist() == evaluate(arms[0], "home", asked).ndcg.tolist()


def test_joined_reports_hold_the_questions_of_all():
    found = joined("home", [report([1, 0]), report([0.5])])

    assert found.quality == pytest.approx(0.5)
    assert len(found.person) == 3


def test_the_same_ranker_passes_with_no_difference():
    found = compare(report(np.linspace(0, 1, 50)), report(np.linspace(0, 1, 50), "rival"), seed=1)

    assert (found.difference, found.low, found.high, found.is_passed) == (0, 0, 0, True)


def test_clearly_better_passes_and_clearly_worse_does_not():
    better, worse = report(np.full(50, 0.5)), report(np.full(50, 0.4), "rival")

    assert compare(better, worse, seed=1).is_passed
    assert not compare(worse, better, seed=1).is_passed
    assert compare(better, worse, seed=1).difference == pytest.approx(0.25)


def test_a_hair_below_is_refused_however_certain():
    assert not compare(report(np.full(500, 0.499)), report(np.full(500, 0.5), "rival"), seed=1).is_passed


def test_better_on_average_but_uncertain_is_refused():
    rival = np.full(40, 0.5)
    candidate = rival + np.where(np.arange(40) % 2, 0.45, -0.4)
    found = compare(report(candidate), report(rival, "rival"), seed=1)

    assert found.difference > 0
    assert found.low < -0.02
    assert not found.is_passed


def test_a_little_loss_at_the_lower_end_is_borne():
    rival = np.full(400, 0.5)
    candidate = rival + np.where(np.arange(400) % 2, 0.05, -0.049)
    found = compare(report(candidate), report(rival, "rival"), seed=1)

    assert -0.02 < found.low < 0 < found.difference
    assert found.is_passed


def test_a_person_counts_once_however_often_they_asked():
    """One regular with a thousand baskets cannot make a ranker look certain."""
    person = [*range(30), *[30] * 1000]
    candidate = report([0.5] * 30 + [0.9] * 1000, person=person)
    rival = report([0.6] * 30 + [0.5] * 1000, "rival", person=person)
    by_person = compare(candidate, rival, seed=1)
    by_question = compare(replace(candidate, person=np.arange(1030)), replace(rival, person=np.arange(1030)), seed=1)

    assert by_question.is_passed
    assert by_person.people == 31
    assert not by_person.is_passed


def test_too_few_people_prove_nothing():
    count = LEAST_JUDGES - 1
    found = compare(report(np.ones(count)), report(np.full(count, 0.1), "rival"), seed=1)

    assert not found.is_enough
    assert not found.is_passed


@pytest.mark.parametrize("count", [0, 50])
def test_where_nothing_is_ever_right_nothing_can_be_told(count):
    assert not compare(report(np.zeros(count)), report(np.zeros(count), "rival"), seed=1).is_passed


def test_reports_of_other_questions_are_not_compared():
    with pytest.raises(ValueError, match="same questions"):
        compare(report([1, 1]), report([1, 1], person=[4, 5]), seed=1)
    with pytest.raises(ValueError, match="same questions"):
        compare(report([1, 1]), replace(report([1, 1]), task="cart"), seed=1)


def test_the_gate_asks_for_all_rivals():
    candidate, weak, strong = (
        report(np.full(50, 0.5)),
        report(np.full(50, 0.4), "weak"),
        report(np.full(50, 0.6), "strong"),
    )

    assert decide(candidate, [weak], seed=1).is_promoted
    refused = decide(candidate, [weak, strong], seed=1)
    assert not refused.is_promoted
    assert refused.decisive.rival == "strong"
    assert len(refused.comparisons) == 2


@quick
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=LEAST_JUDGES, max_size=60), st.integers(0, 9))
def test_the_interval_holds_the_point_and_no_two_rankers_beat_each_other(pairs, seed):
    mine, theirs = (report([pair[n] for pair in pairs], name) for n, name in enumerate(("mine", "theirs")))
    there, back = compare(mine, theirs, seed=seed), compare(theirs, mine, seed=seed)

    assert there.low <= there.high
    assert not (there.is_passed and back.is_passed) or there.difference == back.difference == 0
