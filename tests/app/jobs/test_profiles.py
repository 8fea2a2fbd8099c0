"""Profiles move with the fact: a delivery's own transaction where it can be, the sweep where it cannot."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.identity import known
from app.ingest.imports import request_import
from app.jobs import clock, deliveries, forgetting, imports, profiles
from app.models import Delivery, Order, Profile, ProfileName, ProfileNews
from app.privacy.wishes import request_erasure
from app.profiles import refresh, stitching
from app.queues import FILES
from tests.app.cast import MONDAY, demo_message, order, tell
from tests.app.jobs.test_clock import bells

ORDER = {
    "id": "o1", "changed_at": MONDAY.isoformat(), "placed_at": MONDAY.isoformat(), "state": "placed",
    "email": "ann@example.com", "currency": "GBP", "total": "4.50", "lines": [],
}  # fmt: skip


def deliver(wiring, shop_id, **changes):
    body, _ = demo_message("order.changed", ORDER | changes)
    with wiring.db.of_shop(shop_id) as session:
        told = {"platform": "demo", "topic": "order.changed", "headers": {}, "body": body}
        session.add(Delivery(shop_id=shop_id, idempotency_key=uuid4().hex, **told))
    deliveries.drain_deliveries.__wrapped__(wiring, shop_id)


def people(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return list(session.scalars(select(Profile)))


def test_a_webhook_moves_the_stage_with_the_fact(wiring, linden):
    deliver(wiring, linden, state="cancelled")
    assert [one.orders_count for one in people(wiring, linden)] == [0]
    assert [one.stage for one in people(wiring, linden)] == ["never_bought"]

    deliver(wiring, linden, id="o2")

    assert [one.orders_count for one in people(wiring, linden)] == [1]
    assert [one.stage for one in people(wiring, linden)] != ["never_bought"]
    with wiring.db.of_shop(linden) as session:
        assert session.scalars(select(ProfileNews)).all() == []


@pytest.mark.parametrize("error", [ValueError("ann@example.com"), None])
def test_a_delivery_is_not_to_blame_for_what_cannot_be_counted(wiring, linden, monkeypatch, error):
    def stumble(session, *_args, **_names):
        if error:
            raise error
        session.execute(text("SELECT 1 / 0"))

    monkeypatch.setattr(refresh, "keep_figures", stumble)
    with capture_logs() as logs:
        deliver(wiring, linden)

    assert people(wiring, linden) == []
    with wiring.db.of_shop(linden) as session:
        assert [one.state for one in session.scalars(select(Delivery))] == ["applied"]
        assert session.query(Order).count() == 1
        assert session.query(ProfileNews).count() == 1
    assert [one["event"] for one in logs] == ["profiles_left_behind"]
    assert "ann@" not in str(logs)


def test_a_delivery_does_not_wait_for_whoever_holds_the_profiles(wiring, linden):
    with wiring.db.of_shop(linden) as session, capture_logs() as logs:
        stitching.hold(session, linden)
        deliver(wiring, linden)
    assert [one["event"] for one in logs] == ["profiles_left_behind"]

    profiles.refresh_profiles.__wrapped__(wiring, linden)

    assert [one.orders_count for one in people(wiring, linden)] == [1]


def test_the_forgotten_do_not_come_back(wiring, linden):
    deliver(wiring, linden)
    with wiring.db.of_shop(linden) as session:
        wish = request_erasure(session, linden, known(emails="ann@example.com"), asked_by="merchant")
    forgetting.fulfil_wish.__wrapped__(wiring, linden, wish)
    assert people(wiring, linden) == []

    deliver(wiring, linden, id="o2")
    profiles.refresh_profiles.__wrapped__(wiring, linden)

    assert people(wiring, linden) == []
    with wiring.db.of_shop(linden) as session:
        assert session.query(ProfileName).count() == session.query(ProfileNews).count() == 0


def test_what_an_import_tells_is_swept_up_in_batches(wiring, linden, tmp_path, monkeypatch):
    monkeypatch.setattr(profiles, "BATCH", 2)
    path = tmp_path / "orders.csv"
    lines = [f"{n},2026-11-16 10:00,c{n},I1,Cup,1,1.50" for n in range(5)]
    path.write_text("\n".join(["order_id,ordered_at,customer_id,item_id,item_title,quantity,unit_price", *lines]))
    with wiring.db.of_shop(linden) as session:
        number = request_import(session, linden, path)
    imports.run_import.__wrapped__(wiring, linden, number)
    assert people(wiring, linden) == []

    wiring.queues.redis.flushall()
    clock.sweep(wiring)
    assert bells(wiring, FILES) == ["app.jobs.profiles.refresh_profiles"]
    profiles.refresh_profiles.__wrapped__(wiring, linden)

    assert [one.orders_count for one in people(wiring, linden)] == [1] * 5
    wiring.queues.redis.flushall()
    clock.sweep(wiring)
    assert "app.jobs.profiles.refresh_profiles" not in bells(wiring, FILES)


def test_a_large_shop_leaves_room_and_rings_again(wiring, linden, monkeypatch):
    monkeypatch.setattr(profiles, "BATCH", 1)
    monkeypatch.setattr(profiles, "MOST_BATCHES", 1)
    tell(wiring, linden, order("1", "1", "c1"), order("2", "1", "c2"))

    profiles.refresh_profiles.__wrapped__(wiring, linden)

    assert bells(wiring, FILES) == ["app.jobs.profiles.refresh_profiles"]
    assert len(people(wiring, linden)) == 1


def test_a_history_that_came_in_is_counted_whole_before_fifths_are_told_by_it(wiring, linden):
    tell(wiring, linden, order("first", "1", "c0", at=MONDAY))
    profiles.refresh_profiles(linden, wiring=wiring)
    tell(wiring, linden, *(order(f"o{n}", "1", f"c{n}", at=MONDAY - timedelta(days=n)) for n in range(1, 20)))
    profiles.refresh_profiles(linden, wiring=wiring)

    scores = [one.recency_score for one in sorted(people(wiring, linden), key=lambda one: one.last_order_at)]
    assert scores == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4
    rung = {bell.removeprefix("app.jobs.") for bell in bells(wiring, FILES)}
    assert rung >= {"counting.count_people", "counting.forecast_weeks"}
