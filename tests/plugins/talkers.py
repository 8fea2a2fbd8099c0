"""Every platform with a shop of its own at the other end: what it says, and how it signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from plugins import PLATFORMS
from plugins.demo.signature import sign
from plugins.platform import Delivery, Platform, ShopFacts
from tests.plugins.corner import SIGNATURE, Corner
from tests.plugins.shopify import bodies as shopify

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
SECRET, NEXT_SECRET = b"first-secret", b"second-secret"
GRETA = "greta@example.com"
Body = dict[str, Any]
Told = tuple[str, Body]


@dataclass(frozen=True)
class Talker:
    """A platform and a shop's day on it: topics with bodies, in the order in which they happened.

    In the end of the day the order is placed, the cart ordered, and whoever was asked said no.
    """

    platform: Platform
    sign: Callable[[str, bytes, bytes], Delivery]
    day: tuple[Told, ...]

    def delivery(self, told: Told, *, secret: bytes = SECRET) -> Delivery:
        """Return a delivery of the day as the door hands it on."""
        topic, body = told
        return self.sign(topic, json.dumps(body).encode(), secret)


def _base64(secret: bytes, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


def _woocommerce(topic: str, body: bytes, secret: bytes) -> Delivery:
    headers = {"x-wc-webhook-topic": topic, "x-wc-webhook-signature": _base64(secret, body), "x-wc-webhook-id": "1"}
    return Delivery(headers=headers, body=body, received_at=NOW)


def _shopify(topic: str, body: bytes, secret: bytes) -> Delivery:
    return shopify.delivery(topic, body, secret=secret)


def _demo(_topic: str, body: bytes, secret: bytes) -> Delivery:
    name, at = "m" + hashlib.sha256(body).hexdigest()[:12], int(NOW.timestamp())
    signature = sign(secret, name, at, body)
    headers = {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signature}
    return Delivery(headers=headers, body=body, received_at=NOW)


def _corner(_topic: str, body: bytes, secret: bytes) -> Delivery:
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return Delivery(headers={SIGNATURE: signature}, body=body, received_at=NOW)


WOO_ORDER: Body = {
    "id": 7, "status": "pending", "created_via": "checkout", "currency": "EUR", "total": "12.50", "customer_id": 3,
    "date_created_gmt": "2026-11-20T10:00:00", "date_modified_gmt": "2026-11-20T10:00:00",
    "billing": {"email": GRETA, "phone": "030 1234567", "country": "DE"},
    "shipping": {"address_1": "Am Bach 3", "city": "Berlin", "postcode": "10115", "country": "DE"},
    "line_items": [{"id": 1, "product_id": 5, "name": "Tea", "quantity": 2, "total": "12.50"}],
}  # fmt: skip
WOO_PRODUCT: Body = {
    "id": 5, "name": "Tea", "status": "publish", "price": "6.25", "stock_status": "instock", "stock_quantity": 4,
    "date_modified_gmt": "2026-11-20T09:00:00",
}  # fmt: skip
WOO_CUSTOMER: Body = {
    "id": 3, "email": GRETA, "role": "customer", "date_created_gmt": "2026-11-20T10:00:00",
    "date_modified_gmt": "2026-11-20T10:00:00", "billing": {},
}  # fmt: skip
WOO: tuple[Told, ...] = (
    ("product.created", WOO_PRODUCT),
    ("customer.created", WOO_CUSTOMER),
    ("order.created", WOO_ORDER),
    ("order.updated", {**WOO_ORDER, "status": "processing"}),  # within the same second
    ("order.updated", {**WOO_ORDER, "status": "completed", "date_modified_gmt": "2026-11-21T10:00:00"}),
    ("product.updated", {**WOO_PRODUCT, "stock_quantity": 2, "date_modified_gmt": "2026-11-20T10:00:01"}),
    ("order.deleted", {"id": 8}),
)

LATER = {"updated_at": "2026-11-20T11:04:30+01:00"}
NO = {**shopify.EMAIL_CONSENT["email_marketing_consent"], "state": "unsubscribed"}
SHOPIFY: tuple[Told, ...] = (
    ("products/create", shopify.PRODUCT),
    ("customers/create", shopify.CUSTOMER),
    ("carts/create", shopify.CART),
    ("checkouts/create", shopify.CHECKOUT),
    ("carts/update", {**shopify.CART, "updated_at": "2026-11-20T10:03:00.000Z"}),  # without the name the checkout gave
    ("orders/create", {**shopify.ORDER, "financial_status": "pending", "updated_at": "2026-11-20T11:04:09+01:00"}),
    ("orders/paid", shopify.ORDER),
    ("checkouts/update", {**shopify.CHECKOUT, **LATER, "completed_at": "2026-11-20T11:04:07+01:00"}),
    ("inventory_levels/update", shopify.LEVEL),
    ("inventory_levels/update", {**shopify.LEVEL, **LATER, "available": 1}),
    ("refunds/create", shopify.REFUND),
    ("customers_email_marketing_consent/update", shopify.EMAIL_CONSENT),
    ("customers_email_marketing_consent/update", {
        **shopify.EMAIL_CONSENT,
        "email_marketing_consent": {**NO, "consent_updated_at": "2026-11-23T09:00:00+01:00"},
    }),
    ("products/delete", {"id": 9}),
)  # fmt: skip

DEMO_CART: Body = {
    "id": "c1", "changed_at": "2026-11-20T10:00:00Z", "stage": "cart", "currency": "EUR", "total": "12.50",
    "lines": [{"id": "1", "item_id": "5", "title": "Tea", "quantity": 2, "total": "12.50"}],
}  # fmt: skip
DEMO_WHO = {"email": GRETA, "phone": "+49301234567", "address": "Am Bach 3, 10115 Berlin"}
DEMO_ORDER: Body = {
    **DEMO_CART, **DEMO_WHO, "id": "7", "cart_id": "c1", "placed_at": "2026-11-20T10:05:00Z", "state": "pending",
}  # fmt: skip
DEMO_WORD: Body = {"purpose": "email_marketing", "is_given": True, "email": GRETA, "source": "checkout"}


def _demo_says(kind: str, **data: Any) -> Told:
    return kind, {"type": kind, "data": data}


DEMO = (
    _demo_says("item.changed", id="5", changed_at="2026-11-20T09:00:00Z", title="Tea", price="6.25", currency="EUR"),
    _demo_says("stock.changed", id="5", changed_at="2026-11-20T09:30:00Z", stock=3),
    _demo_says("cart.changed", **DEMO_CART),
    _demo_says("cart.changed", **{**DEMO_CART, **DEMO_WHO, "stage": "checkout", "changed_at": "2026-11-20T10:02:00Z"}),
    _demo_says("consent.changed", **DEMO_WORD, occurred_at="2026-11-20T10:02:00Z"),
    _demo_says("order.changed", **{**DEMO_ORDER, "changed_at": "2026-11-20T10:05:00Z"}),
    _demo_says("order.changed", **{**DEMO_ORDER, "changed_at": "2026-11-20T10:06:00Z", "state": "placed"}),
    _demo_says("cart.changed", **{**DEMO_CART, "stage": "ordered", "changed_at": "2026-11-20T10:05:00Z"}),
    _demo_says("consent.changed", **{**DEMO_WORD, "is_given": False}, occurred_at="2026-11-23T10:00:00Z"),
)

CORNER_ORDER: Body = {
    "tells": "order", "id": "7", "at": "2026-11-20T10:00:00Z", "state": "unpaid", "email": GRETA, "total": "12.50",
    "item": "5",
}  # fmt: skip
CORNER: tuple[Told, ...] = (
    ("told", {"tells": "stock", "id": "5", "at": "2026-11-20T10:00:00Z", "pieces": 3}),
    ("told", {**CORNER_ORDER, "tells": "cart", "state": "checkout"}),
    ("told", {"tells": "consent", "at": "2026-11-20T10:00:00Z", "email": GRETA, "is_yes": True}),
    ("told", CORNER_ORDER),
    ("told", {**CORNER_ORDER, "state": "placed"}),  # within the same second
    ("told", {**CORNER_ORDER, "tells": "cart", "state": "ordered", "email": None, "at": "2026-11-20T10:00:01Z"}),
    ("told", {"tells": "consent", "at": "2026-11-23T10:00:00Z", "email": GRETA, "is_yes": False}),
    ("told", {"tells": "gone", "id": "8"}),
)

TALKERS = {
    "woocommerce": Talker(PLATFORMS["woocommerce"], _woocommerce, WOO),
    "shopify": Talker(PLATFORMS["shopify"], _shopify, SHOPIFY),
    "demo": Talker(PLATFORMS["demo"], _demo, DEMO),
    "corner": Talker(Corner(), _corner, CORNER),
}
