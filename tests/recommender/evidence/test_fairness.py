import json

import numpy as np
import pytest

from recommender.evidence.fairness import fairness_table


def people(group, count, said, happened, selected):
    """`count` people of whom so many shares came true and were selected, spread independently of each other."""
    ranks = np.arange(count) / count
    return [group] * count, np.full(count, said), ranks < happened, ranks[::-1] < selected


def table(*parts):
    groups, score, outcome, selected = zip(*parts, strict=True)
    return fairness_table(
        [name for each in groups for name in each],
        np.concatenate(score),
        np.concatenate(outcome),
        np.concatenate(selected),
    )


def test_groups_that_are_treated_alike_need_nobody_to_look():
    rows = table(people("phone", 400, 0.3, 0.3, 0.2), people("desktop", 300, 0.3, 0.31, 0.19))

    assert [(row.group, row.people) for row in rows] == [("phone", 400), ("desktop", 300)]
    assert not any(row.must_look for row in rows)
    assert rows[0].ratio == 1
    assert rows[1].ratio == pytest.approx(0.95)


def test_a_group_selected_less_than_four_fifths_as_often_makes_a_person_look():
    first, second = table(people("AT", 400, 0.3, 0.3, 0.3), people("DE", 300, 0.3, 0.3, 0.15))

    assert not first.must_look
    assert second.reasons == ("selected_less",)


def test_a_ratio_that_chance_explains_makes_nobody_look():
    _, second = table(people("AT", 60, 0.3, 0.3, 0.10), people("DE", 55, 0.3, 0.3, 0.05))

    assert second.ratio < 0.8
    assert not second.must_look


@pytest.mark.parametrize(("said", "reason"), [(0.5, "said_too_much"), (0.1, "said_too_little")])
def test_a_predictor_that_says_too_much_or_too_little_of_a_group_makes_a_person_look(said, reason):
    row, _ = table(people("new", 400, said, 0.3, 0.2), people("old", 300, 0.3, 0.3, 0.2))

    assert row.reasons == (reason,)
    assert row.gap == pytest.approx(said - 0.3)
    assert row.gap_low < row.gap < row.gap_high


def test_a_gap_that_is_only_a_little_too_large_is_no_proof():
    row, _ = table(people("new", 400, 0.36, 0.3, 0.2), people("old", 300, 0.3, 0.3, 0.2))

    assert row.gap > 0.05
    assert not row.must_look


def test_a_few_people_make_nobody_look_and_are_no_measure_for_others():
    rows = table(people("AT", 400, 0.3, 0.3, 0.2), people("LI", 10, 0.9, 0.0, 1.0), people("CH", 20, 0.3, 0.3, 0.0))

    assert [row.must_look for row in rows] == [False, False, False]
    assert rows[0].ratio == 1
    assert not rows[2].is_enough


def test_a_rare_thing_that_happened_to_nobody_is_no_proof_either():
    row, _ = table(people("new", 60, 0.06, 0.0, 0.2), people("old", 50, 0.06, 0.06, 0.2))

    assert row.gap == pytest.approx(0.06)
    assert not row.must_look


def test_where_nobody_is_selected_there_is_no_ratio():
    assert [row.ratio for row in table(people("a", 60, 0.3, 0.3, 0), people("b", 60, 0.3, 0.3, 0))] == [None, None]


def test_nobody_makes_an_empty_table():
    none = np.array([], bool)

    assert fairness_table([], np.array([]), none, none) == []


def test_a_row_can_be_kept_as_json():
    told = json.loads(json.dumps(table(people("AT", 400, 0.5, 0.3, 0.3))[0].to_dict()))

    assert told["must_look"]
    assert told["reasons"] == ["said_too_much"]


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="differ in length"):
        fairness_table(["a"], np.array([0.1, 0.2]), np.array([True]), np.array([True]))
    with pytest.raises(ValueError, match="outside"):
        fairness_table(["a"], np.array([1.2]), np.array([True]), np.array([True]))
