"""Who will not order again: told, explained, judged on later days, kept, and never pretended."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.prediction import stored
from recommender.prediction.calibration import Calibration
from recommender.prediction.churn import fit_churn, horizon_of
from recommender.prediction.churn_predictor import AVERAGE, LEAVING, REASONS, RECENCY, RFM_LOGISTIC, SINGLE, Churn
from recommender.prediction.churn_trial import area, judge, learn, snapshot_at
from recommender.prediction.evaluate import main
from recommender.prediction.features import NAMES, features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Kind

NOW = 20_000.0
HORIZON = 60.0


def make_shop(people=500, days=420, seed=1, stay=160.0):
    """Invent people who order at a pace of their own until they leave; both differ from person to person."""
    chance = np.random.default_rng(seed)
    customer, day = [], []
    for person in range(people):
        pace = 8 + 40 * chance.gamma(1.5) / 1.5
        at = NOW - days * chance.random()
        end = at + chance.exponential(stay)
        while at < NOW + HORIZON and (at < end or not customer or customer[-1] != person):
            customer.append(person)
            day.append(at)
            at += 1 + chance.exponential(pace)
    amount = 20 + 10 * chance.random(len(day))
    return Purchases(np.array(customer), np.array(day), amount, people)


def fit(purchases, now=NOW, **told):
    return fit_churn(purchases, now, **{"horizon_days": HORIZON, "seed": 1, **told})


@pytest.fixture(scope="module")
def shop():
    return make_shop()


@pytest.fixture(scope="module")
def trained(shop):
    return fit(shop)


@pytest.fixture(scope="module")
def methods(shop):
    return learn(shop, NOW, HORIZON, seed=1)


def test_the_chance_comes_true_about_as_often_as_it_says(shop, trained):
    later = snapshot_at(shop, NOW, HORIZON)
    said = trained.predictor.chances(later.table)

    assert said.mean() == pytest.approx(later.is_gone.mean(), abs=0.06)
    assert area(said, later.is_gone) > 0.75


def test_the_report_is_json_and_tells_of_every_method(trained):
    told = json.loads(json.dumps(trained.report))

    assert {one["name"] for one in told["methods"]} == {*SINGLE, AVERAGE}
    assert sum(row["people"] for row in told["reliability"]) == told["people"]
    assert (told["horizon_days"], told["snapshots"]) == (HORIZON, 2)


def test_what_is_complex_serves_only_if_it_passed(trained):
    passed = [one for one in trained.report["comparisons"] if one["candidate"] == trained.report["serves"]]

    assert trained.predictor.name == trained.report["serves"]
    assert passed
    assert all(one["is_passed"] for one in passed)


def test_where_nobody_came_back_twice_it_still_tells():
    chance = np.random.default_rng(3)
    first = NOW - 400 * chance.random(400)
    back = np.flatnonzero(chance.random(400) < 0.5)
    shop = Purchases(np.r_[:400, back], np.r_[first, first[back] + 50], np.full(400 + len(back), 9.0), 400)

    assert fit(shop).predictor is not None


def test_the_gate_refuses_what_is_not_shown_to_be_better():
    told = fit(make_shop(seed=6))

    assert (told.outcome, told.predictor.name) == ("simple", RECENCY)
    assert "did not do better" in told.sentence
    assert not all(one["is_passed"] for one in told.report["comparisons"])


def test_below_fifty_judges_a_plain_rule_serves():
    told = fit(make_shop(people=50, seed=2))

    assert (told.outcome, told.predictor.name) == ("simple", RFM_LOGISTIC)
    assert "50 are needed" in told.sentence


@pytest.mark.parametrize(
    ("purchases", "words"),
    [
        (Purchases([], [], [], 0), "No order has come in yet"),
        (Purchases([], [], [], 9), "No order has come in yet"),
        (make_shop(people=60, days=100), "The order history is"),
        (make_shop(people=11), "at least 20 are needed"),
        (Purchases(np.arange(200), NOW - 300 + np.arange(200), np.ones(200), 200), "nearly nobody"),
    ],
)
def test_where_nothing_can_be_learned_it_says_so(purchases, words):
    told = fit(purchases)

    assert (told.outcome, told.predictor) == ("none", None)
    assert words in told.sentence


def test_what_serves_stays_where_nothing_new_can_be_learned(trained):
    told = fit(make_shop(people=11), serving=trained.predictor)

    assert (told.outcome, told.predictor) == ("kept", trained.predictor)


def test_a_method_that_serves_is_a_rival(shop, trained):
    told = fit(shop, serving=replace(trained.predictor, method=LEAVING))

    assert (AVERAGE, LEAVING) in {(one["candidate"], one["rival"]) for one in told.report["comparisons"]}


def test_the_same_orders_give_the_same_answer_whatever_is_to_come(shop, trained):
    told = fit(shop.before(NOW))

    assert told.report == trained.report
    assert told.predictor.predict(shop, NOW).value.tolist() == trained.predictor.predict(shop, NOW).value.tolist()


def test_the_judging_day_is_unknown_to_what_it_judges(shop):
    first = judge(shop, NOW - HORIZON, HORIZON, seed=1)
    blind = learn(shop.before(NOW - HORIZON), NOW - HORIZON, HORIZON, seed=1)

    for name, one in blind.items():
        np.testing.assert_array_equal(one.score(first.snapshot.table), first.scores[name])


def test_a_wholesaler_and_refunds_do_not_break_it(shop):
    chance = np.random.default_rng(4)
    big = Purchases(
        np.r_[shop.customer, np.full(900, 500)],
        np.r_[shop.day, NOW - 400 * chance.random(900)],
        np.r_[np.where(chance.random(len(shop)) < 0.1, -15.0, shop.amount), np.full(900, 1e7)],
        502,
    )
    told = replace(learn(big, NOW, HORIZON, seed=1)[AVERAGE], judges=400).predict(big, NOW)

    assert np.isfinite(told.value).all()
    assert told.value[500] < 0.05
    assert ((told.low <= told.value) & (told.value <= told.high) & (told.low >= 0) & (told.high <= 1)).all()


def test_whoever_never_ordered_gets_what_is_usual_and_is_not_known(shop, trained):
    more = Purchases(shop.customer, shop.day, shop.amount, shop.customer_count + 1)
    told = trained.predictor.predict(more, NOW)

    assert not told.is_known[-1]
    assert told.value[-1] == trained.predictor.usual
    assert trained.predictor.explain(more, NOW, np.array([shop.customer_count])) == [()]


@pytest.mark.parametrize("method", [*SINGLE, AVERAGE])
def test_taking_a_reason_away_moves_the_chance_by_what_it_says(shop, methods, method):
    one = methods[method]
    found = features_at(shop, NOW)
    who = found.rows[:15]
    said = one.predict(shop, NOW).value[who]
    reasons = one.explain(shop, NOW, who)

    assert any(reasons)
    for place, told in enumerate(reasons):
        for reason in told:
            row = found.table[place].copy()
            columns = [NAMES.index(name) for name in REASONS[reason.feature]]
            row[columns] = one.typical[columns]
            assert reason.effect == pytest.approx(said[place] - one.chances(row[None])[0], abs=1e-12)


def test_every_feature_belongs_to_one_reason():
    assert sorted(name for group in REASONS.values() for name in group) == sorted(NAMES)


@pytest.mark.parametrize("method", [*SINGLE, AVERAGE])
def test_what_was_stored_answers_the_same(shop, methods, tmp_path, method):
    curve = Calibration(0.1, 0.9, 0.3, np.array([-1.0, 1.0]), np.array([-0.5, 1.5]))
    one = replace(methods[method], curve=curve, judges=77)
    stored.save(tmp_path / "people", {Kind.CHURN: one})
    again = stored.load(tmp_path / "people")[Kind.CHURN]

    for mine, theirs in zip(
        vars(one.predict(shop, NOW)).values(), vars(again.predict(shop, NOW)).values(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_arrays_of_other_features_are_refused(trained):
    with pytest.raises(ValueError, match="other features"):
        Churn.from_arrays({**trained.predictor.arrays(), "typical": np.zeros(3)})


def test_the_horizon_follows_the_rhythm_of_the_shop(shop):
    quick = Purchases(np.repeat(np.arange(30), 10), NOW - np.tile(np.arange(0, 400, 40), 30), np.ones(300), 30)

    assert horizon_of(quick, NOW) == 40
    assert 30 <= horizon_of(shop, NOW) <= 180


def test_the_horizon_is_ninety_days_where_nobody_came_back():
    assert horizon_of(Purchases(np.arange(50), NOW - np.arange(50), np.ones(50), 50), NOW) == 90


def test_the_horizon_leaves_room_to_learn_and_to_judge():
    slow = Purchases(np.repeat(np.arange(30), 2), NOW - np.tile([200.0, 1.0], 30), np.ones(60), 30)

    assert horizon_of(slow, NOW) == 80


def test_the_command_tells_the_figures_beside_plainer_ways(shop, tmp_path, capsys):
    path = tmp_path / "orders.csv"
    rows = zip(shop.customer, shop.day * 86_400, shop.amount, strict=True)
    path.write_text("customer,occurred_at,amount\n" + "".join(f"{a},{b:.0f},{c:.2f}\n" for a, b, c in rows))
    code = main(["--transactions", str(path), "--task", "churn", "--cutoff", "2024-10-04", "--horizon", "60", "--json"])
    told = json.loads(capsys.readouterr().out)

    assert code == 0
    assert {"auc", "brier", "ece", "reliability", "people", "method"} <= set(told)
    assert set(told["baselines"]) == {"recency_rule", "rfm_logistic", "boosted_trees", "bg_nbd"}
    assert told["brier"] <= told["baselines"]["recency_rule"]["brier"]
