"""The topic is an unsigned header: what it may decide, and what a body must say by itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Malformed
from plugins.events import CustomerDeleted, ItemDeleted, OrderDeleted, Parsed
from plugins.shopify.parse import DELETIONS, LEVELS, NAMELESS, THINGS
from tests.plugins.shopify.bodies import (
    BODIES,
    CART,
    CHECKOUT,
    CUSTOMER,
    EMAIL_CONSENT,
    ORDER,
    PRODUCT,
    REDACTION,
    REFUND,
    SHOP_DETAILS,
    SMS_CONSENT,
    parse,
    refusal,
)
from tests.plugins.test_contract import json_values

TOPICS = sorted({*THINGS, *DELETIONS, *NAMELESS, LEVELS})


@pytest.mark.parametrize(
    ("topic", "fact"),
    [("orders/delete", OrderDeleted(external_id="5")), ("products/delete", ItemDeleted(external_id="5")),
     ("customers/delete", CustomerDeleted(external_id="5"))],
)  # fmt: skip
def test_a_deletion_says_nothing_but_the_id(topic, fact):
    assert parse(topic, {"id": 5}).events == (fact,)


def test_a_deleted_customers_empty_fields_do_no_harm():
    gone = {"id": 5, "phone": None, "addresses": [], "admin_graphql_api_id": "gid://shopify/Customer/5"}

    assert parse("customers/delete", gone).events == (CustomerDeleted(external_id="5"),)


@pytest.mark.parametrize(("kind", "body"), [("orders", ORDER), ("products", PRODUCT), ("customers", CUSTOMER)])
def test_a_living_thing_is_not_deleted_by_a_swapped_header(kind, body):
    assert "not a deletion" in refusal(f"{kind}/delete", body)


def is_of_one_shape(topic, other):
    kinds = {**{name: kind for name, (kind, _) in THINGS.items()}, **NAMELESS}
    return topic == other or kinds.get(topic, topic) == kinds.get(other, other)


@pytest.mark.parametrize("told", sorted(BODIES))
@pytest.mark.parametrize("topic", TOPICS)
def test_a_body_signed_for_another_kind_of_thing_is_refused(told, topic):
    if not is_of_one_shape(topic, told):
        refusal(topic, BODIES[told])


def test_the_two_ids_of_a_body_must_be_of_the_same_thing():
    assert "something else" in refusal("orders/updated", {**ORDER, "id": 1})


# What is not used, and what must not be lost


@pytest.mark.parametrize(
    "topic",
    ["inventory_items/update", "shop/update", "bulk_operations/finish", "customer.tags_added", "themes/publish",
     "collections/update", "orders/edited", "customers/purchasing_summary"],
)  # fmt: skip
def test_what_is_not_used_says_why(topic):
    told = parse(topic, {"id": 1})

    assert told.events == ()
    assert told.nothing.reason.endswith(".")


@pytest.mark.parametrize(
    ("topic", "body"),
    [("orders/create", {**ORDER, "id": 820982911946154508,
                        "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"}),
     ("products/update", {**PRODUCT, "id": 788032119674292922,
                          "admin_graphql_api_id": "gid://shopify/Product/788032119674292922"}),
     ("products/delete", {"id": 788032119674292922}), ("customers/delete", {"id": 706405506930370084}),
     ("refunds/create", {**REFUND, "order_id": 820982911946154508}),
     ("carts/update", {**CART, "id": "exampleCartId", "token": "exampleCartId"}),
     ("checkouts/update", {**CHECKOUT, "token": "123123123", "cart_token": "eeafa272cebfd4b22385bc4b645e762c"}),
     ("inventory_levels/update", {"inventory_item_id": 271878346596884015, "location_id": 24826418, "available": None,
                                  "updated_at": "2021-12-31T19:00:00-05:00"}),
     ("customers_email_marketing_consent/update", {**EMAIL_CONSENT, "customer_id": 706405506930370084}),
     ("customers_marketing_consent/update", {**SMS_CONSENT, "id": 706405506930370084}),
     ("customers/redact", {**REDACTION, "shop_id": 954889, "shop_domain": "{shop}.myshopify.com"}),
     ("shop/redact", {"shop_id": 954889, "shop_domain": "{shop}.myshopify.com"}),
     ("app/uninstalled", {**SHOP_DETAILS, "id": 548380009, "myshopify_domain": None})],
)  # fmt: skip
def test_the_test_notification_of_the_admin_makes_no_item_and_no_customer(topic, body):
    assert "test notification" in parse(topic, body).nothing.reason


def test_a_header_alone_cannot_turn_a_delivery_into_a_test():
    assert parse("orders/create", ORDER, test="true").events


def test_a_webhook_set_to_xml_is_told_so():
    assert "JSON as its format" in refusal("orders/create", b'<?xml version="1.0"?><order><id>7</id></order>')


def test_without_a_topic_nothing_is_guessed():
    assert "X-Shopify-Topic" in refusal("", ORDER)


@pytest.mark.parametrize(
    "fields",
    [{"line_items": [{"id": 1, "quantity": 10**30, "price": "1"}]},
     {"line_items": [{"id": 1, "quantity": 10**9, "price": "999999999999"}]},
     {"line_items": [{"id": 1, "quantity": 1, "price": "sNaN"}]}, {"total_price": "1e999999"}, {"currency": "EURO"},
     {"updated_at": None}, {"updated_at": "0042-01-01T00:00:00Z"}, {"id": None}, {"id": 1.5}, {"line_items": {}}],
)  # fmt: skip
def test_what_cannot_be_an_order_is_refused_in_a_sentence(fields):
    refusal("orders/updated", {**ORDER, "admin_graphql_api_id": None, **fields})


@pytest.mark.parametrize("topic", sorted(BODIES))
@given(data=st.data())
def test_any_field_at_any_depth_may_be_nonsense_without_a_surprise(topic, data):
    body = json.loads(json.dumps(BODIES[topic]))
    place = body
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(json_values)

    try:
        parsed = parse(topic, body)
    except Malformed:
        return
    assert isinstance(parsed, Parsed)
