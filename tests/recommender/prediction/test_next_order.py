"""In how many days somebody orders again: told, judged on earlier days, kept, and never pretended."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.prediction import stored
from recommender.prediction.date_trial import conformal_margin
from recommender.prediction.features import NAMES, features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.next_order import choose_window, fit_next_order
from recommender.prediction.predictor import Kind
from tests.recommender.little import quick

NOW = 20_000.0


def make_shop(people=400, days=500, seed=5, scale=35.0):
    """Invent people who come back after log-normal gaps of their own; a fifth of them have left for good."""
    chance = np.random.default_rng(seed)
    customer, day = [], []
    for person in range(people):
        own = np.log(scale) + 0.6 * chance.standard_normal()
        at = NOW - days + chance.random() * days * 0.8
        end = at + 60 if person % 5 == 0 else NOW + 90
        while at < end:
            customer.append(person)
            day.append(at)
            at += max(1.0, np.exp(own + 0.4 * chance.standard_normal()))
    return Purchases(np.array(customer), np.array(day), np.full(len(day), 20.0), people)


@pytest.fixture(scope="module")
def shop():
    return make_shop()


@pytest.fixture(scope="module")
def trained(shop):
    return fit_next_order(shop, NOW, window_days=90.0, seed=1)


def judged(shop, trained):
    soonest = np.full(shop.customer_count, np.inf)
    later = shop.between(NOW, NOW + 90)
    np.minimum.at(soonest, later.customer, later.day - NOW)
    estimate = trained.predictor.predict(shop, NOW)
    return soonest, estimate, np.isfinite(soonest) & (shop.before(NOW).counts() > 0)


def test_dates_are_nearer_than_the_persons_mean_gap_on_the_days_that_judge(trained):
    off = {one["name"]: one["median_error_days"] for one in trained.report["methods"]}

    assert off[trained.report["serves"]] < off["person_gap"]


def test_the_interval_holds_about_eight_in_ten(shop, trained):
    wait, estimate, is_back = judged(shop, trained)
    inside = (wait >= estimate.low) & (wait <= estimate.high)

    assert 0.7 < inside[is_back & estimate.is_known].mean() < 0.9
    assert 0.7 < trained.report["coverage"]["happened"] < 0.9
    assert (estimate.low <= estimate.value).all()
    assert (estimate.value <= estimate.high).all()


def test_who_was_away_for_long_is_told_no_date_but_what_is_usual(shop, trained):
    estimate = trained.predictor.predict(shop, NOW)
    nobody = Purchases([0], [NOW - 5], [1.0], 2)
    unknown = trained.predictor.predict(nobody, NOW)

    gone = trained.predictor.predict(Purchases([0], [NOW - 2000], [1.0], 1), NOW)
    assert not gone.is_known[0]
    assert gone.value[0] == trained.predictor.rhythm.usual[1]
    assert not unknown.is_known[1]
    assert estimate.is_known.any()


def test_taking_the_reason_away_moves_the_number_by_its_effect(shop, trained):
    predictor = trained.predictor
    estimate = predictor.predict(shop, NOW)
    customers = np.flatnonzero(estimate.is_known)[:5].astype(np.int32)
    found = features_at(shop, NOW)
    for customer, reasons in zip(customers, predictor.explain(shop, NOW, customers), strict=True):
        assert 1 <= len(reasons) <= 3
        row = found.table[found.rows == customer].copy()
        row[0, NAMES.index(reasons[0].feature)] = reasons[0].typical
        assert predictor._tell(row)[0][0, 1] == pytest.approx(estimate.value[customer] - reasons[0].effect)


def test_later_orders_are_not_looked_at(shop, trained):
    again = fit_next_order(shop.before(NOW), NOW, window_days=90.0, seed=1)

    assert json.dumps(again.report) == json.dumps(trained.report)
    seen, unseen = (trained.predictor.predict(one, NOW).value for one in (shop, shop.before(NOW)))
    assert np.array_equal(seen, unseen)


def test_a_stored_predictor_says_the_same(shop, trained, tmp_path):
    stored.save(tmp_path / "people", {Kind.NEXT_ORDER: trained.predictor})
    back = stored.load(tmp_path / "people")[Kind.NEXT_ORDER]

    assert back.name == trained.predictor.name
    for one, other in zip(
        vars(back.predict(shop, NOW)).values(), vars(trained.predictor.predict(shop, NOW)).values(), strict=True
    ):
        assert np.array_equal(one, other)


def test_what_serves_is_kept_or_replaced_by_the_same_gate(shop, trained):
    again = fit_next_order(shop, NOW, window_days=90.0, serving=trained.predictor, seed=1)

    assert again.outcome in {"promoted", "kept", "simple"}
    assert "in_service" in {one["name"] for one in again.report["methods"]}


@pytest.mark.parametrize(
    ("purchases", "word"),
    [
        (Purchases([], [], [], 0), "No order"),
        (Purchases([], [], [], 11), "No order"),
        (Purchases([0], [NOW - 3], [5.0], 1), "3 days long"),
        (Purchases(np.arange(11), np.full(11, NOW - 300), np.ones(11), 11), "Too few people"),
        (Purchases([0] * 9, [NOW - 200] * 9, [5.0] * 9, 1), "Too few people"),
        (Purchases([0], [NOW + 3], [5.0], 1), "No order"),
    ],
)
def test_a_shop_that_cannot_know_is_told_so(purchases, word):
    told = fit_next_order(purchases, NOW, seed=1)

    assert (told.predictor, told.outcome) == (None, "none")
    assert word in told.sentence


def test_with_eleven_customers_a_plain_rule_serves_and_says_why():
    told = fit_next_order(make_shop(people=11), NOW, seed=1)

    assert (told.outcome, told.predictor.name) == ("simple", "shrunken_gap")
    assert "could judge" in told.sentence


def test_a_wholesaler_with_ten_thousand_orders_bends_nobody_else():
    shop = make_shop(people=60)
    chance = np.random.default_rng(2)
    day = np.r_[shop.day, NOW - 500 * chance.random(10_000)]
    both = Purchases(np.r_[shop.customer, np.full(10_000, 60)], day, np.ones(len(day)), 61)
    told = fit_next_order(both, NOW, window_days=90.0, seed=1)

    estimate = told.predictor.predict(both, NOW)
    assert estimate.value[60] < 10 < np.median(estimate.value[:60])


def test_a_window_is_three_gaps_as_far_as_the_history_reaches(shop):
    assert 14 <= choose_window(shop.before(NOW), NOW) <= 180
    assert choose_window(shop.between(NOW - 50, NOW), NOW) <= 20


def test_a_margin_widens_what_was_too_narrow_and_narrows_what_was_too_wide():
    wait = np.linspace(0, 99, 100)
    narrow, wide = (np.tile([low, 50.0, high], (100, 1)) for low, high in ((45.0, 55.0), (-40.0, 140.0)))

    assert conformal_margin(narrow, wait) > 0 > conformal_margin(wide, wait)
    assert conformal_margin(narrow[:2], wait[:2]) == 0


orders = st.lists(
    st.tuples(st.integers(0, 4), st.floats(NOW - 400, NOW + 40), st.floats(-50, 1e6)), min_size=0, max_size=60
)


@quick
@given(orders)
def test_no_history_breaks_it(rows):
    customer, day, amount = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    purchases = Purchases(customer, day, amount, 5)
    told = fit_next_order(purchases, NOW, seed=1)

    json.dumps(told.report, allow_nan=False)
    if told.predictor is not None:
        estimate = told.predictor.predict(purchases, NOW)
        assert np.isfinite([estimate.low, estimate.value, estimate.high]).all()
        assert (estimate.low >= 0).all()
        told.predictor.explain(purchases, NOW, np.arange(5, dtype=np.int32))
