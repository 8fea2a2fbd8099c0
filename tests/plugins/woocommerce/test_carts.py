"""Unpaid, failed and half-made orders are carts that somebody left; whatever became of them closes them."""

import json
from dataclasses import replace

import pytest

from plugins.events import CartChanged, CartDeleted, CartStage, OrderChanged, OrderDeleted, OrderState
from plugins.woocommerce import WooCommerce
from tests.plugins.captured import SHOP, captured

WOO = WooCommerce()
(DRAFT,) = [one.delivery for one in captured("*order*") if b'"status":"checkout-draft"' in one.delivery.body]


def told(**fields):
    body = {**json.loads(DRAFT.body), **fields}
    return WOO.parse(replace(DRAFT, body=json.dumps(body).encode()), SHOP)


def test_the_captured_draft_is_a_cart_and_no_order():
    (cart,) = WOO.parse(DRAFT, SHOP).events

    assert isinstance(cart, CartChanged)
    assert (cart.external_id, cart.stage, cart.email) == ("order-88", CartStage.CHECKOUT, "guest2@buyers.example")
    assert (cart.phone, cart.address, cart.country) == ("+49401234", "Gastweg 4, 20095, Hamburg, DE", "DE")
    assert (cart.customer_external_id, cart.currency, cart.total_minor) == (None, "EUR", 19860)
    assert [(one.item_external_id, one.quantity, one.total_minor) for one in cart.lines] == [("24", 2, 19860)]


@pytest.mark.parametrize(
    ("status", "state", "stage"),
    [("pending", OrderState.UNPAID, CartStage.CHECKOUT), ("failed", OrderState.CANCELLED, CartStage.CHECKOUT),
     ("on-hold", OrderState.PLACED, CartStage.ORDERED), ("processing", OrderState.PLACED, CartStage.ORDERED),
     ("completed", OrderState.PLACED, CartStage.ORDERED), ("refunded", OrderState.REFUNDED, CartStage.ORDERED),
     ("awaiting-pickup", OrderState.PLACED, CartStage.ORDERED), ("trash", OrderState.CANCELLED, CartStage.EMPTIED)],
)  # fmt: skip
def test_the_status_says_whether_the_cart_was_left_or_bought(status, state, stage):
    order, cart = told(status=status).events

    assert isinstance(order, OrderChanged)
    assert (order.state, cart.stage) == (state, stage)
    assert order.cart_external_id == cart.external_id == "order-88"
    assert (order.phone, order.address) == (cart.phone, cart.address)


def test_what_woocommerce_cancelled_after_an_hour_unpaid_leaves_the_cart_as_it_was_told():
    (order,) = told(status="cancelled").events

    assert order.state is OrderState.CANCELLED


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_without_an_address_nobody_can_be_reminded(status):
    (order,) = told(status=status, billing={}).events

    assert order.cart_external_id == "order-88"


def test_a_draft_without_an_address_says_nothing_and_a_purchase_without_one_closes():
    assert "not an order yet" in told(billing={"email": ""}).nothing.reason
    assert told(status="processing", billing={}).events[1].stage is CartStage.ORDERED


def test_whom_woocommerce_has_written_to_itself_nobody_needs_to_remind():
    sent = [{"id": 1, "key": "_abandoned_cart_recovery_email_sent_at", "value": "1764000000"}]

    assert told(status="pending", meta_data=sent).events[1].stage is CartStage.EMPTIED
    assert told(status="processing", meta_data=sent).events[1].stage is CartStage.ORDERED


def test_a_checkout_that_holds_nothing_is_empty():
    assert told(line_items=[]).events[0].stage is CartStage.EMPTIED


@pytest.mark.parametrize("made_by", ["admin", "subscription", "rest-api", "pos"])
def test_what_the_shop_wrote_up_itself_was_in_nobodys_cart_and_was_ordered(made_by):
    (order,) = told(status="pending", created_via=made_by).events

    assert order.state is OrderState.PENDING
    assert len(told(status="processing", created_via=made_by).events) == 1


@pytest.mark.parametrize("status", ["auto-draft", "draft", "new"])
def test_what_the_shop_only_began_to_write_is_neither(status):
    assert "not an order yet" in told(status=status).nothing.reason


def test_a_deleted_order_takes_its_cart_along():
    deleted = [one.delivery for one in captured("*order_deleted*")]

    assert deleted
    for one in deleted:
        order, cart = WOO.parse(one, SHOP).events
        assert isinstance(order, OrderDeleted)
        assert cart == CartDeleted(external_id=f"order-{order.external_id}")
