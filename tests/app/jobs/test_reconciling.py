"""What no webhook told is asked for, counted, and taken off the shelves where it is gone."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from app.ingest import backfills
from app.jobs import clock
from app.jobs.backfills import run_backfill
from app.jobs.reconciling import OVERLAP, reconcile_shop, sweep_shop
from app.models import Backfill, Connection, DeletionReport, Order
from app.shops import connections
from plugins.errors import Unreachable
from plugins.talking import Kind
from tests.app.cast import MONDAY, item, order, tell
from tests.app.jobs.platform import connect, play
from tests.app.jobs.test_backfills import run_all, start, wake

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def played(monkeypatch, wiring, harbour):
    connect(wiring, harbour)
    played = play(monkeypatch)
    played.has = {Kind.ITEMS: [item("1"), item("2")], Kind.ORDERS: [order("101", "1"), order("102", "2")]}
    return played


def readings(wiring, shop_id, cause):
    with wiring.db.of_shop(shop_id) as session:
        wanted = select(Backfill).where(Backfill.cause == cause).order_by(Backfill.id)
        return list(session.scalars(wanted))


def found(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get_one(Connection, shop_id).found


def gone(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return {(one.kind, one.external_id) for one in session.scalars(select(DeletionReport))}


def test_the_first_hour_begins_where_the_shops_past_ended_and_each_next_where_the_last_did(wiring, harbour, played):
    start(wiring, harbour, Kind.ITEMS, Kind.ORDERS)
    run_all(wiring, harbour)
    (_, past) = readings(wiring, harbour, "install")

    for _ in range(2):
        reconcile_shop(wiring, harbour)
        run_all(wiring, harbour)

    _, first, _, second = readings(wiring, harbour, "reconcile")
    assert (first.kind, first.since) == ("orders", past.until - OVERLAP)
    assert second.since == first.until - OVERLAP


def test_what_was_missed_is_counted_and_told(wiring, harbour, played):
    start(wiring, harbour, Kind.ITEMS, Kind.ORDERS)
    run_all(wiring, harbour)
    later = order("101", "1", at=MONDAY, version_at=MONDAY + HOUR)
    played.has[Kind.ORDERS] = [later, order("102", "2"), order("103", "1")]

    reconcile_shop(wiring, harbour)
    run_all(wiring, harbour)

    told = found(wiring, harbour)["reconciled"]
    assert (told["orders"]["new"], told["orders"]["changed"]) == (1, 1)
    assert (told["items"]["new"], told["items"]["changed"]) == (0, 0)
    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Order.external_id).order_by(Order.external_id)).all() == ["101", "102", "103"]


def test_an_hour_in_which_the_shop_did_not_answer_is_caught_up(wiring, harbour, played):
    start(wiring, harbour, Kind.ORDERS)
    run_all(wiring, harbour)
    (past,) = readings(wiring, harbour, "install")
    played.errors = [Unreachable("It answers with a page of HTML.")]
    reconcile_shop(wiring, harbour)
    run_all(wiring, harbour)

    reconcile_shop(wiring, harbour)  # the next hour finds the last one open: it goes on, with its own beginning
    (kept,) = readings(wiring, harbour, "reconcile")
    assert kept.since == past.until - OVERLAP
    wake(wiring, harbour)
    run_all(wiring, harbour)
    assert [one.state for one in readings(wiring, harbour, "reconcile")] == ["done"]


def test_a_kind_whose_past_is_still_coming_in_is_not_compared(wiring, harbour, played):
    start(wiring, harbour, Kind.ORDERS)
    reconcile_shop(wiring, harbour)
    assert readings(wiring, harbour, "reconcile") == []


def test_while_a_past_is_read_anew_nothing_is_compared(wiring, harbour, played):
    start(wiring, harbour, Kind.ITEMS, Kind.ORDERS)
    run_all(wiring, harbour)
    start(wiring, harbour, Kind.ORDERS, cause=backfills.ASKED)

    reconcile_shop(wiring, harbour)
    sweep_shop(wiring, harbour)

    assert [one.kind for one in readings(wiring, harbour, "reconcile")] == ["items"]
    assert readings(wiring, harbour, "sweep") == []


def test_a_shop_that_needs_a_person_or_is_not_connected_is_not_asked(wiring, harbour, linden, played):
    start(wiring, harbour, Kind.ORDERS)
    run_all(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        connections.note_trouble(session, harbour, "Rights were taken back.", needs_person=True)
    clock.reconcile(wiring)
    clock.sweep_ids(wiring)
    assert readings(wiring, harbour, "reconcile") == readings(wiring, harbour, "sweep") == []
    assert readings(wiring, linden, "reconcile") == []


def test_what_the_shop_has_no_longer_is_deleted(wiring, harbour, played):
    now = wiring.clock()
    tell(wiring, harbour, item("1"), item("2"), item("3"), item("handle:tea"), order("101", "1", at=now - HOUR))
    tell(
        wiring,
        harbour,
        order("102", "1", at=now - HOUR),
        order("7", "1", at=now - 60 * DAY),
        order("9", "1", at=now - HOUR),
    )
    played.has[Kind.ITEMS] = [item("1"), item("3")]

    sweep_shop(wiring, harbour)
    run_all(wiring, harbour)

    assert gone(wiring, harbour) == {("item", "2"), ("order", "9")}  # an old order may only be out of sight
    assert found(wiring, harbour)["reconciled"]["items_swept"]["deleted"] == 1
    sweep_shop(wiring, harbour)
    run_all(wiring, harbour)
    assert found(wiring, harbour)["reconciled"]["items_swept"]["deleted"] == 0


def test_a_list_that_broke_off_empties_no_shelf(wiring, harbour, played):
    tell(wiring, harbour, *[item(str(number)) for number in range(1, 60)])
    played.has[Kind.ITEMS] = [item("1")]
    sweep_shop(wiring, harbour)
    run_all(wiring, harbour)
    assert gone(wiring, harbour) == set()
    assert "looked at again" in found(wiring, harbour)["reconciled"]["items_swept"]["doubt"]


def test_what_comes_in_while_the_list_is_read_stays(wiring, harbour, played):
    tell(wiring, harbour, item("1"), item("2"))
    real = played.list_ids

    def list_ids(kind, access):
        yield from real(kind, access)
        tell(wiring, harbour, item("3"))

    played.list_ids = list_ids
    sweep_shop(wiring, harbour)
    run_all(wiring, harbour)
    assert gone(wiring, harbour) == set()


def test_a_sweep_that_lost_its_claim_deletes_nothing(wiring, harbour, played):
    tell(wiring, harbour, item("1"), item("2"), item("3"))
    sweep_shop(wiring, harbour)
    ours = readings(wiring, harbour, "sweep")[0]
    real = played.list_ids

    def list_ids(kind, access):
        yield from real(kind, access)
        wake(wiring, harbour)  # the lease ran out, and another took over
        with wiring.db.of_shop(harbour) as session:
            assert backfills.claim_backfill(session, harbour, ours.id)

    played.list_ids = list_ids
    run_backfill.__wrapped__(wiring, harbour, ours.id)
    assert gone(wiring, harbour) == set()
    assert readings(wiring, harbour, "sweep")[0].state == "running"


def test_a_sweep_sees_nothing_of_the_other_shop(wiring, harbour, linden, played):
    tell(wiring, linden, item("2"), item("5"))
    played.has[Kind.ITEMS] = [item("1")]
    sweep_shop(wiring, harbour)
    run_all(wiring, harbour)
    assert gone(wiring, linden) == set()


def test_readings_that_ended_long_ago_go_but_the_newest_of_each_stays(wiring, harbour, played):
    start(wiring, harbour, Kind.ORDERS)
    run_all(wiring, harbour)
    for _ in range(3):
        reconcile_shop(wiring, harbour)
        run_all(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Backfill).values(finished_at=text("clock_timestamp() - interval '90 days'")))
        backfills.forget_old_readings(session, harbour, wiring.clock() - timedelta(days=30))
        kept = session.scalars(select(Backfill.cause).order_by(Backfill.id)).all()
    assert kept == ["install", "reconcile"]


def test_the_sweep_of_the_clock_rings_for_readings_that_wait(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    clock.sweep(wiring)
    (job,) = wiring.queues.redis.keys("rq:job:*")
    assert b"backfills.run_backfill" in wiring.queues.redis.hget(job, "description")
    run_backfill.__wrapped__(wiring, harbour, one)
    assert readings(wiring, harbour, "install")[0].state == "done"
