"""What is to come of each person: judged on later weeks, honest where it cannot know, and whole after an artifact."""

import json

import numpy as np
import pytest

from recommender.prediction import lifetime_trial
from recommender.prediction.evaluate import main
from recommender.prediction.histories import Purchases
from recommender.prediction.lifetime import fit_lifetime
from recommender.prediction.lifetime_bounds import fit_bounds
from recommender.prediction.lifetime_trial import same_sum
from recommender.prediction.predictor import Kind
from recommender.prediction.stored import load, save

NOW = 400.0


def shop(people, days=NOW, seed=2):
    """People who order at a pace of their own, and of whom half leave for good sooner or later."""
    rng = np.random.default_rng(seed)
    customer, day, amount = [], [], []
    for one in range(people):
        at, pace, usual = rng.uniform(0, days * 0.6), rng.gamma(1.2, 40) + 5, rng.gamma(4, 10)
        while at < days:
            customer.append(one)
            day.append(at)
            amount.append(usual * rng.gamma(5, 0.2))
            at += rng.exponential(pace) if rng.random() > 0.15 else np.inf
    return Purchases(np.array(customer, int), np.array(day), np.array(amount), people)


@pytest.fixture(scope="module")
def whole():
    return shop(260)


@pytest.fixture(scope="module")
def trained(whole):
    return fit_lifetime(whole, NOW - 90, seed=1)


def test_orders_and_money_of_the_next_ninety_days_add_up_and_lie_in_their_intervals(trained, whole):
    later = whole.between(NOW - 90, NOW)
    told = trained[Kind.VALUE_90].predictor.predict(whole, NOW - 90)
    came, known = later.spent(), told.is_known
    assert told.value[known].sum() == pytest.approx(came[known].sum(), rel=0.3)
    assert ((came >= told.low) & (came <= told.high))[known].mean() > 0.75
    assert ((told.low <= told.value) & (told.value <= told.high)).all()


def test_a_year_nobody_has_seen_the_end_of_is_carried_on_and_said_to_be(trained, whole):
    quarter, year = (trained[kind].predictor.predict(whole, NOW - 90) for kind in (Kind.ORDERS_90, Kind.ORDERS_365))
    assert "carried on from 90" in trained[Kind.ORDERS_365].sentence
    assert (year.value >= quarter.value).all()
    assert (year.high - year.low).mean() > (quarter.high - quarter.low).mean()


def test_the_report_names_what_was_compared_and_how_many_the_intervals_held(trained):
    report = trained[Kind.VALUE_90].report
    assert {"historic_rate", "buy_till_die"} <= {one["name"] for one in report["methods"]}
    assert report["coverage"]["said"] == 0.8
    assert report["comparisons"]


def test_a_reason_moves_the_number_by_what_it_says(trained, whole):
    predictor = trained[Kind.VALUE_90].predictor
    reasons = predictor.explain(whole, NOW - 90, np.arange(20, dtype=np.int32))
    told = [one for person in reasons for one in person]
    assert told
    assert all(one.effect != 0 and one.value != one.typical for one in told)
    assert all(abs(first.effect) >= abs(last.effect) for first, *_, last in (one for one in reasons if len(one) > 1))


def test_predictors_say_the_same_after_an_artifact(trained, whole, tmp_path):
    save(tmp_path / "people", {kind: one.predictor for kind, one in trained.items()})
    for kind, predictor in load(tmp_path / "people").items():
        before, after = (one.predict(whole, NOW - 90) for one in (trained[kind].predictor, predictor))
        assert np.array_equal(before.value, after.value)
        assert np.array_equal(before.high, after.high)


def test_the_same_orders_teach_the_same_and_those_after_now_nothing():
    everything = shop(60)
    past = everything.before(300.0)
    first, second = (fit_lifetime(one, 300.0, seed=4)[Kind.VALUE_90].predictor for one in (everything, past))
    assert np.array_equal(first.predict(everything, 300.0).value, second.predict(past, 300.0).value)


def test_what_serves_is_kept_where_it_is_not_beaten_or_the_new_one_says_why(trained):
    serving = {kind: one.predictor for kind, one in trained.items()}
    again = fit_lifetime(shop(80), NOW - 60, serving=serving, seed=1)[Kind.VALUE_90]
    assert "in_service" in {one["name"] for one in again.report["methods"]}
    assert again.outcome in {"promoted", "kept", "simple"}


ODD = {
    "one order": Purchases([0], [100.0], [20.0], 1),
    "nothing but refunds": Purchases(np.arange(30), np.linspace(0, 300, 30), -np.ones(30), 30),
    "a wholesaler": Purchases(
        np.r_[np.zeros(10_000, int), 1], np.r_[np.linspace(0, 399, 10_000), 3], np.ones(10_001), 2
    ),
    "eleven customers": shop(11),
    "all at once": Purchases(np.arange(80), np.full(80, 50.0), np.ones(80), 90),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_shops_get_finite_numbers(name):
    for one in fit_lifetime(ODD[name], NOW, seed=1).values():
        told = one.predictor.predict(ODD[name], NOW)
        for numbers in (told.value, told.low, told.high):
            assert np.isfinite(numbers).all()
            assert (numbers >= 0).all()
        assert one.sentence


@pytest.mark.parametrize(
    "orders",
    [
        Purchases([], [], [], 0),
        Purchases([], [], [], 5),
        Purchases([0], [NOW - 3], [1.0], 1),
        shop(5).where(shop(5).day > 500),
    ],
)
def test_a_shop_too_young_is_told_so(orders):
    for one in fit_lifetime(orders, NOW, seed=1).values():
        assert (one.outcome, one.predictor) == ("none", None)
        assert one.sentence.endswith(".")


def test_few_people_get_the_plain_rule():
    few = fit_lifetime(shop(9), NOW, seed=1)[Kind.VALUE_90]
    assert few.outcome == "simple"
    assert "are needed" in few.sentence


def test_of_very_many_people_some_teach_and_everybody_is_told(monkeypatch, whole):
    monkeypatch.setattr(lifetime_trial, "MOST_PEOPLE", 100)
    some = fit_lifetime(whole, NOW, seed=1)[Kind.VALUE_90]
    assert some.report["people"] <= 100
    assert some.predictor.predict(whole, NOW).is_known.sum() == 260


def test_intervals_hold_four_of_five_and_nothing_where_hardly_anybody_orders():
    rng = np.random.default_rng(1)
    expected = np.sort(rng.gamma(2, 10, 4000))
    came = expected * rng.gamma(3, 1 / 3, 4000) * (rng.random(4000) < 0.5) * (expected > 8)
    low, high = fit_bounds(expected, came).around(expected)
    active = expected > 12
    assert ((came >= low) & (came <= high))[active].mean() == pytest.approx(0.8, abs=0.03)
    assert high[expected < 4] == pytest.approx(expected[expected < 4])


def test_a_prediction_of_too_little_is_raised_before_it_is_compared():
    assert same_sum(np.array([1.0, 1.0]), np.array([10.0, 0.0])).sum() == pytest.approx(9)
    assert same_sum(np.array([5.0, 5.0]), np.array([10.0, 0.0])).sum() == pytest.approx(10)


def test_money_to_come_is_judged_from_the_terminal_beside_the_usual_ways(tmp_path, capsys, whole):
    file = tmp_path / "orders.csv"
    rows = zip(whole.customer, whole.day * 86_400, whole.amount, strict=True)
    file.write_text("customer,occurred_at,amount\n" + "".join(f"{who},{at:.0f},{paid:.2f}\n" for who, at, paid in rows))
    asked = ["--transactions", str(file), "--task", "lifetime", "--cutoff", "1970-11-07"]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["mae"] < told["baselines"]["historic_rate"]["mae"]
    assert len(told["by_fifth"]) == 5
    assert {"bg_nbd_gamma_gamma", "boosted_trees"} <= set(told["baselines"])
    assert main([*asked, "--horizon", "30"]) == 2
    assert "90 or 365" in capsys.readouterr().err
