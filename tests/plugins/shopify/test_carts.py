"""Carts and checkouts: one thing under one name, and whose it is."""

import pytest

from plugins.events import CartChanged, CartDeleted, CartStage
from tests.plugins.shopify.bodies import CART, CHECKOUT, CHECKOUT_GONE, ORDER, parse, refusal


def cart(**fields):
    return parse("carts/update", {**CART, **fields}).events[0]


def checkout(**fields):
    return parse("checkouts/update", {**CHECKOUT, **fields}).events[0]


def line(**fields):
    return checkout(line_items=[{**CHECKOUT["line_items"][0], **fields}]).lines[0]


@pytest.mark.parametrize("topic", ["carts/create", "carts/update"])
def test_a_cart_says_what_lies_in_it_and_not_whose_it_is(topic):
    (told,) = parse(topic, CART).events

    assert isinstance(told, CartChanged)
    assert (told.external_id, told.stage, told.email, told.customer_external_id) == (
        "Z2NwLWV1cm9wZQ", CartStage.CART, None, None,
    )  # fmt: skip
    assert (told.currency, told.total_minor, told.version_at.isoformat()) == ("EUR", 3690, "2026-11-20T09:58:00+00:00")


@pytest.mark.parametrize("topic", ["checkouts/create", "checkouts/update"])
def test_a_checkout_says_who_began_it(topic):
    (told,) = parse(topic, CHECKOUT).events

    assert (told.external_id, told.stage) == ("Z2NwLWV1cm9wZQ", CartStage.CHECKOUT)
    assert (told.email, told.customer_external_id) == ("greta.muster@example.com", "7401122222222")
    assert (told.phone, told.country, told.locale) == ("030 1234567", "DE", "de-AT")
    assert told.address == "Lindengasse 12, Top 4, 1070, Wien, AT"
    assert told.visitor_id == "a" * 32
    assert (told.currency, told.total_minor) == ("EUR", 4180)


def test_cart_checkout_and_order_are_called_the_same():
    order = parse("orders/create", ORDER).events[0]

    assert cart().external_id == checkout().external_id == order.cart_external_id
    assert order.address == checkout().address


def test_a_checkout_without_a_cart_and_its_order_are_called_by_the_checkout():
    order = parse("orders/create", {**ORDER, "cart_token": None}).events[0]

    assert checkout(cart_token=None).external_id == order.cart_external_id == "0f1e2d"


def test_an_old_checkouts_number_is_not_used():
    assert checkout(id=981).external_id == "Z2NwLWV1cm9wZQ"


@pytest.mark.parametrize("tokens", [{"cart_token": None, "token": None}, {"cart_token": "?key=1", "token": ""}])
def test_a_checkout_that_nothing_names_is_refused(tokens):
    assert "which it is" in refusal("checkouts/update", {**CHECKOUT, **tokens})


def test_what_was_bought_is_no_cart_any_more_and_what_holds_nothing_is_empty():
    done = {"completed_at": "2026-11-20T11:04:07+01:00"}

    assert checkout(**done).stage is CartStage.ORDERED
    assert checkout(**done, line_items=[]).stage is CartStage.ORDERED
    assert checkout(line_items=[]).stage is CartStage.EMPTIED
    assert cart(line_items=[]).stage is CartStage.EMPTIED


def test_nobody_is_named_before_they_are_and_a_signed_in_customer_by_their_account():
    protected = {"billing_address": None, "shipping_address": None, "customer": None, "note_attributes": []}
    bare = checkout(email=None, **protected)
    assert (bare.email, bare.phone, bare.address, bare.country, bare.visitor_id) == (None, None, None, None, None)
    assert checkout(email=None).email == "greta.muster@example.com"


@pytest.mark.parametrize(
    ("fields", "minor"),
    [({}, 3690), ({"line_price_set": None}, 3690), ({"line_price_set": None, "line_price": None}, 3990)],
)
def test_a_carts_line_costs_what_shopify_worked_out_in_the_shops_own_currency(fields, minor):
    (told,) = cart(line_items=[{**CART["line_items"][0], **fields}]).lines

    assert (told.item_external_id, told.variant_external_id, told.quantity) == ("8201", "44101", 3)
    assert told.total_minor == minor


@pytest.mark.parametrize(
    ("taken_off", "minor"), [([], 3990), ([{"amount": "3.99"}], 3591), ([{"amount": "99.00"}], 0), ([{}], 3990)]
)
def test_a_checkouts_line_costs_all_its_pieces_less_its_share_of_the_discounts(taken_off, minor):
    assert line(discount_allocations=taken_off).total_minor == minor


def test_a_line_without_a_product_is_kept_under_a_number_no_item_has():
    assert line(product_id=None, variant_id=None, title="Gravur").item_external_id == "0"


@pytest.mark.parametrize(
    "noted", [{"attributes": {"_regulars_visitor": "b" * 32, "gift": 1}},
              {"note_attributes": [{"name": "_regulars_visitor", "value": "b" * 32}]}],
)  # fmt: skip
def test_our_visitor_id_travels_in_the_carts_attributes(noted):
    assert cart(**noted).visitor_id == "b" * 32


@pytest.mark.parametrize("ticked", [True, False])
def test_a_box_at_the_checkout_is_neither_a_yes_nor_a_no(ticked):
    assert len(parse("checkouts/update", {**CHECKOUT, "buyer_accepts_marketing": ticked}).events) == 1
    assert len(parse("orders/create", {**ORDER, "buyer_accepts_marketing": ticked}).events) == 1


def test_a_deleted_checkout_is_a_cart_that_is_gone():
    assert parse("checkouts/delete", CHECKOUT_GONE).events == (CartDeleted(external_id="Z2NwLWV1cm9wZQ"),)
    assert parse("checkouts/delete", {"token": "0f1e2d"}).events == (CartDeleted(external_id="0f1e2d"),)
    assert "which cart" in parse("checkouts/delete", {"id": 981, "cart_token": None}).nothing.reason


@pytest.mark.parametrize(
    "fields",
    [{"updated_at": None}, {"line_items": None}, {"currency": "EURO"}, {"total_price": "1e999999"},
     {"line_items": [{"quantity": 10**30, "price": "1"}]}, {"line_items": [{"quantity": -1, "price": "1"}]},
     {"line_items": [{"quantity": 10**9, "price": "999999999999"}]}, {"token": "x" * 201},
     {"updated_at": "0042-01-01T00:00:00Z"}],
)  # fmt: skip
def test_what_cannot_be_a_checkout_is_refused_in_a_sentence(fields):
    refusal("checkouts/update", {**CHECKOUT, **fields})


def test_a_cart_whose_sum_no_column_holds_is_refused():
    lines = [{"product_id": 1, "quantity": 1, "price": "9999999999999"}] * 9

    refusal("carts/update", {**CART, "line_items": lines})
