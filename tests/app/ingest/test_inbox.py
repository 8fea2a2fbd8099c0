"""The inbox: kept once, claimed by one, and what a dead worker held comes back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.ingest import inbox
from app.models import Delivery as Row
from app.models import DeliveryState
from plugins import PLATFORMS
from plugins.platform import Delivery, Receipt
from tests.plugins.talkers import SECRET, SHOP, TALKERS

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def receive(wiring, harbour):
    def one(key, body=b"{}"):
        delivery = Delivery(headers={"x-wc-webhook-topic": "order.updated", "cookie": "no"}, body=body, received_at=NOW)
        inbox.receive(wiring.db, harbour, "woocommerce", delivery, Receipt(topic="order.updated", idempotency_key=key))

    return one


def claim(wiring, shop_id, most=10):
    with wiring.db.of_shop(shop_id) as session:
        return inbox.claim(session, shop_id, most=most)


def settle(wiring, shop_id, token, claimed, state=DeliveryState.APPLIED):
    with wiring.db.of_shop(shop_id) as session:
        return inbox.settle(session, shop_id, token, [(one.id, state, "") for one in claimed])


def end_leases(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        session.execute(text("UPDATE deliveries SET claimed_until = 'epoch'"))


def test_a_second_arrival_changes_nothing(wiring, harbour, receive):
    receive("k1", b"first")
    receive("k1", b"second")

    with wiring.db.of_shop(harbour) as session:
        (row,) = session.query(Row).all()
    assert (row.body, row.state) == (b"first", DeliveryState.WAITING)
    assert row.headers == {"x-wc-webhook-topic": "order.updated"}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_what_is_kept_of_a_delivery_is_read_as_it_would_have_been_at_the_door(wiring, harbour, platform):
    talker = TALKERS[platform]
    day = [talker.delivery(told) for told in talker.day]
    for delivery in day:
        inbox.receive(wiring.db, harbour, platform, delivery, PLATFORMS[platform].verify(delivery, [SECRET]))

    _, kept = claim(wiring, harbour, most=len(day))
    assert [one.delivery.body for one in kept] == [delivery.body for delivery in day]
    for one, delivery in zip(kept, day, strict=True):
        assert PLATFORMS[platform].parse(one.delivery, SHOP) == PLATFORMS[platform].parse(delivery, SHOP)


def test_the_same_key_in_another_shop_is_another_delivery(wiring, harbour, linden, receive):
    receive("k1")
    inbox.receive(
        wiring.db,
        linden,
        "demo",
        Delivery(headers={}, body=b"{}", received_at=NOW),
        Receipt(topic="t", idempotency_key="k1"),
    )

    for shop_id in (harbour, linden):
        assert len(claim(wiring, shop_id)[1]) == 1


def test_two_workers_never_hold_the_same_delivery(wiring, harbour, receive):
    for n in range(6):
        receive(f"k{n}")

    _, first = claim(wiring, harbour, most=4)
    _, second = claim(wiring, harbour, most=4)

    assert [one.id for one in first] == [1, 2, 3, 4]
    assert [one.id for one in second] == [5, 6]


def test_what_a_dead_worker_held_is_claimed_again_alone_and_its_word_no_longer_counts(wiring, harbour, receive):
    for n in range(3):
        receive(f"k{n}")
    dead, held = claim(wiring, harbour)
    end_leases(wiring, harbour)

    token, again = claim(wiring, harbour)

    assert [one.attempts for one in again] == [2]
    assert settle(wiring, harbour, dead, held[:1]) == 0
    assert settle(wiring, harbour, token, again) == 1


def test_what_a_dead_worker_held_does_not_shorten_the_batches_of_the_others(wiring, harbour, receive):
    for n in range(3):
        receive(f"held{n}")
    claim(wiring, harbour, most=3)
    end_leases(wiring, harbour)
    for n in range(5):
        receive(f"fresh{n}")

    assert [one.id for one in claim(wiring, harbour, most=4)[1]] == [4, 5, 6, 7]
    assert [one.id for one in claim(wiring, harbour, most=4)[1]] == [8]
    assert [one.id for one in claim(wiring, harbour, most=4)[1]] == [1]


def test_released_deliveries_can_be_claimed_at_once(wiring, harbour, receive):
    receive("k1")
    token, _ = claim(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        inbox.release(session, harbour, token)

    assert len(claim(wiring, harbour)[1]) == 1


def test_only_quarantined_deliveries_are_replayed(wiring, harbour, linden, receive):
    receive("k1")
    receive("k2")
    token, claimed = claim(wiring, harbour)
    settle(wiring, harbour, token, claimed[:1], DeliveryState.QUARANTINED)
    settle(wiring, harbour, token, claimed[1:])

    with wiring.db.of_shop(linden) as session:
        assert inbox.replay(session, linden, claimed[0].id) == []  # Eve cannot
    with wiring.db.of_shop(harbour) as session:
        assert inbox.replay(session, harbour) == [claimed[0].id]
        assert inbox.has_waiting(session, harbour)


def test_old_bodies_are_forgotten_and_waiting_ones_are_not(wiring, harbour, receive):
    receive("k1", b"old")
    receive("k2", b"waiting")
    token, claimed = claim(wiring, harbour, most=1)
    settle(wiring, harbour, token, claimed)

    with wiring.db.of_shop(harbour) as session:
        inbox.forget_old_bodies(session, harbour, datetime(2100, 1, 1, tzinfo=UTC))
        assert [row.body for row in session.query(Row).order_by(Row.id)] == [None, b"waiting"]
