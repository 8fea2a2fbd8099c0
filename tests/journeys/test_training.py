"""A training's way: asked for, fitted, judged on the shop's own last weeks, kept with its report, and serving."""

import threading

import numpy as np
import pytest
from sqlalchemy import text

from app.jobs import training as journey
from app.jobs.training import ask_for_training, run_training
from app.learning.dataset import PURCHASES, read_dataset, repeat_days
from app.learning.trainings import claim_training, request_training
from app.models import RankerState, RankerVersion, Training, WorkState
from app.models.browsing import visitor_key
from plugins.events import ItemDeleted, ItemState, OrderDeleted, OrderState, VisitorRecognized
from recommender.interactions import Interactions
from tests.app.cast import ALICE, MONDAY, agree, buyers, item, order, tell


def train(wiring, shop_id, kind="full"):
    with wiring.db.of_shop(shop_id) as session:
        training_id = request_training(session, shop_id, kind=kind, cause="asked")
    run_training(shop_id, training_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Training, (shop_id, training_id))


def versions(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.query(RankerVersion).order_by(RankerVersion.id).all()


def dataset(wiring, shop_id, *, is_unasked_allowed=True):
    with wiring.db.of_shop(shop_id) as session:
        return read_dataset(session, shop_id, is_unasked_allowed=is_unasked_allowed)


def test_a_shop_with_history_is_judged_and_something_serves_with_its_report(wiring, harbour):
    tell(wiring, harbour, *buyers(60, 52, until=wiring.clock()))

    training = train(wiring, harbour)

    assert (training.state, training.progress) == (WorkState.DONE, 1.0)
    serving = [one for one in versions(wiring, harbour) if one.state == RankerState.SERVING]
    assert len(serving) == 1
    assert set(serving[0].report["purposes"]) == {"home", "product", "cart"}
    assert training.ranker_version_id == serving[0].id
    assert wiring.artifacts.path(harbour, serving[0].artifact).exists()
    for one in versions(wiring, harbour):
        assert one.reason


def test_a_shop_too_small_to_judge_is_served_by_simple_rules_with_a_sentence(wiring, harbour):
    tell(wiring, harbour, item("1"), item("2"), order("1", "1 2", "alice"))

    training = train(wiring, harbour)

    assert "days" in training.reason
    assert [(one.state, one.method) for one in versions(wiring, harbour)] == [(RankerState.SERVING, "simple rules")]


def test_a_shop_without_any_order_says_so_and_nothing_serves(wiring, harbour):
    tell(wiring, harbour, item("1"))

    training = train(wiring, harbour)

    assert training.state == WorkState.DONE
    assert training.reason
    assert versions(wiring, harbour) == []


def test_simple_rules_never_replace_a_ranker_that_proved_itself(wiring, harbour):
    tell(wiring, harbour, *buyers(12, 20, until=wiring.clock()))
    train(wiring, harbour, "simple")
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE ranker_versions SET method = 'blend'"))

    train(wiring, harbour, "simple")

    assert [(one.state, one.method) for one in versions(wiring, harbour)] == [(RankerState.SERVING, "blend")]


def test_a_newer_version_retires_the_old_one_and_its_file(wiring, harbour):
    tell(wiring, harbour, *buyers(12, 20, until=wiring.clock()))
    train(wiring, harbour, "simple")
    train(wiring, harbour, "simple")

    old, new = versions(wiring, harbour)
    assert (old.state, new.state) == (RankerState.RETIRED, RankerState.SERVING)
    assert not wiring.artifacts.path(harbour, old.artifact).exists()
    assert wiring.artifacts.path(harbour, new.artifact).exists()


def test_asking_twice_is_one_training_and_two_workers_train_once(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        first = request_training(session, harbour, cause="asked")
        second = request_training(session, harbour, cause="daily")
    assert first == second

    claims = []

    def claim():
        with wiring.db.of_shop(harbour) as session:
            claims.append(claim_training(session, harbour, first))

    workers = [threading.Thread(target=claim) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(one is None for one in claims) == [False, True]


def test_what_lost_its_claim_publishes_nothing(wiring, harbour, monkeypatch):
    tell(wiring, harbour, *buyers(12, 20, until=wiring.clock()))
    real = journey.fitting.save

    def lose(path, *rest):
        real(path, *rest)
        with wiring.db.of_shop(harbour) as session:
            session.execute(text("UPDATE trainings SET claim_token = gen_random_uuid()"))

    monkeypatch.setattr(journey.fitting, "save", lose)
    train(wiring, harbour, "simple")

    assert versions(wiring, harbour) == []
    assert list(wiring.artifacts.path(harbour, "x").parent.glob("ranker-*")) == []


def test_the_first_ask_brings_simple_rules_before_everything_else_and_people_after(wiring, harbour):
    ask_for_training(wiring, harbour, cause="imported")

    with wiring.db.of_shop(harbour) as session:
        assert [row.kind for row in session.query(Training).order_by(Training.id)] == ["simple", "full", "people"]


def test_guests_cancellations_returns_and_what_is_gone_are_left_out_of_learning(wiring, harbour):
    tell(
        wiring, harbour, item("1"), item("2"), item("gone"), item("hidden", state=ItemState.HIDDEN),
        order("guest", "1 2"), order("mine", "1 gone hidden unknown", "alice"),
        order("cancelled", "1", "alice", state=OrderState.CANCELLED), order("deleted", "1", "alice"),
    )  # fmt: skip
    tell(wiring, harbour, ItemDeleted(external_id="gone"), OrderDeleted(external_id="deleted"), heard_at=wiring.clock())

    data = dataset(wiring, harbour)

    assert len(data.item_ids) == 2
    assert data.user_ids.tolist() == ["alice"]
    assert sorted(data.interactions.user.tolist()) == [-1, -1, 0]


def test_a_variant_is_learned_as_its_parent(wiring, harbour):
    tell(wiring, harbour, item("shirt"), item("shirt-red", parent_external_id="shirt"), order("1", "shirt", "alice"))

    assert len(dataset(wiring, harbour).item_ids) == 1


def test_a_history_is_never_joined_in_loops_also_where_statistics_know_nothing_of_the_shop(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        read_dataset(session, harbour, is_unasked_allowed=True)
        plan = session.execute(text(f"EXPLAIN {PURCHASES}"), {"shop_id": harbour}).scalars().all()

    assert not any("Nested Loop" in step for step in plan)


def test_who_said_no_counts_as_nobody_and_the_merchant_decides_about_those_never_asked(wiring, harbour):
    tell(
        wiring, harbour, item("1"), order("1", "1", "alice"), order("2", "1", "bob"), order("3", "1", "carol"),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
        VisitorRecognized(visitor_id="b" * 32, customer_external_id="bob", version_at=MONDAY),
    )  # fmt: skip
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE), is_given=True)
        agree(session, harbour, visitor_key("b" * 32), is_given=False)

    assert dataset(wiring, harbour).user_ids.tolist() == ["alice", "carol"]
    assert dataset(wiring, harbour, is_unasked_allowed=False).user_ids.tolist() == ["alice"]
    assert len(dataset(wiring, harbour).interactions) == 3


def test_an_items_own_rhythm_is_the_median_gap_between_one_persons_purchases():
    days = np.array([0, 10, 20, 30, 40, 50, 0, 9], np.int64) * 86_400
    interactions = Interactions(
        np.array([0, 0, 0, 0, 0, 0, 1, 1], np.int32), np.array([0] * 6 + [1] * 2, np.int32), np.ones(8, np.float32),
        days, np.arange(8, dtype=np.int32), 2, 2,
    )  # fmt: skip

    rhythm = repeat_days(interactions)

    assert rhythm[0] == pytest.approx(10)
    assert np.isnan(rhythm[1])


def test_eve_cannot_train_the_other_shop(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        training_id = request_training(session, harbour, cause="asked")

    run_training(linden, training_id, wiring=wiring)

    with wiring.db.of_shop(harbour) as session:
        assert session.get(Training, (harbour, training_id)).state == WorkState.WAITING
