import numpy as np
import pytest

from recommender.ranking.baselines import PersonalFrequency, fit_recent_popularity
from recommender.ranking.ranker import Query, Reason, Why
from recommender.ranking.together import LARGEST_BASKET, NEIGHBOURS, SHRINKAGE, fit_bought_together
from recommender.split import DAY
from tests.recommender.little import START, rows

NOW = (START // DAY + 100) * DAY  # midnight, so that ages are whole days


def test_a_sale_counts_half_after_a_week():
    arm = fit_recent_popularity(rows((0, 0, 99, 0), (1, 1, 92, 1)), now=NOW)

    assert arm.popularity[1] / arm.popularity[0] == pytest.approx(0.5)


def test_one_person_counts_once_a_day_and_each_guest_by_themselves():
    arm = fit_recent_popularity(
        rows((0, 0, 99, 0), (0, 0, 99, 1), (-1, 1, 99, 2), (-1, 1, 99, 3), (1, 1, 99, 4)), now=NOW
    )

    assert arm.popularity[1] / arm.popularity[0] == pytest.approx(3)
    assert arm.buyers.tolist() == [1, 3]


def test_buyers_are_those_of_the_last_thirty_days():
    arm = fit_recent_popularity(rows((0, 0, 99, 0), (0, 0, 95, 1), (1, 0, 60, 2)), now=NOW)

    assert arm.explain(Query(), 0) == Reason(Why.POPULAR, count=1)


def test_a_look_counts_for_less_than_a_sale_and_is_no_buyer():
    looked = rows((0, 0, 99, -1), (1, 1, 99, 0))
    weights = np.where(looked.basket < 0, 0.1, 1).astype(np.float32)
    looked = type(looked)(looked.user, looked.item, weights, looked.occurred_at, looked.basket, 2, 2)
    arm = fit_recent_popularity(looked, now=NOW)

    assert arm.popularity[0] / arm.popularity[1] == pytest.approx(0.1)
    assert arm.buyers.tolist() == [0, 1]


def test_personal_frequency_is_more_often_and_more_lately_first():
    arm = PersonalFrequency(4, half_life_days=10)
    query = Query(0, np.array([0, 0, 1, 2], np.int32), np.ones(4, np.float32), np.array([0, 0, 0, 10], np.float32))

    assert arm.score(query).tolist() == pytest.approx([2**0.5, 1, 0.5**0.5, 0])
    assert arm.explain(query, 0) == Reason(Why.BOUGHT_BEFORE, 0, 2)
    assert arm.explain(query, 3) is None


def test_strength_by_hand():
    # 0 and 1 share two baskets; 0 is in three, 1 in two; all at the moment of asking
    interactions = rows((0, 0, 9, 0), (0, 1, 9, 0), (-1, 0, 9, 1), (-1, 1, 9, 1), (1, 0, 9, 2), (1, 2, 9, 2))
    arm = fit_bought_together(interactions, now=int(interactions.occurred_at[-1]))
    scores = arm.score(Query(context=np.array([1], np.int32)))

    assert scores[0] == pytest.approx(2 / (3 * 2) ** 0.5 * 2 / (2 + SHRINKAGE))
    assert scores[1] == scores[2] == 0
    assert arm.explain(Query(context=np.array([1], np.int32)), 0) == Reason(Why.BOUGHT_TOGETHER, 1, 2)


def test_an_old_pair_is_weaker_than_a_new_one():
    old_and_new = rows((0, 0, 1, 0), (0, 1, 1, 0), (1, 0, 361, 1), (1, 2, 361, 1))
    arm = fit_bought_together(old_and_new, now=int(old_and_new.occurred_at[-1]))

    # two half-lives: the pair counts a quarter, and so does the popularity of the old neighbour
    scores = arm.score(Query(context=np.array([0], np.int32)))
    assert scores[1] / scores[2] == pytest.approx(0.25 / 0.5)


def test_the_same_line_twice_in_a_basket_is_one():
    once = fit_bought_together(rows((0, 0, 9, 0), (0, 1, 9, 0)), now=NOW)
    twice = fit_bought_together(rows((0, 0, 9, 0), (0, 0, 9, 0), (0, 1, 9, 0)), now=NOW)

    assert np.array_equal(once.strength, twice.strength)


def test_what_has_no_basket_and_whole_warehouses_say_nothing_about_pairs():
    loose = [(0, 0, 9, -1), (0, 1, 9, -1)]
    warehouse = [(0, item, 9, 0) for item in range(LARGEST_BASKET + 1)]

    assert not fit_bought_together(rows(*loose, *warehouse), now=NOW).strength.any()


def test_only_the_best_neighbours_are_kept_strongest_first():
    told = [(0, item, 9, basket) for basket in range(3) for item in range(NEIGHBOURS + 40 - basket * 20)]
    arm = fit_bought_together(rows(*told), now=NOW)

    assert arm.neighbours.shape == (NEIGHBOURS + 40, NEIGHBOURS)
    assert (np.diff(arm.strength, axis=1) <= 0).all()
    assert not (arm.neighbours == np.arange(NEIGHBOURS + 40)[:, None])[arm.strength > 0].any()


def test_guests_count_for_baskets():
    arm = fit_bought_together(rows((-1, 0, 9, 0), (-1, 1, 9, 0), users=1), now=NOW)

    assert arm.together[0, 0] == 1


def test_a_shop_without_orders_has_nothing_to_say():
    empty = rows((0, 0, 9, 0), items=3).between(0, 0)

    assert not fit_recent_popularity(empty, now=NOW).popularity.any()
    assert not fit_bought_together(empty, now=NOW).strength.any()
