"""Shopify's bodies, written by its documentation, and signed. The shop, its people and its goods are made up."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from plugins.platform import Delivery, ShopFacts

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
    "billing_address": {"country": "Germany", "country_code": "DE"},
    "shipping_address": {"country": "Austria", "country_code": "AT"},
    "cart_token": "Z2NwLWV1cm9wZQ", "checkout_token": "0f1e2d", "browser_ip": "192.0.2.7", "landing_site": "/",
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

BODIES = {"orders": ORDER, "refunds": REFUND, "products": PRODUCT, "customers": CUSTOMER}


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
