"""What our WordPress plugin tells: signed with a time, bound to its topic, and read as the facts it means."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from plugins.errors import BadSignature, Malformed
from plugins.events import (
    CartChanged,
    CartDeleted,
    CartStage,
    ConsentChanged,
    CustomerDeleted,
    CustomerRedacted,
    DataRequested,
    ItemDeleted,
    OrderDeleted,
    Purpose,
    ReviewDeleted,
    ReviewPosted,
    ShopUninstalled,
    VisitorRecognized,
)
from plugins.platform import Delivery
from plugins.woocommerce import WooCommerce
from tests.plugins.captured import SHOP

WOO = WooCommerce()
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECRET, NEXT = b"5f" * 32, b"6a" * 32
CART = {
    "cart_id": "c1f0", "stage": "checkout", "customer_id": 0, "email": " Greta@Example.com ", "phone": None,
    "visitor_id": "a" * 32, "locale": "de_DE", "currency": "EUR", "total": "12.30",
    "lines": [
        {"id": "k1", "product_id": 18, "variation_id": 0, "title": "Tea &amp; cup", "quantity": 2, "total": "12.30"},
    ],
    "recovery_url": "https://shop.example/?regulars_cart=abc",
}  # fmt: skip
REVIEW = {
    "id": 42, "product_id": 18, "customer_id": None, "email": "Greta@example.com", "rating": 4, "words": "<p>Warm</p>",
    "is_public": True, "is_verified": False, "posted_at": "2026-11-24T08:00:00Z",
}  # fmt: skip


def tell(topic, data, *, secret=SECRET, signed_at=NOW, header=None, **fields):
    event = {"v": 1, "topic": topic, "event_id": "e-1", "occurred_at": "2026-11-25T08:59:58Z", "data": data, **fields}
    body, at = json.dumps(event).encode(), int(signed_at.timestamp())
    signature = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-regulars-signature": f"t={at},v1={signature}", "x-regulars-topic": header or topic}
    return Delivery(headers=headers, body=body, received_at=NOW)


def read(topic, data, **more):
    delivery = tell(topic, data, **more)
    WOO.verify(delivery, [SECRET])
    return WOO.parse(delivery, SHOP).events


def test_a_cart_is_told_with_its_link():
    (cart,) = read("cart.changed", CART)

    assert isinstance(cart, CartChanged)
    assert (cart.external_id, cart.stage, cart.email) == ("c1f0", CartStage.CHECKOUT, "greta@example.com")
    assert (cart.customer_external_id, cart.visitor_id, cart.total_minor) == (None, "a" * 32, 1230)
    assert cart.recovery_url == "https://shop.example/?regulars_cart=abc"
    assert (cart.lines[0].item_external_id, cart.lines[0].variant_external_id) == ("18", None)
    assert cart.lines[0].title == "Tea & cup"
    assert cart.version_at == datetime(2026, 11, 25, 8, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", None, "//elsewhere.example"])
def test_what_is_no_link_is_left_out(link):
    assert read("cart.changed", {**CART, "recovery_url": link})[0].recovery_url is None


def test_an_answer_about_mail_is_told_with_its_wording():
    said = {"purpose": "email_marketing", "is_given": True, "email": "greta@example.com", "customer_id": None,
            "wording": "Send me news", "wording_version": "1", "locale": "en_GB", "source": "checkout"}  # fmt: skip
    (answer,) = read("consent.changed", said)

    assert isinstance(answer, ConsentChanged)
    assert (answer.purpose, answer.is_given, answer.wording) == (Purpose.EMAIL_MARKETING, True, "Send me news")
    assert answer.source == "checkout"


def test_a_review_is_told_and_its_markup_dropped():
    (review,) = read("review.changed", REVIEW)

    assert isinstance(review, ReviewPosted)
    assert (review.external_id, review.item_external_id, review.rating, review.words) == ("42", "18", 4, "Warm")
    assert review.email == "greta@example.com"


@pytest.mark.parametrize(
    ("topic", "data", "facts"),
    [
        ("review.deleted", {"id": 7}, (ReviewDeleted(external_id="7"),)),
        ("item.deleted", {"id": "7"}, (ItemDeleted(external_id="7"),)),
        ("order.deleted", {"id": 7}, (OrderDeleted(external_id="7"), CartDeleted(external_id="order-7"))),
        ("customer.deleted", {"id": 7}, (CustomerDeleted(external_id="7"),)),
        ("plugin.removed", {}, (ShopUninstalled(),)),
        (
            "customer.redacted",
            {"email": "Greta@example.com", "customer_id": 5},
            (CustomerRedacted(email="greta@example.com", customer_external_id="5"),),
        ),
        (
            "data.requested",
            {"request_id": 3, "email": "greta@example.com", "customer_id": None},
            (DataRequested(request_external_id="3", email="greta@example.com"),),
        ),
    ],
)
def test_the_small_facts_are_told(topic, data, facts):
    assert read(topic, data) == facts


def test_a_sign_in_joins_browser_and_account():
    (seen,) = read("visitor.recognized", {"visitor_id": "b" * 32, "customer_id": 12})

    assert isinstance(seen, VisitorRecognized)
    assert (seen.visitor_id, seen.customer_external_id) == ("b" * 32, "12")


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("cart.changed", {}),
        ("cart.changed", {**CART, "stage": "gone"}),
        ("cart.changed", {**CART, "total": "much"}),
        ("cart.changed", {**CART, "currency": "EURO"}),
        ("consent.changed", {"purpose": "email_marketing", "is_given": True}),
        ("customer.redacted", {"email": None, "customer_id": 0}),
        ("data.requested", {"request_id": 1}),
        ("item.deleted", {}),
        ("review.changed", {**REVIEW, "rating": 9}),
        ("nothing.known", {}),
    ],
)
def test_what_names_nothing_is_malformed(topic, data):
    with pytest.raises(Malformed):
        read(topic, data)


def test_a_newer_plugin_is_said_so():
    with pytest.raises(Malformed, match="newer"):
        read("item.deleted", {"id": 1}, v=2)


def test_a_body_does_not_pass_under_another_topic():
    with pytest.raises(Malformed, match="another topic"):
        WOO.parse(tell("item.deleted", {"id": 1}, header="customer.deleted"), SHOP)


@pytest.mark.parametrize("apart", [timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=-400)])
def test_what_was_signed_at_another_time_is_refused(apart):
    with pytest.raises(BadSignature, match="clock"):
        WOO.verify(tell("plugin.removed", {}, signed_at=NOW + apart), [SECRET])


def test_a_second_try_signed_anew_is_the_same_delivery():
    first, again = (tell("item.deleted", {"id": 1}, signed_at=NOW - timedelta(seconds=one)) for one in (50, 1))

    assert first.headers != again.headers
    assert WOO.verify(first, [SECRET]) == WOO.verify(again, [NEXT, SECRET])


@pytest.mark.parametrize(
    "signature",
    ["", "v1=", "t=1", "t=1,v1=" + "0" * 64, f"t={int(NOW.timestamp())},v1=" + "0" * 64, "t=٣,v1=" + "0" * 64, "äö"],
)
def test_a_forged_signature_is_refused_whatever_its_form(signature):
    delivery = tell("plugin.removed", {})
    forged = Delivery(headers={"x-regulars-signature": signature}, body=delivery.body, received_at=NOW)

    with pytest.raises(BadSignature):
        WOO.verify(forged, [SECRET])
    assert not WOO.is_ping(Delivery(headers=forged.headers, body=b"webhook_id=1", received_at=NOW))


def test_the_time_is_signed_too():
    delivery = tell("plugin.removed", {}, signed_at=NOW - timedelta(days=2))
    fresh = delivery.headers["x-regulars-signature"].replace(
        str(int((NOW - timedelta(days=2)).timestamp())), str(int(NOW.timestamp()))
    )

    with pytest.raises(BadSignature):
        WOO.verify(Delivery(headers={"x-regulars-signature": fresh}, body=delivery.body, received_at=NOW), [SECRET])
