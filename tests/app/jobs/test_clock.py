"""The timetable and the sweep: every tick once, nothing that waits is forgotten."""

from datetime import timedelta

from rq import Queue
from sqlalchemy import text

from app.ingest.imports import request_import
from app.jobs import clock
from app.learning.trainings import request_training
from app.models import BrowsingEvent, Erasure, Tick, Training
from app.queues import FAST, FILES, MAIL, SLOW
from tests.app.cast import MONDAY, order, tell
from tests.journeys.test_crashes import fill_inbox


def bells(wiring, queue):
    return [job.func_name for job in Queue(queue, connection=wiring.queues.redis, serializer="json").jobs]


def test_the_sweep_rings_for_everything_that_waits_and_only_once(wiring, harbour, linden, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("x")
    fill_inbox(wiring, linden)
    with wiring.db.of_shop(harbour) as session:
        request_import(session, harbour, path)
        request_training(session, harbour, cause="asked")

    clock.sweep(wiring)
    clock.sweep(wiring)

    assert bells(wiring, FAST) == ["app.jobs.deliveries.drain_deliveries"]
    assert bells(wiring, FILES) == ["app.jobs.imports.run_import"]
    assert bells(wiring, SLOW) == ["app.jobs.training.run_training"]


def test_a_quiet_shop_is_not_rung_for(wiring, harbour):
    clock.sweep(wiring)

    assert bells(wiring, FAST) == bells(wiring, FILES) == bells(wiring, MAIL) == bells(wiring, SLOW) == []


def test_carts_that_were_left_are_planned_and_rung_for(stage):
    stage.subscribe()
    stage.leave()

    clock.plan(stage.wiring)
    stage.wiring.queues.redis.flushall()  # that bell is lost
    clock.sweep(stage.wiring)

    assert stage.pairs() == [("planned", "")]
    assert bells(stage.wiring, MAIL) == ["app.jobs.messages.send_messages"]


def test_what_a_dead_mailer_was_handing_over_is_parked_without_any_mailer(stage):
    stage.subscribe()
    stage.leave()
    stage.plan()
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.execute(
            text("UPDATE messages SET state = 'sending', claimed_until = regulars_now() - interval '1 second'")
        )
    stage.wiring.queues.redis.flushall()

    clock.sweep(stage.wiring)

    assert stage.pairs() == [("in_doubt", "worker_died")]
    assert bells(stage.wiring, MAIL) == []


def test_a_wish_to_be_forgotten_is_rung_for(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        session.add(Erasure(shop_id=harbour, asked_by="shopper", subject={"emails": ["ann@example.com"]}))

    clock.sweep(wiring)

    assert bells(wiring, FAST) == ["app.jobs.forgetting.fulfil_wish"]


def test_two_clocks_do_a_tick_once(wiring, monkeypatch):
    done = []
    monkeypatch.setattr(clock, "TIMETABLE", {"count": (timedelta(days=1), lambda _wiring: done.append(1))})

    clock.do_due(wiring, {})
    clock.do_due(wiring, {})

    assert done == [1]


def test_the_first_orders_lead_to_a_training_and_a_fresh_one_is_not_repeated(wiring, harbour):
    tell(wiring, harbour, order("1", "1", "alice"))

    clock.train_on_news(wiring)
    clock.train_on_news(wiring)

    with wiring.db.of_shop(harbour) as session:
        assert sorted((row.kind, row.cause) for row in session.query(Training)) == [
            ("full", "first_orders"),
            ("people", "first_orders"),
            ("simple", "first_orders"),
        ]
        session.execute(text("UPDATE trainings SET state = 'done'"))
    clock.train_daily(wiring)
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Training).count() == 3


def test_half_a_history_is_not_learned_from(wiring, harbour, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("x")
    tell(wiring, harbour, order("1", "1", "alice"))
    with wiring.db.of_shop(harbour) as session:
        request_import(session, harbour, path)

    clock.train_on_news(wiring)

    with wiring.db.of_shop(harbour) as session:
        assert session.query(Training).all() == []


def test_an_old_training_is_renewed_only_when_something_was_sold_since(wiring, harbour):
    old = "UPDATE trainings SET state = 'done', requested_at = clock_timestamp() - make_interval(days => 3)"
    with wiring.db.of_shop(harbour) as session:
        request_training(session, harbour, cause="asked")
        session.execute(text(old))

    clock.train_daily(wiring)
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Training).count() == 1

    tell(wiring, harbour, order("1", "1", "alice", at=wiring.clock()))
    clock.train_daily(wiring)
    with wiring.db.of_shop(harbour) as session:
        assert {row.cause for row in session.query(Training)} == {"asked", "daily"}


def test_house_is_kept(wiring, harbour):
    with wiring.db.of_nobody() as session:
        session.add(Tick(job="heartbeat", tick_at=MONDAY - timedelta(days=9)))

    clock.keep_house(wiring)

    with wiring.db.of_nobody() as session:
        assert session.query(Tick).all() == []
    with wiring.db.of_shop(harbour) as session:
        event = BrowsingEvent(shop_id=harbour, visitor_key=b"x", kind="search_made", occurred_at=wiring.clock())
        session.add(event)
        session.flush()
        assert (
            session.execute(text("SELECT tableoid::regclass::text FROM browsing_events")).scalar()
            != "browsing_events_other"
        )
