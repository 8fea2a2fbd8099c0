import numpy as np

from recommender.interactions import build_item_features
from recommender.ranking.content import fit_content
from recommender.ranking.ranker import Query, Reason, Why

TITLES = ["red tin lantern", "blue tin lantern", "red paper cards", "blue paper cards", "unlike anything"]


def arm():
    return fit_content(build_item_features(TITLES, [[]] * 5, np.full(5, np.nan)))


def asking(item):
    return Query(context=np.array([item], np.int32))


def test_what_shares_most_words_is_closest():
    scores = arm().score(asking(0))

    assert scores.argmax() == 1
    assert 0 < scores[2] < scores[1]


def test_what_shares_no_word_says_nothing():
    assert arm().score(asking(0))[4] == 0
    assert not arm().score(asking(4)).any()
    assert arm().explain(asking(4), 0) is None


def test_the_reason_is_the_closest_of_what_was_asked_with():
    both = Query(context=np.array([2, 0], np.int32))

    assert arm().explain(both, 1) == Reason(Why.SIMILAR, 0)


def test_a_shop_without_words_has_nothing_to_say():
    empty = fit_content(build_item_features(["", ""], [[], []], np.full(2, np.nan)))

    assert not empty.score(asking(0)).any()
