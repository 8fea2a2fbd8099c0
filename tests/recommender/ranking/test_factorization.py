import sys

import numpy as np
import pytest

from recommender.errors import EngineUnavailable
from recommender.ranking.factorization import EPOCHS, Factorization, factorization, fit_factorization, load_engine
from recommender.ranking.ranker import Query, Reason, Why


def fit(little, **changes):
    return fit_factorization(little.interactions, little.features, **{"seed": 1, "threads": 1, **changes})


def tiny() -> Factorization:
    users = np.array([[1, 0, 1], [0, 0, 0]], np.float32)
    items = np.array([[2, 0, 0], [1, 0, 0.5], [0, 3, 0], [-1, 0, 0]], np.float32)
    return factorization(users, items)


def test_with_one_thread_the_seed_alone_decides(little):
    first, second, other = fit(little), fit(little), fit(little, seed=2)

    assert np.array_equal(first.items, second.items)
    assert np.array_equal(first.users, second.users)
    assert not np.array_equal(first.items, other.items)


def test_tastes_are_learned(little, arms):
    arm = next(one for one in arms if one.name == "factorization")
    best = [int(arm.score(Query(user=person)).argmax()) % 3 for person in range(90)]

    assert np.mean([taste == person % 3 for person, taste in enumerate(best)]) > 0.9


def test_progress_is_told_after_each_epoch(little):
    heard = []
    fit(little, progress=heard.append)

    assert heard == [epoch / EPOCHS for epoch in range(1, EPOCHS + 1)]


def test_scores_are_standardized_and_cut_off():
    raw = np.array([2, 1.5, 0, -1])

    assert tiny().score(Query(user=0)).tolist() == pytest.approx(np.maximum((raw - raw.mean()) / raw.std(), 0).tolist())


def test_somebody_nothing_was_learned_about_says_nothing_until_they_look_around():
    arm = tiny()

    assert not arm.score(Query(user=1)).any()
    assert not arm.score(Query(user=7)).any()
    assert arm.score(Query(user=1, viewed=np.array([2], np.int32))).argmax() == 2


def test_people_without_orders_get_no_vector_by_chance(little):
    before = little.interactions.between(0, int(little.interactions.occurred_at[40]))
    arm = fit_factorization(before, little.features, seed=1, threads=1)
    active = np.unique(before.user[before.user >= 0])

    assert sorted(np.flatnonzero(arm.users.any(axis=1))) == sorted(active)


def test_the_reason_is_the_closest_of_what_was_asked_with_and_never_the_item_itself():
    query = Query(0, np.array([0, 2], np.int32), np.ones(2, np.float32), np.zeros(2, np.float32))

    assert tiny().explain(query, 1) == Reason(Why.TASTE, 0)
    assert tiny().explain(query, 2) == Reason(Why.TASTE)
    assert tiny().explain(Query(user=0), 1) == Reason(Why.TASTE)


def test_where_lightfm_does_not_load_that_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightfm", None)

    with pytest.raises(EngineUnavailable, match="needs a C compiler"):
        load_engine()
