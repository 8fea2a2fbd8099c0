import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.prediction import stored
from recommender.prediction.abandonment import fit_intent
from recommender.prediction.histories import Purchases
from recommender.prediction.intent_methods import LAST_STEP, LOGISTIC, TREES
from recommender.prediction.intent_trial import Visits, calibrate, chances
from recommender.prediction.predictor import Kind
from recommender.prediction.session import FEATURES, STEPS, Session, Visitor, fold

AT = {name: place for place, name in enumerate(FEATURES)}
START = 20_000.0


def visits(size, *, seed=1, days=60.0, people=None, twisted=False):
    """Moments of visits whose end hangs on the cart and on the orders before; twisted, on both at once."""
    chance = np.random.default_rng(seed)
    table = np.zeros((size, len(FEATURES)))
    interest, known = chance.normal(size=size), chance.random(size) < 0.4
    table[:, AT["views"]] = 1 + chance.poisson(np.exp(1 + interest / 2))
    table[:, AT["distinct_items"]] = np.ceil(table[:, AT["views"]] * 0.8)
    table[:, AT["cart_size"]] = chance.poisson(np.exp(-1 + interest / 2))
    table[:, AT["dwell"]] = 30 * table[:, AT["views"]]
    table[:, AT["last_step"]] = np.where(chance.random(size) < 0.3, STEPS.index("search_made"), 1)
    table[:, AT["prior_orders"]] = known * chance.poisson(2, size)
    table[:, AT["hour"]], table[:, AT["weekday"]] = chance.integers(0, 24, size), chance.integers(0, 7, size)
    cart, old = table[:, AT["cart_size"]], table[:, AT["prior_orders"]]
    odds = np.where((cart > 0) & (old > 0), 1.5, -2.5) if twisted else -3 + 1.2 * np.log1p(cart) + np.log1p(old)
    outcome = chance.random(size) < 1 / (1 + np.exp(-odds))
    day = START + np.sort(chance.random(size)) * days
    return table, outcome, day, chance.integers(0, people or max(size // 2, 1), size)


@pytest.fixture(scope="module")
def world():
    return visits(1500)


@pytest.fixture(scope="module")
def trained(world):
    return fit_intent(*world, seed=1)


@pytest.fixture(scope="module")
def twisted():
    return fit_intent(*visits(1500, twisted=True), seed=1)


def figures(trained):
    return {one["name"]: one for one in trained.report["methods"]}


def test_what_a_visit_did_says_more_than_its_last_step(trained):
    assert trained.outcome == "promoted"
    assert figures(trained)[LOGISTIC]["auc"] > figures(trained)[LAST_STEP]["auc"] + 0.1
    assert "were expected to and" in trained.sentence


def test_trees_serve_where_a_sum_cannot_tell(twisted):
    assert twisted.predictor.name == TREES
    assert figures(twisted)[TREES]["brier"] < figures(twisted)[LOGISTIC]["brier"]


@pytest.mark.parametrize(("feature", "sign"), [("cart_size", 1), ("prior_orders", 1), ("seconds_since_last", -1)])
def test_trees_never_say_what_no_season_can_make_true(twisted, world, feature, sign):
    rows = np.repeat(world[0][:200], 30, axis=0)
    rows[:, AT[feature]] = np.tile(np.arange(30.0), 200)

    steps = np.diff(twisted.predictor.chance(rows).reshape(200, 30), axis=1)

    assert (sign * steps >= 0).all()


def test_a_sum_serves_where_trees_tell_no_more(trained):
    assert trained.predictor.name == LOGISTIC


def test_chances_come_true_on_visits_nobody_learned_from(trained):
    table, outcome, _, _ = visits(20_000, seed=2)

    chance = trained.predictor.chance(table)

    groups = np.array_split(np.argsort(chance), 10)
    assert np.mean([abs(chance[group].mean() - outcome[group].mean()) for group in groups]) < 0.02
    assert figures(trained)[LOGISTIC]["ece"] < 0.04


def test_chances_that_were_too_sure_are_moved_to_what_happened():
    chance = np.random.default_rng(4)
    odds = chance.normal(-1, 1, 20_000)
    ended = Visits(np.zeros((20_000, 1)), chance.random(20_000) < chances(odds), np.arange(20_000.0), np.arange(20_000))

    slope, offset = calibrate(2 * odds + 1, ended)

    assert slope == pytest.approx(0.5, abs=0.06)
    assert slope + offset == pytest.approx(0.0, abs=0.12)


def test_hardly_any_visits_are_no_reason_to_move_a_chance():
    few = Visits(np.zeros((3, 1)), np.array([True, False, False]), np.arange(3.0), np.arange(3))

    assert calibrate(np.array([-2.0, -1.0, 0.0]), few) == pytest.approx((1, 0), abs=0.03)
    assert calibrate(np.zeros(0), few.where(np.zeros(3, bool))) == (1, 0)


def test_later_people_are_counted_and_everything_said_is_json(trained, world):
    _, _, day, person = world

    judges = len(np.unique(person[day >= day[0] + (day[-1] - day[0]) * 5 / 8]))
    assert trained.report["people"] == judges
    assert json.loads(json.dumps(trained.report)) == trained.report
    assert len(trained.report["reliability"]) == 10


@pytest.mark.parametrize("kept", ["trained", "twisted"])
def test_taking_the_reason_away_moves_the_chance_by_its_effect(request, kept, world):
    predictor = request.getfixturevalue(kept).predictor
    for row in world[0][:20]:
        for reason in predictor.why(row):
            changed = row.copy()
            changed[AT[reason.feature]] = reason.typical

            moved = predictor.chance(row[None])[0] - predictor.chance(changed[None])[0]
            assert reason.effect == pytest.approx(moved)
            assert reason.value == row[AT[reason.feature]] != reason.typical


def test_one_visit_is_followed_event_by_event(trained):
    visit, visitor = Session(), Visitor(is_returning=True, prior_orders=2)
    bare = fold([("item_viewed", 0, 7)], visit)
    full = fold([("cart_added", 20, 7), ("cart_added", 40, 8)], bare)

    before, after = (trained.predictor.chance(one.features(60, visitor)[None])[0] for one in (bare, full))

    assert 0 < before < after < 1


@pytest.mark.parametrize("kept", ["trained", "twisted"])
def test_a_stored_predictor_says_the_same(request, kept, world, tmp_path):
    predictor = request.getfixturevalue(kept).predictor
    stored.save(tmp_path / "people", {Kind.INTENT: predictor})

    again = stored.load(tmp_path / "people")[Kind.INTENT]

    assert np.array_equal(again.chance(world[0]), predictor.chance(world[0]))
    assert again.why(world[0][0]) == predictor.why(world[0][0])
    assert (again.name, again.until) == (predictor.name, predictor.until)


def test_the_same_visits_in_any_order_come_to_the_same(trained, world):
    turned = np.random.default_rng(3).permutation(len(world[1]))

    assert fit_intent(*(part[turned] for part in world), seed=1).report == trained.report


def test_orders_alone_tell_nothing_of_a_visit(trained):
    estimate = trained.predictor.predict(Purchases([0], [START], [10.0], 2), START + 1)

    assert not estimate.is_known.any()
    assert estimate.value == pytest.approx([trained.predictor.rate] * 2)
    assert trained.predictor.explain(Purchases([0], [START], [10.0], 2), START + 1, np.arange(2)) == [(), ()]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (visits(0), "0 visits have been counted"),
        (visits(50), "50 visits have been counted"),
        (visits(400, days=5.0), "for 5 days"),
        ((visits(400)[0], np.zeros(400, bool), *visits(400)[2:]), "0 of the visits"),
        ((visits(400)[0], np.ones(400, bool), *visits(400)[2:]), "Nearly every visit"),
    ],
)
def test_too_little_is_said_plainly(told, words):
    trained = fit_intent(*told, seed=1)

    assert (trained.predictor, trained.outcome) == (None, "none")
    assert words in trained.sentence


def test_few_people_are_told_by_the_rule():
    trained = fit_intent(*visits(600, people=30), seed=1)

    assert (trained.predictor.name, trained.outcome) == (LAST_STEP, "simple")
    assert "Only 30 people could judge" in trained.sentence


def test_noise_is_told_by_no_more_than_the_shop_s_rate():
    table, outcome, day, person = visits(600)
    noise = np.random.default_rng(5).random(len(outcome)) < 0.2

    trained = fit_intent(table, noise, day, person, seed=1)

    assert np.ptp(trained.predictor.chance(table)) < 0.2
    assert trained.predictor.chance(table).mean() == pytest.approx(0.2, abs=0.03)


def test_a_program_among_the_visitors_teaches_little(world, trained):
    table, outcome, day, person = world
    bot = np.repeat(table[table[:, AT["cart_size"]] > 2][:1], 1500, axis=0)
    days = np.linspace(START, START + 60, 1500)

    spoiled = fit_intent(
        np.concatenate([table, bot]),
        np.concatenate([outcome, np.zeros(1500, bool)]),
        np.concatenate([day, days]),
        np.concatenate([person, np.full(1500, 10**6)]),
        seed=1,
    )

    assert np.abs(spoiled.predictor.chance(table) - trained.predictor.chance(table)).mean() < 0.05


def test_what_serves_stays_until_enough_later_visits_judge_it(twisted, trained, world):
    kept = fit_intent(*world, serving=trained.predictor, seed=1)

    assert (kept.predictor, kept.outcome) == (trained.predictor, "kept")
    assert "since it learned" in kept.sentence


def test_what_serves_is_replaced_when_it_is_beaten_on_later_visits(world, twisted):
    worse = replace(twisted.predictor, until=START + 30)

    trained = fit_intent(*world, serving=worse, seed=1)

    assert trained.outcome == "promoted"
    assert trained.predictor.name == LOGISTIC
    assert any(one["rival"] == "serving" for one in trained.report["comparisons"])


@pytest.mark.parametrize("part", range(4))
def test_visits_that_do_not_fit_together_are_refused(world, part):
    parts = [one[:-1] if place == part else one for place, one in enumerate(world)]

    with pytest.raises(ValueError, match="do not fit together"):
        fit_intent(*parts, seed=1)


@pytest.mark.parametrize("part", [0, 2])
def test_what_is_no_number_is_refused(world, part):
    parts = [one.copy() for one in world]
    parts[part][5] = np.nan

    with pytest.raises(ValueError, match="not a finite number"):
        fit_intent(*parts, seed=1)
