import json
import sys

import numpy as np
import pytest

from recommender.errors import TooFewInteractions
from recommender.interactions import Interactions
from recommender.questions import ask
from recommender.ranking.stored import load_ranker, save_ranker
from recommender.settle import PURPOSES
from recommender.split import choose_windows
from recommender.train import FIRST_CHOICE, Trained, fit_simple, train
from tests.recommender.little import make_little, rows


@pytest.fixture(scope="module")
def heard():
    return []


@pytest.fixture(scope="module")
def trained(little, heard) -> Trained:
    return train(
        little.interactions, little.features, threads=1, tell=lambda stage, share: heard.append((stage, share))
    )


def same(first: Trained, second: Trained) -> bool:
    arrays = [{(arm.name, key): a for arm in one.arms for key, a in arm.arrays().items()} for one in (first, second)]
    return (
        first.weights == second.weights
        and first.reason == second.reason
        and arrays[0].keys() == arrays[1].keys()
        and all(np.array_equal(array, arrays[1][key]) for key, array in arrays[0].items())
    )


def test_every_purpose_is_served_and_the_verdict_told(trained):
    assert trained.weights.keys() == set(PURPOSES)
    assert trained.is_promoted
    assert trained.reason.startswith("Home: ")
    assert "Product: " in trained.reason


def test_the_report_is_plain_json_and_complete(trained, little):
    report = json.loads(json.dumps(trained.report))
    windows = choose_windows(little.interactions)

    assert report["windows"] == {**windows.__dict__, "days": windows.days}
    assert report["sizes"]["people"] == 90
    assert report["sizes"]["guest_baskets"] == 120
    assert report["seconds"].keys() == {"simple_rules", "lightfm", "weighing", "judging", "total"}
    assert report["peak_memory_mb"] > 20
    assert report["lightfm"] == {"is_absent": False, "reason": ""}
    for purpose, tasks in PURPOSES.items():
        told = report["purposes"][purpose]
        assert {one["task"] for one in told["quality"]} == set(tasks)
        assert {one["ranker"] for one in told["quality"]} >= {
            "recent_popularity", "bought_together", "content", "factorization", "blend", "blend_without_lightfm",
        }  # fmt: skip
        assert told["outcome"] in {"promoted", "kept", "simple"}
        assert told["sentence"]
        assert told["comparisons"]


def test_progress_never_goes_back_and_ends_at_the_end(trained, heard):
    shares = [share for _, share in heard]

    assert shares == sorted(shares)
    assert shares[0] == 0
    assert heard[-1] == ("Ready", 1.0)
    assert len({stage for stage, _ in heard}) == 6


def test_with_one_thread_training_twice_gives_the_same(trained, little):
    assert same(trained, train(little.interactions, little.features, threads=1))


def test_what_is_trained_goes_to_a_file_and_back(trained, tmp_path):
    save_ranker(tmp_path / "ranker", trained.arms, trained.weights)

    assert load_ranker(tmp_path / "ranker").weights == trained.weights


def test_what_serves_is_fitted_on_everything(trained, little):
    popularity = next(arm for arm in trained.arms if arm.name == "recent_popularity")
    fresh = fit_simple(little.interactions, little.features).arms[0]

    assert np.array_equal(popularity.popularity, fresh.popularity)


def test_what_serves_now_is_a_rival(little):
    found = train(little.interactions, little.features, in_service=FIRST_CHOICE, threads=1)

    for told in found.report["purposes"].values():
        assert "in_service" in {one["ranker"] for one in told["quality"]}


def test_without_lightfm_everything_else_is_trained_and_the_report_says_so(little, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightfm", None)
    heard = []
    found = train(little.interactions, little.features, tell=lambda _, share: heard.append(share))

    assert found.report["lightfm"]["is_absent"]
    assert "LightFM cannot be loaded here" in found.report["lightfm"]["reason"]
    assert "factorization" not in {arm.name for arm in found.arms}
    assert all("factorization" not in weights for weights in found.weights.values())
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_an_arm_nobody_is_served_by_is_not_fitted_again(little, monkeypatch):
    monkeypatch.setattr(
        "recommender.train.judge_on", lambda _arms, _asked: lambda weights: -weights.get("factorization", 0)
    )

    assert "factorization" not in {arm.name for arm in train(little.interactions, little.features, threads=1).arms}


def test_later_weeks_change_neither_what_was_weighed_nor_what_was_asked(little):
    """The weights learned must be the same whatever happens in the test window."""
    whole = little.interactions
    windows = choose_windows(whole)
    later = whole.occurred_at >= windows.test_start
    items = np.where(later, (whole.item + 7) % whole.item_count, whole.item).astype(np.int32)
    other = Interactions(
        whole.user, items, whole.weight, whole.occurred_at, whole.basket, whole.user_count, whole.item_count
    )

    blends = [
        {purpose: told["blend"] for purpose, told in train(each, little.features, threads=1).report["purposes"].items()}
        for each in (whole, other)
    ]
    assert blends[0] == blends[1]
    assert ask("home", whole, windows.validation_start, windows.test_start, seed=1)


def test_a_shop_where_chance_alone_reigns_is_served_by_something_all_the_same():
    chance = np.random.default_rng(5)
    told = [
        (int(chance.integers(25)), int(chance.integers(40)), int(day), basket)
        for basket, day in enumerate(np.sort(chance.integers(0, 200, 150)))
        for _ in range(3)
    ]
    found = train(rows(*told, users=25, items=40), make_little(people=3, items=40).features, threads=1)

    assert found.weights.keys() == set(PURPOSES)
    for weights in found.weights.values():
        assert any(arm.name in weights for arm in found.arms)


def test_too_little_to_judge_is_said_and_simple_rules_serve(little):
    few = little.interactions.between(0, int(little.interactions.occurred_at[200]))

    with pytest.raises(TooFewInteractions, match="days more are needed"):
        train(few, little.features)
    assert fit_simple(few, little.features).weights == FIRST_CHOICE


def test_an_empty_shop_hears_that_no_order_came(little):
    nothing = little.interactions.between(0, 0)

    with pytest.raises(TooFewInteractions, match="No order has come in yet"):
        fit_simple(nothing, little.features)
    with pytest.raises(TooFewInteractions, match="No order has come in yet"):
        train(nothing, little.features)


def test_simple_rules_alone_serve_every_purpose_and_tell_their_cost(little):
    found = fit_simple(little.interactions, little.features)

    assert found.weights.keys() == set(PURPOSES)
    assert {name for weights in found.weights.values() for name in weights} <= {arm.name for arm in found.arms}
    assert found.report["sizes"]["items"] == 60
    assert found.report["seconds"]["total"] < 5
