"""May it still go: every question that is asked again right before a message is handed over, and each answer."""

from datetime import timedelta

import pytest

from app.consent import Stop, suppress
from app.models import Campaign, Delivery, Erasure, Message, Shop
from plugins.events import CartDeleted, CartStage, ItemDeleted, OrderState, SuppressionReason
from tests.app.cast import ALICE, MONDAY, demo_message, item, order
from tests.app.stage import ANN, HOUR, LATER, set_campaign


def test_what_may_be_an_order_and_could_not_be_read_holds_a_letter_back_until_it_is(planned):
    planned.deliver(body=b"{broken")
    planned.read_inbox()
    planned.send()
    assert planned.only().reason == "news_unread"
    assert planned.box.letters == []

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Delivery).update({"state": "applied"})
    planned.clock.to(planned.clock.now + timedelta(minutes=16))
    planned.send()
    assert planned.only().state == "sent"


def buy(stage, **names):
    stage.tell(order("o1", "9", at=LATER, **names))


def stop(stage):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        suppress(session, stage.shop_id, Stop(ANN, SuppressionReason.COMPLAINED, "test", LATER))


def set_values(stage, kind, **values):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.query(kind).update(values)


def ask_to_be_forgotten(stage, **wish):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.add(Erasure(shop_id=stage.shop_id, asked_by="shopper", **(wish or {"subject": {"emails": [ANN]}})))


def forget_account(stage):
    stage.leave(at=LATER - HOUR, customer_external_id="ann")
    ask_to_be_forgotten(stage, subject={"customers": ["ann"]})


def leave_another_as(stage, email):
    stage.leave(at=LATER - HOUR, customer_external_id="ann")
    stage.leave("c2", at=LATER, email=email, customer_external_id="ann")


SKIPS = {
    "ordered_by_address": ("ordered", lambda stage: buy(stage, email=ANN)),
    "ordered_by_cart": ("ordered", lambda stage: buy(stage, cart_external_id="c1")),
    "ordered_by_phone": ("ordered", lambda stage: buy(stage, email="x@example.com", phone="+442071234567")),
    "ordered_by_street": ("ordered", lambda stage: buy(stage, email="x@example.com", address="1 tea street London")),
    "ordered_by_browser": ("ordered", lambda stage: buy(stage, email="x@example.com", visitor_id=ALICE)),
    "money_on_its_way": ("ordered", lambda stage: buy(stage, email=ANN, state=OrderState.PENDING)),
    "cart_became_an_order": ("ordered", lambda stage: stage.leave(at=LATER, stage=CartStage.ORDERED)),
    "another_cart_became_an_order": (
        "ordered",
        lambda stage: stage.leave("c2", at=LATER, email="x@example.com", visitor_id=ALICE, stage=CartStage.ORDERED),
    ),
    "emptied": ("emptied", lambda stage: stage.leave(at=LATER, stage=CartStage.EMPTIED)),
    "deleted": ("cart_deleted", lambda stage: stage.tell(CartDeleted(external_id="c1"))),
    "withdrawn": ("withdrawn", lambda stage: stage.subscribe(is_given=False, at=LATER)),
    "suppressed": ("suppressed", stop),
    "newer_cart": ("newer_cart", lambda stage: stage.leave("c2", at=LATER)),
    "newer_cart_of_the_account": ("newer_cart", lambda stage: leave_another_as(stage, "x@example.com")),
    "nothing_left": (
        "nothing_left",
        lambda stage: stage.tell(ItemDeleted(external_id="1"), item("2", at=LATER, is_in_stock=False)),
    ),
    "too_old": ("too_old", lambda stage: stage.clock.to(MONDAY + 74 * HOUR)),
    "switched_off": ("switched_off", lambda stage: set_values(stage, Campaign, is_on=False)),
    "uninstalled": ("uninstalled", lambda stage: set_values(stage, Shop, uninstalled_at=LATER)),
    "being_forgotten": ("forgotten", ask_to_be_forgotten),
    "account_being_forgotten": ("forgotten", forget_account),
    "shop_being_forgotten": ("forgotten", lambda stage: ask_to_be_forgotten(stage, kind="shop")),
}


@pytest.mark.parametrize("case", SKIPS)
def test_what_has_changed_since_planning_stops_a_message_for_good(planned, case):
    reason, happen = SKIPS[case]
    happen(planned)

    planned.send()

    message = planned.messages()[0]
    assert planned.box.letters == []
    assert (message.state, message.reason) == ("skipped", reason)
    assert message.decisions[-1]["reason"] == reason


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.UNPAID])
def test_an_order_that_is_none_stops_nothing(planned, state):
    buy(planned, email=ANN, state=state)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


@pytest.mark.parametrize(("items", "facts"), [("", ()), ("3", (CartDeleted(external_id="c2"),))])
def test_a_newer_cart_with_nothing_in_it_or_that_is_gone_stops_nothing(planned, items, facts):
    planned.leave("c2", items, at=LATER)
    planned.tell(*facts)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_an_earlier_cart_that_became_an_order_stops_nothing(planned):
    planned.leave("c0", at=MONDAY - HOUR, email="x@example.com", visitor_id=ALICE, stage=CartStage.ORDERED)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_an_order_from_before_the_cart_stops_nothing(planned):
    planned.tell(order("o0", "9", at=MONDAY - HOUR, email=ANN))

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_a_purchase_one_second_before_the_hand_off_stops_the_message(planned):
    data = {
        "id": "o1", "changed_at": LATER.isoformat(), "placed_at": LATER.isoformat(), "state": "placed", "email": ANN,
        "currency": "GBP", "total": "4.50", "lines": [],
    }  # fmt: skip
    body, _ = demo_message("order.changed", data)
    planned.clock.step(-1)
    planned.deliver(body=body)  # accepted, and not read yet
    planned.clock.step(1)
    planned.send()
    assert planned.pairs() == [("planned", "news_waiting")]

    planned.read_inbox()
    planned.clock.step(5)
    planned.send()

    assert planned.box.letters == []
    assert planned.pairs() == [("skipped", "ordered")]


@pytest.mark.parametrize("topic", ["product.updated", "products/update", "item.changed", "inventory_levels/update"])
def test_news_of_things_is_not_waited_for(planned, topic):
    planned.deliver(topic)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_who_came_back_is_reminded_an_hour_after_they_left_again(planned):
    planned.leave(at=LATER, items="3")
    planned.send()

    message = planned.only()
    assert (message.state, message.reason) == ("planned", "cart_changed")
    assert message.due_at == LATER + HOUR

    planned.clock.to(LATER + HOUR)
    planned.send()
    message = planned.only()
    assert message.state == "sent"
    assert message.cart_version_at == LATER
    assert [one["item"] for one in message.content["items"]] == ["3"]


def test_an_address_corrected_after_planning_is_the_one_that_counts(planned):
    planned.subscribe("ann@work.example.com")
    planned.leave(email="ann@work.example.com", at=MONDAY + timedelta(minutes=20))

    planned.send()

    assert planned.box.to == ["ann@work.example.com"]
    assert planned.only().email == "ann@work.example.com"


def test_nobody_is_written_to_at_night(planned):
    set_campaign(planned.wiring, planned.shop_id, quiet_from=21, quiet_until=7)
    planned.clock.to(MONDAY.replace(hour=23))
    planned.send()
    message = planned.only()
    assert (message.state, message.reason) == ("planned", "quiet_hours")

    planned.clock.to(message.due_at)
    planned.send()
    assert planned.only().state == "sent"
    assert planned.clock.now.hour == 7


def earlier(stage, *hours):
    """Let the person have been written to some hours ago."""
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        campaign = session.query(Campaign).one()
        for number in hours:
            at = stage.clock.now - number * HOUR
            told = {"campaign_id": campaign.id, "cart_external_id": f"old{number}", "cart_version_at": at, "email": ANN}
            session.add(
                Message(shop_id=stage.shop_id, **told, state="sent", reason="accepted", due_at=at, sending_at=at)
            )


def mine(stage):
    return next(one for one in stage.messages() if one.cart_external_id == "c1")


def test_nobody_is_written_to_twice_in_twenty_hours(planned):
    earlier(planned, 5)
    planned.send()
    message = mine(planned)
    assert (message.state, message.reason) == ("planned", "capped")
    assert message.due_at == planned.clock.now + 15 * HOUR

    planned.clock.to(message.due_at)
    planned.send()
    assert mine(planned).state == "sent"


@pytest.mark.parametrize("state", ["sending", "in_doubt"])
def test_a_letter_that_may_have_arrived_counts_like_one_that_did(planned, state):
    earlier(planned, 5)
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Message).filter_by(state="sent").update({"state": state})

    planned.send()

    assert mine(planned).reason == "capped"


def test_a_letter_to_another_address_of_the_same_phone_counts_too(planned):
    planned.leave("c0", at=MONDAY - 48 * HOUR, email="x@example.com", phone="+442071234567")
    earlier(planned, 5)
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Message).filter_by(state="sent").update({"email": "x@example.com"})

    planned.send()

    assert mine(planned).reason == "capped"


def test_nobody_is_written_to_a_fourth_time_in_a_week(planned):
    earlier(planned, 30, 60, 167)
    planned.send()
    assert mine(planned).reason == "capped"

    planned.clock.step(3 * 3600)
    planned.send()
    assert mine(planned).state == "sent"


def test_a_rest_that_would_last_too_long_ends_it(planned):
    earlier(planned, 30, 35, 40)

    planned.send()

    assert (mine(planned).state, mine(planned).reason) == ("skipped", "too_many")


def test_a_thing_that_is_gone_is_left_out_of_the_letter(planned):
    planned.tell(ItemDeleted(external_id="1"))

    planned.send()

    message = planned.only()
    assert [one["item"] for one in message.content["items"]] == ["2"]
    assert b"Tea 1<" not in planned.box.letters[0].data


def test_of_two_carts_of_one_person_only_the_newer_is_written_about(planned):
    planned.leave("c2", at=MONDAY + timedelta(minutes=30))
    planned.clock.to(MONDAY + 2 * HOUR)
    planned.plan()

    planned.send()

    found = {one.cart_external_id: (one.state, one.reason) for one in planned.messages()}
    assert found == {"c1": ("skipped", "newer_cart"), "c2": ("sent", "accepted")}
    assert len(planned.box.letters) == 1
