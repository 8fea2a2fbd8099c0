"""One suite for every platform: what any of them must do with honest, forged and broken deliveries."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins import PLATFORMS
from plugins.demo.signature import sign
from plugins.errors import BadSignature, Malformed
from plugins.events import Parsed
from plugins.platform import Delivery, ShopFacts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
SECRET, NEXT_SECRET = b"first-secret", b"second-secret"


def woocommerce(body: bytes, secret: bytes = SECRET) -> Delivery:
    signature = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    headers = {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": signature, "x-wc-webhook-id": "1"}
    return Delivery(headers=headers, body=body, received_at=NOW)


def shopify(body: bytes, secret: bytes = SECRET) -> Delivery:
    signature = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    headers = {"x-shopify-topic": "orders/updated", "x-shopify-hmac-sha256": signature, "x-shopify-webhook-id": "w1"}
    return Delivery(headers=headers, body=body, received_at=NOW)


def demo(body: bytes, secret: bytes = SECRET) -> Delivery:
    at = int(NOW.timestamp())
    headers = {
        "webhook-id": "m1", "webhook-timestamp": str(at), "webhook-signature": sign(secret, "m1", at, body),
    }  # fmt: skip
    return Delivery(headers=headers, body=body, received_at=NOW)


SIGNERS: dict[str, Callable[..., Delivery]] = {"woocommerce": woocommerce, "shopify": shopify, "demo": demo}
GOOD = {
    "woocommerce": {
        "id": 7, "status": "processing", "currency": "EUR", "total": "12.50", "customer_id": 3,
        "date_created_gmt": "2026-11-20T10:00:00", "date_modified_gmt": "2026-11-20T10:00:01",
        "line_items": [{"id": 1, "product_id": 5, "name": "Tea", "quantity": 2, "total": "12.50"}],
    },
    "shopify": {
        "id": 7, "admin_graphql_api_id": "gid://shopify/Order/7", "financial_status": "paid", "currency": "EUR",
        "total_price": "12.50", "created_at": "2026-11-20T10:00:00+01:00", "updated_at": "2026-11-20T10:00:01+01:00",
        "customer": {"id": 3},
        "line_items": [{"id": 1, "product_id": 5, "title": "Tea", "quantity": 2, "price": "6.25"}],
        "refunds": [{"id": 2, "created_at": "2026-11-21T10:00:00+01:00", "transactions": [
            {"kind": "refund", "status": "success", "amount": "6.25", "currency": "EUR"}]}],
        "note_attributes": [{"name": "gift", "value": "yes"}],
    },
    "demo": {"type": "stock.changed", "data": {"id": "5", "changed_at": "2026-11-20T10:00:00Z", "stock": 3}},
}  # fmt: skip


@pytest.fixture(params=sorted(PLATFORMS))
def name(request):
    return request.param


def good_body(name: str) -> bytes:
    return json.dumps(GOOD[name]).encode()


def test_every_platform_is_in_this_suite():
    assert set(SIGNERS) == set(GOOD) == set(PLATFORMS)


def test_a_signed_delivery_is_verified_and_gives_facts(name):
    delivery = SIGNERS[name](good_body(name))

    assert PLATFORMS[name].verify(delivery, [SECRET]).idempotency_key
    assert PLATFORMS[name].parse(delivery, SHOP).events


def test_the_same_bytes_give_the_same_facts_and_key(name):
    one, two = SIGNERS[name](good_body(name)), SIGNERS[name](good_body(name))

    assert PLATFORMS[name].verify(one, [SECRET]) == PLATFORMS[name].verify(two, [SECRET])
    assert PLATFORMS[name].parse(one, SHOP) == PLATFORMS[name].parse(two, SHOP)


@pytest.mark.parametrize("secrets", [[b"other"], []])
def test_another_secret_is_refused(name, secrets):
    with pytest.raises(BadSignature):
        PLATFORMS[name].verify(SIGNERS[name](good_body(name)), secrets)


def test_either_secret_holds_during_rotation(name):
    for secret in (SECRET, NEXT_SECRET):
        assert PLATFORMS[name].verify(SIGNERS[name](good_body(name), secret), [SECRET, NEXT_SECRET])


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b" ", lambda b: b.replace(b"2026", b"2027", 1)])
def test_a_changed_body_is_refused(name, damage):
    delivery = SIGNERS[name](good_body(name))

    with pytest.raises(BadSignature):
        PLATFORMS[name].verify(replace(delivery, body=damage(delivery.body)), [SECRET])


def test_a_missing_signature_is_refused(name):
    with pytest.raises(BadSignature):
        PLATFORMS[name].verify(Delivery(headers={}, body=good_body(name), received_at=NOW), [SECRET])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"NaN", b'{"id": NaN}', b"\xff\xfe{}", b"[" * 100_000,
     b'{"a":' * 5000 + b"1" + b"}" * 5000,
     b'{"type": 3}', b'{"type": "order.changed", "data": []}', b'{"id": {"x": 1}, "status": 4}'],
)  # fmt: skip
def test_what_is_signed_but_unreadable_is_malformed_and_nothing_worse(name, body):
    delivery = SIGNERS[name](body)
    PLATFORMS[name].verify(delivery, [SECRET])

    with pytest.raises(Malformed) as caught:
        PLATFORMS[name].parse(delivery, SHOP)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1066-10-14", "2999-01-01"]
)
def test_a_time_at_the_end_of_the_calendar_is_malformed(name, moment):
    body = json.dumps(GOOD[name]).replace("2026-11-20T10:00:00", moment)

    with pytest.raises(Malformed):
        PLATFORMS[name].parse(SIGNERS[name](body.encode()), SHOP)


@pytest.mark.parametrize(
    ("platform", "honest", "beyond"),
    [
        ("woocommerce", '"12.50"', '"9e9999999999"'),
        ("woocommerce", '"quantity": 2', '"quantity": 9223372036854775808'),
        ("shopify", '"12.50"', '"9e9999999999"'),
        ("demo", '"stock": 3', '"stock": 9223372036854775808'),
    ],
)
def test_a_figure_that_no_column_holds_is_malformed(platform, honest, beyond):
    body = json.dumps(GOOD[platform]).replace(honest, beyond)

    with pytest.raises(Malformed):
        PLATFORMS[platform].parse(SIGNERS[platform](body.encode()), SHOP)


def test_half_a_character_and_nul_do_not_reach_the_database(name):
    body = json.loads(json.dumps(GOOD[name]))
    target = body["data"] if name == "demo" else body
    target.pop("admin_graphql_api_id", None)
    target["id"] = "7\ud83d\x00"

    (fact, *_) = PLATFORMS[name].parse(SIGNERS[name](json.dumps(body).encode()), SHOP).events

    assert fact.external_id == "7?"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
@given(data=st.data())
def test_any_field_may_be_nonsense_without_a_surprise(platform, data):
    body = json.loads(json.dumps(GOOD[platform]))
    target = body["data"] if platform == "demo" else body
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(json_values)

    try:
        parsed = PLATFORMS[platform].parse(SIGNERS[platform](json.dumps(body).encode()), SHOP)
    except Malformed:
        return
    assert isinstance(parsed, Parsed)
