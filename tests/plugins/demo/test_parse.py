"""The demo's messages, each as the fact it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.demo import Demo
from plugins.demo.parse import READERS
from plugins.errors import Malformed
from plugins.events import (
    AddressSuppressed,
    CartDeleted,
    CartStage,
    ConsentChanged,
    CustomerMerged,
    CustomerRedacted,
    DataRequested,
    OrderState,
    Parsed,
    Purpose,
    ShopRedacted,
    ShopUninstalled,
)
from plugins.platform import Delivery, ShopFacts
from tests.plugins.test_contract import json_values

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = ShopFacts(currency="GBP", time_zone="Europe/London")
AT = "2026-11-20T10:00:00Z"
LINE = {"id": "1", "item_id": "5", "title": "Tea", "quantity": 2, "total": "9.00"}
WHO = {"customer_id": "3", "email": "a@example.com", "phone": "+4420", "address": "1 Quay", "visitor_id": "a" * 32}
PURCHASE = {"id": "7", "changed_at": AT, "currency": "GBP", "total": "9.00", "lines": [LINE], **WHO}
PERSON = {"customer_id": "3", "email": "a@example.com", "phone": "+4420", "order_ids": [7, "8"]}
SAID = {
    "purpose": "email_marketing", "is_given": True, "occurred_at": AT, "email": "a@example.com", "source": "checkout",
    "wording": "Yes, remind me by e-mail.", "wording_version": "1", "locale": "en",
}  # fmt: skip
DATA: dict[str, dict[str, Any]] = {
    "order.changed": {**PURCHASE, "placed_at": AT, "state": "unpaid", "cart_id": "c1", "country": "GB"},
    "order.deleted": {"id": "7"},
    "refund.made": {"id": "1", "order_id": "7", "amount": "9.00", "currency": "GBP", "made_at": AT},
    "cart.changed": {**PURCHASE, "stage": "checkout", "locale": "en-GB"},
    "cart.deleted": {"id": "c1"},
    "item.changed": {"id": "5", "changed_at": AT, "title": "Tea", "price": "4.50", "currency": "GBP", "stock": 3},
    "item.deleted": {"id": "5"},
    "stock.changed": {"id": "5", "changed_at": AT, "stock": 3},
    "customer.changed": {"id": "3", "changed_at": AT, "email": "a@example.com"},
    "customer.deleted": {"id": "3"},
    "customer.merged": {"from_id": "2", "into_id": "3", "merged_at": AT},
    "customer.redacted": PERSON,
    "data.requested": {**PERSON, "request_id": "r1"},
    "visitor.recognized": {"visitor_id": "a" * 32, "customer_id": "3", "recognized_at": AT},
    "consent.changed": SAID,
    "address.suppressed": {"email": "a@example.com", "reason": "complained", "occurred_at": AT, "source": "relay"},
    "shop.uninstalled": {},
    "shop.redacted": {},
}


def parse(kind, data):
    body = json.dumps({"type": kind, "data": data}).encode()
    return Demo().parse(Delivery(headers={}, body=body, received_at=NOW), SHOP)


def fact(kind, **fields):
    return parse(kind, {**DATA[kind], **fields}).events[0]


def test_every_message_is_tried_here():
    assert set(DATA) == set(READERS)


def test_a_cart_and_its_order_say_whose_they_are_alike():
    cart, order = fact("cart.changed"), fact("order.changed")

    for name in ("customer_external_id", "email", "phone", "address", "visitor_id", "currency", "total_minor", "lines"):
        assert getattr(cart, name) == getattr(order, name)
    assert (cart.stage, cart.locale, cart.total_minor) == (CartStage.CHECKOUT, "en-GB", 900)
    assert (order.state, order.cart_external_id, order.country) == (OrderState.UNPAID, "c1", "GB")


def test_whoever_is_not_named_is_nobody():
    bare = {name: value for name, value in DATA["cart.changed"].items() if name not in WHO and name != "locale"}
    cart = parse("cart.changed", {**bare, "email": "", "visitor_id": ""}).events[0]

    assert (cart.customer_external_id, cart.email, cart.phone, cart.visitor_id, cart.locale) == (None,) * 5


@pytest.mark.parametrize("stage", CartStage)
def test_a_cart_tells_how_far_it_is(stage):
    assert fact("cart.changed", stage=stage).stage is stage


def test_a_yes_comes_with_its_sentence():
    assert fact("consent.changed") == ConsentChanged(
        purpose=Purpose.EMAIL_MARKETING,
        is_given=True,
        occurred_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        email="a@example.com",
        source="checkout",
        wording="Yes, remind me by e-mail.",
        wording_version="1",
        locale="en",
    )


def test_what_is_asked_for_a_person_names_them():
    named = {"customer_external_id": "3", "email": "a@example.com", "phone": "+4420", "order_external_ids": ("7", "8")}

    assert fact("customer.redacted") == CustomerRedacted(**named)
    assert fact("data.requested") == DataRequested(request_external_id="r1", **named)


def test_the_other_words_are_facts_too():
    assert isinstance(fact("address.suppressed"), AddressSuppressed)
    assert isinstance(fact("customer.merged"), CustomerMerged)
    assert fact("cart.deleted") == CartDeleted(external_id="c1")
    assert (fact("shop.uninstalled"), fact("shop.redacted")) == (ShopUninstalled(), ShopRedacted())


@pytest.mark.parametrize(
    ("kind", "data"),
    [("customer.redacted", {}), ("consent.changed", {**SAID, "email": None}), ("shop.redacted", None),
     ("consent.changed", {**SAID, "purpose": "everything"}), ("cart.changed", {**PURCHASE, "stage": "lost"}),
     ("address.suppressed", {**DATA["address.suppressed"], "reason": "mood"}), ("data.requested", PERSON)],
)  # fmt: skip
def test_what_says_too_little_is_refused_in_a_sentence(kind, data):
    with pytest.raises(Malformed) as caught:
        parse(kind, data)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("kind", sorted(DATA))
@given(data=st.data())
def test_any_field_may_be_nonsense_without_a_surprise(kind, data):
    fields = dict(DATA[kind])
    fields[data.draw(st.sampled_from(sorted(fields) or ["x"]))] = data.draw(json_values)

    try:
        parsed = parse(kind, fields)
    except Malformed:
        return
    assert isinstance(parsed, Parsed)
