import numpy as np
import pytest

from recommender.prediction.session import FEATURES, LONGEST_PAUSE, MOST_ITEMS, STEPS, Session, Visitor, fold


def told(visit, seconds=0.0, visitor=None):
    return dict(zip(FEATURES, visit.features(seconds, visitor or Visitor()).tolist(), strict=True))


def test_a_visit_comes_to_the_numbers_it_is_made_of():
    visit = fold(
        [
            ("item_viewed", 0, 7),
            ("item_viewed", 30, 8),
            ("item_viewed", 50, 7),
            ("search_made", 60, None),
            ("cart_added", 80, 7),
            ("cart_added", 90, 8),
            ("cart_removed", 100, 8),
            ("item_dismissed", 110, 9),
        ]
    )

    assert told(visit, 140, Visitor(is_returning=True, prior_orders=3, hour=20.5, weekday=5)) == {
        "views": 3,
        "distinct_items": 2,
        "repeats": 1,
        "adds": 2,
        "removals": 1,
        "cart_size": 1,
        "searches": 1,
        "dwell": 110,
        "last_step": STEPS.index("item_dismissed"),
        "seconds_since_last": 30,
        "is_returning": 1,
        "prior_orders": 3,
        "hour": 20.5,
        "weekday": 5,
    }


def test_a_visit_may_begin_with_a_cart():
    visit = Session(cart=frozenset({1, 2})).after("cart_removed", 3, 1)

    assert told(visit)["cart_size"] == 1


@pytest.mark.parametrize("seconds", [-50.0, 5.0, float("nan"), float("-inf"), float("inf")])
def test_a_clock_that_goes_back_or_mad_counts_as_not_having_moved(seconds):
    visit = fold([("item_viewed", 20, 1), ("item_viewed", seconds, 2)])

    assert (visit.last_at, visit.dwell, visit.views) == (20, 20, 2)
    assert told(visit, seconds)["seconds_since_last"] == 0


def test_a_tab_left_open_is_no_dwelling():
    visit = fold([("item_viewed", 0, 1), ("item_viewed", 86_400, 2)])

    assert visit.dwell == LONGEST_PAUSE


@pytest.mark.parametrize("kind", ["order_placed", "", "none", "Item_Viewed"])
def test_an_unknown_kind_changes_nothing(kind):
    visit = Session().after("item_viewed", 4, 1)

    assert visit.after(kind, 9, 2) == visit


def test_an_event_without_an_item_counts_but_names_none():
    visit = fold([("item_viewed", 1, None), ("cart_added", 2, None), ("cart_removed", 3, None)])

    assert (visit.views, visit.adds, visit.removals, visit.seen, visit.cart) == (1, 1, 1, frozenset(), frozenset())


def test_a_program_that_looks_at_ten_thousand_items_stays_small():
    visit = fold(("item_viewed", n / 10, n) for n in range(10_000))

    assert visit.views == 10_000
    assert len(visit.seen) == MOST_ITEMS
    assert np.isfinite(visit.features(1e9, Visitor(prior_orders=-1, hour=25.0, weekday=9))).all()
