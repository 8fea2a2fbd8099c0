"""Every trap that a real WooCommerce store was seen to set."""

import json
from dataclasses import replace

import pytest

from plugins.errors import Malformed
from plugins.events import CustomerChanged, ItemChanged, ItemDeleted, ItemState, OrderChanged, OrderState, RefundMade
from plugins.woocommerce import WooCommerce
from tests.plugins.captured import SHOP, captured

WOO = WooCommerce()


def parse(pattern):
    (one,) = captured(pattern)
    return WOO.parse(one.delivery, SHOP)


def changed(pattern, **fields):
    (one,) = captured(pattern)
    body = {**json.loads(one.delivery.body), **fields}
    return WOO.parse(replace(one.delivery, body=json.dumps(body).encode()), SHOP)


def test_every_captured_delivery_verifies_and_is_handled():
    outcomes = {"ping": 0, "facts": 0, "nothing": 0, "malformed": 0}
    for one in captured():
        if WOO.is_ping(one.delivery):
            outcomes["ping"] += 1
            continue
        assert WOO.verify(one.delivery, [one.secret]).topic == one.topic
        try:
            parsed = WOO.parse(one.delivery, SHOP)
        except Malformed:
            outcomes["malformed"] += 1
            continue
        assert bool(parsed.events) != bool(parsed.nothing)
        outcomes["facts" if parsed.events else "nothing"] += 1

    # Malformed is the webhook whose owner is gone; nothing are coupons, things that were gone already, and the people
    # who run the shop.
    assert outcomes["ping"] == 45
    assert outcomes["malformed"] == 1
    assert outcomes["nothing"] >= 12
    assert sum(outcomes.values()) == len(captured())


def test_deliveries_of_one_second_are_told_apart():
    keys = [WOO.verify(one.delivery, [one.secret]).idempotency_key for one in captured() if one.topic != "ping"]
    delivery_ids = [one.delivery.headers["x-wc-webhook-delivery-id"] for one in captured() if one.topic != "ping"]

    assert len(set(keys)) == len(keys)
    assert len(set(delivery_ids)) < len(delivery_ids)


def test_a_guests_order_carries_its_lines_in_minor_units():
    order, _ = parse("00023_*").events

    assert isinstance(order, OrderChanged)
    assert (order.customer_external_id, order.email, order.total_minor) == (None, "guest1@buyers.example", 20220)
    assert [(line.item_external_id, line.variant_external_id, line.total_minor) for line in order.lines] == [
        ("18", None, 16035),
        ("21", "61", 3685),
    ]
    assert order.version_at.isoformat() == "2026-11-23T07:49:42+00:00"


def test_a_trashed_order_is_cancelled():
    assert changed("00023_*", status="trash").events[0].state is OrderState.CANCELLED


def test_a_status_some_plugin_invented_is_an_order_being_worked_on():
    assert changed("00023_*", status="awaiting-pickup").events[0].state is OrderState.PLACED


def test_refunds_come_with_their_order():
    order, _, refund = changed("00023_*", refunds=[{"id": 9, "reason": "broken <b>cup</b>", "total": "-10.00"}]).events

    assert isinstance(refund, RefundMade)
    assert (refund.order_external_id, refund.amount_minor, refund.reason) == (order.external_id, 1000, "broken cup")


def test_where_an_order_goes_is_one_line_without_names():
    order = parse("00023_*").events[0]

    assert (order.address, order.phone) == ("Gastweg 3, 20095, Hamburg, DE", "+49401234")
    assert changed("00023_*", shipping={}).events[0].address == order.address
    assert changed("00023_*", shipping={"city": "Hamburg"}, billing={}).events[0].address is None


def test_our_visitor_id_travels_in_the_orders_meta_data():
    events = changed("00023_*", meta_data=[{"id": 1, "key": "_regulars_visitor", "value": "a" * 32}]).events

    assert events[0].visitor_id == "a" * 32


def test_a_webhook_whose_owner_lost_their_rights_is_kept_with_what_to_do():
    (one,) = [one for one in captured() if b"woocommerce_rest_cannot_view" in one.delivery.body]

    with pytest.raises(Malformed, match="as an administrator"):
        WOO.parse(one.delivery, SHOP)


def test_a_thing_that_was_gone_at_delivery_says_nothing():
    gone = [one for one in captured() if b"invalid_id" in one.delivery.body]

    assert len(gone) == 5
    for one in gone:
        assert "was gone" in WOO.parse(one.delivery, SHOP).nothing.reason


def test_an_administrators_profile_is_no_customer():
    (one,) = [one for one in captured("*customer_updated*") if "administrator" in one.note]

    assert "not a customer" in WOO.parse(one.delivery, SHOP).nothing.reason


def test_a_registered_shopper_is_a_customer():
    (customer,) = parse("00259_*").events

    assert isinstance(customer, CustomerChanged)
    assert (customer.external_id, customer.email) == ("22", "cust16@buyers.example")


def test_a_deletion_says_nothing_but_the_id():
    assert parse("00212_*").events == (ItemDeleted(external_id="121"),)


def test_a_product_carries_price_stock_and_shelf():
    (item,) = parse("00250_*").events

    assert isinstance(item, ItemChanged)
    assert (item.price_minor, item.is_in_stock, item.stock_quantity) == (16035, True, 4)
    assert item.categories == ("Sleeping Bags",)
    assert item.state is ItemState.ON_SALE


@pytest.mark.parametrize(
    "fields",
    [{"status": "draft"}, {"status": "private"}, {"status": "trash"}, {"catalog_visibility": "hidden"},
     {"catalog_visibility": "search"}],
)  # fmt: skip
def test_what_a_shop_does_not_list_is_hidden(fields):
    assert changed("00250_*", **fields).events[0].state is ItemState.HIDDEN


def test_a_variation_names_its_parent():
    variations = [one for one in captured("*product*") if b'"type":"variation"' in one.delivery.body]

    assert variations
    for one in variations:
        assert WOO.parse(one.delivery, SHOP).events[0].parent_external_id not in (None, "0")


def test_markup_and_entities_in_a_title_become_plain_text():
    events = changed("00250_*", name="Cup &amp; <b onmouseover=alert(1)>saucer</b>\x00 &#8211; new").events

    assert events[0].title == "Cup & saucer – new"


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 1250), ("JPY", 12), ("KWD", 12500)])
def test_money_follows_the_currencys_decimals(currency, minor):
    assert changed("00023_*", currency=currency, total="12.50").events[0].total_minor == minor


def test_related_ids_never_make_two_facts_of_one():
    assert changed("00250_*", related_ids=[1, 2]) == changed("00250_*", related_ids=[3])


@pytest.mark.parametrize("count", [10**19, -1e18, 1.5e300])
def test_a_stock_that_no_column_holds_is_malformed(count):
    with pytest.raises(Malformed, match="stock_quantity"):
        changed("00250_*", stock_quantity=count)


def test_an_order_says_which_of_the_plugins_carts_it_was():
    order = changed("00023_*", meta_data=[{"id": 1, "key": "_regulars_cart", "value": "c1f0"}]).events[0]
    odd = changed("00023_*", meta_data=[{"id": 1, "key": "_regulars_cart", "value": ["c1f0"]}]).events[0]

    assert order.cart_external_id == "c1f0"
    assert odd.cart_external_id == f"order-{odd.external_id}"
