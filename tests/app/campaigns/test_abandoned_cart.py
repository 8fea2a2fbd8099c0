"""The plan: every cart that was left gets one row, once, with its reason."""

import threading
from datetime import timedelta

import pytest

from app.campaigns import abandoned_cart
from app.consent import Stop, suppress
from app.models import Message, Shop
from plugins.events import CartDeleted, CartStage, ShopUninstalled, SuppressionReason
from tests.app.cast import ALICE, MONDAY, cart, order, subscribe, tell
from tests.app.stage import ANN, HOUR, set_campaign


def test_a_cart_that_was_left_is_planned_for_its_hour(stage):
    stage.subscribe()
    stage.leave()

    stage.plan()

    message = stage.only()
    assert (message.state, message.reason, message.email) == ("planned", "", ANN)
    assert message.due_at == MONDAY + HOUR
    assert [(one["what"], one["reason"]) for one in message.decisions] == [("planned", "due")]


def test_planning_twice_plans_once(stage):
    stage.subscribe()
    stage.leave()

    stage.plan()
    stage.plan()

    assert len(stage.messages()) == 1


def test_two_planners_plan_once(stage):
    for number in range(30):
        stage.subscribe(f"p{number}@example.com")
        stage.leave(f"c{number}", email=f"p{number}@example.com")
    barrier = threading.Barrier(2)

    def plan():
        barrier.wait()
        with stage.wiring.db.of_shop(stage.shop_id) as session:
            abandoned_cart.plan(session, stage.shop_id, stage.wiring.seals)

    planners = [threading.Thread(target=plan) for _ in range(2)]
    for one in planners:
        one.start()
    for one in planners:
        one.join()

    assert sorted(one.cart_external_id for one in stage.messages()) == sorted(f"c{n}" for n in range(30))


def test_a_cart_of_an_hour_with_no_touch_is_planned_and_a_younger_one_is_not(stage):
    stage.subscribe()
    stage.leave("young", at=MONDAY + HOUR + timedelta(seconds=1))
    stage.leave("left", at=MONDAY + HOUR, email="bob@example.com")

    stage.plan()

    assert [one.cart_external_id for one in stage.messages()] == ["left"]


@pytest.mark.parametrize("left_at", [MONDAY - 4 * HOUR, MONDAY - timedelta(days=9)])
def test_carts_left_before_the_campaign_was_on_are_let_be(stage, left_at):
    stage.leave(at=left_at)

    stage.plan()

    assert stage.messages() == []


def test_a_cart_without_an_address_is_nobodys(stage):
    stage.leave(email=None)

    stage.plan()

    assert stage.messages() == []


def skip_never_asked(stage):
    pass


def skip_withdrawn(stage):
    stage.subscribe()
    stage.subscribe(is_given=False, at=MONDAY + timedelta(minutes=1))


def skip_suppressed(stage):
    stage.subscribe()
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        at = MONDAY + timedelta(minutes=1)
        suppress(session, stage.shop_id, Stop(ANN, SuppressionReason.UNSUBSCRIBED, "link", at))


def skip_ordered(stage):
    stage.subscribe()
    stage.tell(order("o1", "1", at=MONDAY + timedelta(minutes=1), email=ANN))


def skip_cart_deleted(stage):
    stage.subscribe()
    stage.tell(CartDeleted(external_id="c1"))


def skip_newer_cart(stage):
    stage.subscribe()
    stage.leave("c2", at=MONDAY + 2 * HOUR)


@pytest.mark.parametrize(
    "why",
    [skip_never_asked, skip_withdrawn, skip_suppressed, skip_ordered, skip_cart_deleted, skip_newer_cart],
)
def test_what_is_clear_at_once_is_skipped_at_once_with_its_reason(stage, why):
    stage.leave(visitor_id=ALICE)
    why(stage)

    stage.plan()

    message = stage.only()
    reason = why.__name__.removeprefix("skip_")
    assert (message.state, message.reason) == ("skipped", reason)
    assert message.settled_at is not None
    assert message.decisions[-1]["reason"] == reason


def test_an_empty_cart_is_skipped(stage):
    stage.subscribe()
    stage.leave(items="")

    stage.plan()

    assert stage.pairs() == [("skipped", "emptied")]


@pytest.mark.parametrize("done", [CartStage.ORDERED, CartStage.EMPTIED])
def test_a_cart_that_is_over_was_not_left(stage, done):
    stage.leave(stage=done)

    stage.plan()

    assert stage.messages() == []


def test_a_no_is_not_written_down_while_news_waits_in_the_inbox(stage):
    stage.leave()
    stage.subscribe("bob@example.com")
    stage.leave("c2", email="bob@example.com")
    stage.deliver()

    stage.plan()

    assert [(one.cart_external_id, one.state) for one in stage.messages()] == [("c2", "planned")]


def test_nothing_is_planned_while_it_is_off_or_after_the_shop_left(stage, linden):
    stage.leave()
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.query(Shop).filter_by(id=stage.shop_id).update({"uninstalled_at": MONDAY})
    stage.plan()
    set_campaign(stage.wiring, linden, is_on=False)
    tell(stage.wiring, linden, cart("c1", "1", ANN))
    with stage.wiring.db.of_shop(linden) as session:
        assert abandoned_cart.plan(session, linden, stage.wiring.seals) == 0

    assert stage.messages() == []


def test_uninstalling_is_a_fact_that_stops_planning(stage):
    stage.leave()
    stage.tell(ShopUninstalled())

    stage.plan()

    assert stage.messages() == []


def test_eves_shop_does_not_hear_of_it(stage, linden):
    set_campaign(stage.wiring, linden)
    subscribe(stage.wiring, linden, ANN)
    stage.leave()

    stage.plan()
    with stage.wiring.db.of_shop(linden) as session:
        assert abandoned_cart.plan(session, linden, stage.wiring.seals) == 0
        assert session.query(Message).count() == 0

    assert stage.pairs() == [("skipped", "never_asked")]
