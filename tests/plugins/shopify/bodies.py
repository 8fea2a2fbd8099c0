"""Shopify's bodies, written by its documentation, and signed. The shop, its people and its goods are made up."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.errors import Malformed
from plugins.events import Parsed
from plugins.platform import Delivery, ShopFacts
from plugins.shopify import Shopify

HEARD_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
SECRET = b"f3b1c07d9f1e4a5f8b21c07d9f1e4a5f"
DOMAIN = "linden-und-garn.myshopify.com"

ORDER: dict[str, Any] = {
    "id": 6120411111111, "admin_graphql_api_id": "gid://shopify/Order/6120411111111", "name": "#1042",
    "order_number": 1042, "test": False, "cancelled_at": None, "cancel_reason": None, "closed_at": None,
    "created_at": "2026-11-20T11:04:09+01:00", "processed_at": "2026-11-20T11:04:07+01:00",
    "updated_at": "2026-11-20T11:04:11+01:00", "currency": "EUR", "presentment_currency": "EUR",
    "financial_status": "paid", "fulfillment_status": None, "source_name": "web", "buyer_accepts_marketing": False,
    "total_price": "54.30", "current_total_price": "54.30", "subtotal_price": "49.40", "total_discounts": "5.50",
    "total_tax": "8.67", "taxes_included": True, "total_price_set": {
        "shop_money": {"amount": "54.30", "currency_code": "EUR"},
        "presentment_money": {"amount": "54.30", "currency_code": "EUR"},
    },
    "discount_codes": [{"code": "WOLLE10", "amount": "5.50", "type": "percentage"}],
    "email": "Greta.Muster@Example.com", "contact_email": "greta.muster@example.com", "phone": None,
    "customer": {"id": 7401122222222, "email": "greta.muster@example.com", "first_name": "Greta"},
    "billing_address": {"address1": "Am Bach 3", "zip": "10115", "city": "Berlin", "country": "Germany",
                        "country_code": "DE", "phone": "030 1234567"},
    "shipping_address": {"first_name": "Greta", "last_name": "Muster", "address1": "Lindengasse 12",
                         "address2": "Top 4", "zip": "1070", "city": "Wien", "country": "Austria",
                         "country_code": "AT", "phone": None},
    "cart_token": "Z2NwLWV1cm9wZQ?key=4f1e", "checkout_token": "0f1e2d", "browser_ip": "192.0.2.7", "landing_site": "/",
    "note_attributes": [], "refunds": [], "shipping_lines": [{"id": 5, "price": "4.90"}],
    "line_items": [
        {"id": 15011, "product_id": 8201, "variant_id": 44101, "sku": "GARN-BLAU", "title": "Garn, blau",
         "name": "Garn, blau - 100 g", "quantity": 3, "current_quantity": 3, "price": "13.30",
         "total_discount": "0.00", "discount_allocations": [{"amount": "3.99", "discount_application_index": 0}]},
        {"id": 15012, "product_id": 8202, "variant_id": 44102, "sku": None, "title": "Stricknadeln",
         "name": "Stricknadeln", "quantity": 1, "current_quantity": 1, "price": "15.00",
         "total_discount": "0.00", "discount_allocations": [{"amount": "1.51", "discount_application_index": 0}]},
    ],
}  # fmt: skip

REFUND: dict[str, Any] = {
    "id": 90211, "admin_graphql_api_id": "gid://shopify/Refund/90211", "order_id": 6120411111111,
    "created_at": "2026-11-22T09:00:00+01:00", "processed_at": "2026-11-22T09:00:00+01:00", "note": "zu <b>klein</b>",
    "restock": True, "order_adjustments": [],
    "refund_line_items": [{"id": 1, "line_item_id": 15012, "quantity": 1, "subtotal": 13.49, "total_tax": 2.15}],
    "transactions": [{"id": 3, "order_id": 6120411111111, "kind": "refund", "gateway": "shopify_payments",
                      "status": "success", "amount": "13.49", "currency": "EUR", "test": False}],
}  # fmt: skip

PRODUCT: dict[str, Any] = {
    "id": 8201, "admin_graphql_api_id": "gid://shopify/Product/8201", "title": "Garn &amp; Wolle, blau",
    "handle": "garn-blau", "body_html": "<p>Weich.</p>", "vendor": "Linden", "product_type": "Garn",
    "tags": "blau, merino, Garn", "status": "active", "published_scope": "global", "template_suffix": None,
    "created_at": "2025-02-01T08:00:00+01:00", "published_at": "2025-02-02T08:00:00+01:00",
    "updated_at": "2026-11-20T12:00:00+01:00", "category": None,
    "image": {"id": 1, "src": "https://cdn.shopify.com/s/files/1/0000/0001/files/blau.jpg?v=1"},
    "images": [{"id": 1, "src": "https://cdn.shopify.com/s/files/1/0000/0001/files/blau.jpg?v=1"}],
    "variants": [
        {"id": 44101, "product_id": 8201, "title": "100 g", "price": "13.30", "compare_at_price": "15.00",
         "inventory_item_id": 46001, "inventory_management": "shopify", "inventory_policy": "deny",
         "inventory_quantity": 4},
        {"id": 44103, "product_id": 8201, "title": "50 g", "price": "7.20", "compare_at_price": None,
         "inventory_item_id": 46003, "inventory_management": "shopify", "inventory_policy": "deny",
         "inventory_quantity": -1},
    ],
}  # fmt: skip

CUSTOMER: dict[str, Any] = {
    "id": 7401122222222, "admin_graphql_api_id": "gid://shopify/Customer/7401122222222",
    "email": "Greta.Muster@Example.com", "phone": "+491500000000", "first_name": "Greta", "last_name": "Muster",
    "state": "disabled", "verified_email": True, "tax_exempt": False, "created_at": "2025-06-01T10:00:00+02:00",
    "updated_at": "2026-11-20T11:04:10+01:00", "default_address": {"id": 9, "country": "Germany", "country_code": "DE"},
}  # fmt: skip

CART: dict[str, Any] = {
    "id": "Z2NwLWV1cm9wZQ?key=4f1e", "token": "Z2NwLWV1cm9wZQ?key=4f1e", "note": None,
    "created_at": "2026-11-20T09:50:00.000Z", "updated_at": "2026-11-20T09:58:00.000Z",
    "line_items": [
        {"id": 44101, "key": "44101:3abd", "product_id": 8201, "variant_id": 44101, "title": "Garn, blau - 100 g",
         "quantity": 3, "price": "13.30", "original_price": "13.30", "discounted_price": "12.30", "line_price": "36.90",
         "original_line_price": "39.90", "total_discount": "3.00", "properties": None, "gift_card": False,
         "line_price_set": {"shop_money": {"amount": "36.90", "currency_code": "EUR"},
                            "presentment_money": {"amount": "34.32", "currency_code": "CHF"}}},
    ],
}  # fmt: skip

CHECKOUT: dict[str, Any] = {
    "token": "0f1e2d", "cart_token": "Z2NwLWV1cm9wZQ?key=4f1e", "email": "Greta.Muster@Example.com", "phone": None,
    "customer": {"id": 7401122222222, "email": "greta.muster@example.com"}, "buyer_accepts_marketing": True,
    "buyer_accepts_sms_marketing": False, "sms_marketing_phone": None, "created_at": "2026-11-20T11:00:00+01:00",
    "updated_at": "2026-11-20T11:02:00+01:00", "completed_at": None, "closed_at": None, "customer_locale": "de-AT",
    "currency": "EUR", "presentment_currency": "CHF", "total_price": "41.80", "subtotal_price": "35.91",
    "note_attributes": [{"name": "_regulars_visitor", "value": "a" * 32}], "source_name": "web", "discount_codes": [],
    "abandoned_checkout_url": "https://linden.example/954/checkouts/0f1e2d/recover?key=not-a-real-key",
    "billing_address": ORDER["billing_address"], "shipping_address": ORDER["shipping_address"],
    "line_items": [
        {"key": "139cb5", "product_id": 8201, "variant_id": 44101, "title": "Garn, blau", "variant_title": "100 g",
         "quantity": 3, "price": "13.30", "line_price": "39.90", "variant_price": "13.30", "applied_discounts": [],
         "discount_allocations": [{"id": None, "amount": "3.99", "description": "WOLLE10"}]},
    ],
}  # fmt: skip

CHECKOUT_GONE: dict[str, Any] = {
    "cart_token": "Z2NwLWV1cm9wZQ?key=4f1e", "presentment_currency": "CHF", "total_price": "41.80",
}  # fmt: skip

LEVEL: dict[str, Any] = {
    "inventory_item_id": 46001, "location_id": 655441, "available": 4, "updated_at": "2026-11-20T12:01:00+01:00",
    "admin_graphql_api_id": "gid://shopify/InventoryLevel/523463?inventory_item_id=46001",
}  # fmt: skip

EMAIL_CONSENT: dict[str, Any] = {
    "customer_id": 7401122222222, "email_address": "Greta.Muster@Example.com",
    "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in",
                                "consent_updated_at": "2026-11-20T11:04:10+01:00"},
}  # fmt: skip

SMS_CONSENT: dict[str, Any] = {
    "id": 7401122222222, "phone": "+491500000000",
    "sms_marketing_consent": {"state": "unsubscribed", "opt_in_level": "single_opt_in",
                              "consent_updated_at": "2026-11-21T08:00:00+01:00", "consent_collected_from": "SHOPIFY"},
}  # fmt: skip

MERGE: dict[str, Any] = {
    "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/7401122222222",
    "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/7401133333333",
    "admin_graphql_api_job_id": "gid://shopify/Job/1", "status": "completed", "errors": [],
}  # fmt: skip

REDACTION: dict[str, Any] = {
    "shop_id": 61200, "shop_domain": DOMAIN, "orders_to_redact": [6120411111111],
    "customer": {"id": 7401122222222, "email": "Greta.Muster@Example.com", "phone": None},
}  # fmt: skip

DATA_REQUEST: dict[str, Any] = {
    "shop_id": 61200, "shop_domain": DOMAIN, "orders_requested": [6120411111111], "data_request": {"id": 9001},
    "customer": {"id": 7401122222222, "email": "Greta.Muster@Example.com", "phone": "+491500000000"},
}  # fmt: skip

SHOP_REDACTION: dict[str, Any] = {"shop_id": 61200, "shop_domain": DOMAIN}

SHOP_DETAILS: dict[str, Any] = {
    "id": 61200, "name": "Linden & Garn", "email": "hallo@linden.example", "domain": "linden.example",
    "myshopify_domain": DOMAIN, "country_code": "DE", "currency": "EUR", "iana_timezone": "Europe/Berlin",
    "plan_name": "basic", "shop_owner": "Nobody", "created_at": None, "updated_at": None,
}  # fmt: skip

# One body of every shape, by a topic that carries it.
BODIES: dict[str, dict[str, Any]] = {
    "orders/updated": {**ORDER, "refunds": [REFUND]},
    "refunds/create": REFUND,
    "products/update": PRODUCT,
    "customers/update": CUSTOMER,
    "carts/update": CART,
    "checkouts/update": CHECKOUT,
    "checkouts/delete": CHECKOUT_GONE,
    "inventory_levels/update": LEVEL,
    "customers_email_marketing_consent/update": EMAIL_CONSENT,
    "customers_marketing_consent/update": SMS_CONSENT,
    "customers/merge": MERGE,
    "customers/redact": REDACTION,
    "customers/data_request": DATA_REQUEST,
    "shop/redact": SHOP_REDACTION,
    "app/uninstalled": SHOP_DETAILS,
}


def headers(topic: str, body: bytes, *, secret: bytes = SECRET, **more: str) -> dict[str, str]:
    """Return the headers of a delivery, signed; names as Shopify writes them."""
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode(),
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "X-Shopify-Triggered-At": "2026-11-24T11:59:59.123456789Z",
        **{f"X-Shopify-{name.replace('_', '-').title()}": value for name, value in more.items()},
    }


def delivery(topic: str, body: Any, **more: Any) -> Delivery:
    """Return a delivery as the door hands it to the plugin."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.lower(): value for name, value in headers(topic, raw, **more).items()}
    return Delivery(headers=named, body=raw, received_at=HEARD_AT)


def parse(topic: str, body: Any, **more: Any) -> Parsed:
    """Return what a delivery says."""
    return Shopify().parse(delivery(topic, body, **more), SHOP)


def refusal(topic: str, body: Any, **more: Any) -> str:
    """Return why a delivery is refused, which is a sentence."""
    with pytest.raises(Malformed) as caught:
        parse(topic, body, **more)
    assert str(caught.value).endswith(".")
    return str(caught.value)
