"""What destroys must prove in its own body what it is and whose shop it is of."""

from datetime import UTC, datetime

import pytest

from plugins.events import CustomerRedacted, DataRequested, ShopRedacted, ShopUninstalled
from tests.plugins.shopify.bodies import (
    DATA_REQUEST,
    DOMAIN,
    REDACTION,
    SHOP_DETAILS,
    SHOP_REDACTION,
    parse,
    refusal,
)

WISHES = {
    "customers/redact": REDACTION,
    "customers/data_request": DATA_REQUEST,
    "shop/redact": SHOP_REDACTION,
    "app/uninstalled": SHOP_DETAILS,
}


def test_a_wish_to_be_forgotten_names_whatever_shopify_knows():
    assert parse("customers/redact", REDACTION).events == (
        CustomerRedacted(
            customer_external_id="7401122222222",
            email="greta.muster@example.com",
            order_external_ids=("6120411111111",),
        ),
    )


@pytest.mark.parametrize(
    "customer", [{"id": None, "email": "greta.muster@example.com"}, {"id": 7401122222222}, {"phone": "+491500000000"}]
)
def test_one_name_is_enough_to_be_forgotten_by(customer):
    assert parse("customers/redact", {**REDACTION, "customer": customer, "orders_to_redact": []}).events


def test_a_wish_that_names_nobody_is_kept_for_a_human():
    assert "whom" in refusal("customers/redact", {**REDACTION, "customer": {}, "orders_to_redact": []})


def test_a_wish_to_be_shown_carries_its_number():
    assert parse("customers/data_request", DATA_REQUEST).events == (
        DataRequested(
            request_external_id="9001",
            customer_external_id="7401122222222",
            email="greta.muster@example.com",
            phone="+491500000000",
            order_external_ids=("6120411111111",),
        ),
    )


def test_a_shop_may_leave_and_be_forgotten():
    at = datetime(2026, 11, 24, 11, 59, 59, 123456, UTC)
    assert parse("app/uninstalled", SHOP_DETAILS).events == (ShopUninstalled(occurred_at=at),)
    assert parse("shop/redact", SHOP_REDACTION).events == (ShopRedacted(),)


@pytest.mark.parametrize("topic", sorted(WISHES))
@pytest.mark.parametrize("domain", ["other-shop.myshopify.com", "", "linden.example"])
def test_the_header_and_the_body_must_name_the_same_shop(topic, domain):
    assert "names another shop or none" in refusal(topic, WISHES[topic], shop_domain=domain)


@pytest.mark.parametrize("topic", sorted(WISHES))
@pytest.mark.parametrize("named", ["", "linden.example", f"{DOMAIN}.evil.example", None, 7])
def test_the_headers_word_alone_destroys_nothing(topic, named):
    field = "myshopify_domain" if topic == "app/uninstalled" else "shop_domain"

    refusal(topic, {**WISHES[topic], field: named})


@pytest.mark.parametrize("field", ["shop_domain", "orders_to_redact", "customer"])
def test_a_wish_to_be_forgotten_is_whole_or_refused(field):
    refusal("customers/redact", {name: value for name, value in REDACTION.items() if name != field})


def test_nothing_that_speaks_of_a_person_forgets_a_whole_shop():
    for body in (REDACTION, DATA_REQUEST, {**SHOP_REDACTION, "customer": None}):
        assert "30 days" in refusal("shop/redact", body)
