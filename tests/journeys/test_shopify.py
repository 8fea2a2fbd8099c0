"""A Shopify merchant's way: webhooks made by hand, signed with the secret that the admin shows."""

import json
import random

import pytest

from app.ingest.digest import digest
from app.jobs.deliveries import drain_deliveries
from app.models import Customer, Delivery, DeliveryState, Item, Order, OrderLine, Refund
from tests.app.cast import share_secret
from tests.conftest import add_shop
from tests.plugins.shopify.bodies import CUSTOMER, ORDER, PRODUCT, REFUND, SECRET, headers

LATER = {"updated_at": "2026-11-22T09:00:02+01:00"}
GONE = {"id": 8203}
NEEDLES = {**PRODUCT, "id": 8203, "admin_graphql_api_id": "gid://shopify/Product/8203", "title": "Nadeln"}
HISTORY = [
    ("products/create", PRODUCT),
    ("products/create", NEEDLES),
    ("customers/create", CUSTOMER),
    ("orders/create", {**ORDER, "financial_status": "pending", "updated_at": "2026-11-20T11:04:09+01:00"}),
    ("orders/paid", ORDER),
    ("orders/updated", ORDER),
    ("customers/update", {**CUSTOMER, **LATER, "first_name": "Margarete"}),
    ("products/update", {**PRODUCT, **LATER, "title": "Garn, tiefblau"}),
    ("refunds/create", REFUND),
    ("orders/updated", {**ORDER, **LATER, "financial_status": "partially_refunded", "refunds": [REFUND]}),
    ("products/delete", GONE),
    ("carts/update", {"id": "Z2NwLWV1cm9wZQ", "line_items": []}),
]


@pytest.fixture
def open_shop(wiring):
    def one(slug, secret=SECRET):
        shop_id = add_shop(wiring.db, slug, platform="shopify", currency="EUR")
        share_secret(wiring, shop_id, secret)
        return shop_id

    return one


@pytest.fixture
def linden_garn(open_shop):
    """Linden & Garn, a shop at Shopify."""
    return open_shop("linden-garn")


@pytest.fixture
def post(client):
    def one(topic, body, shop="linden-garn", **more):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(f"/webhooks/shopify/{shop}", data=raw, headers=headers(topic, raw, **more))

    return one


def rows(wiring, shop_id, kind):
    with wiring.db.of_shop(shop_id) as session:
        return session.query(kind).order_by(*kind.__mapper__.primary_key).all()


def states(wiring, shop_id):
    return [one.state for one in rows(wiring, shop_id, Delivery)]


def deliver(post, wiring, shop_id, slug, history):
    for topic, body in history:
        assert post(topic, body, slug).status_code == 200
    drain_deliveries(shop_id, wiring=wiring)


def test_a_shops_day_becomes_rows(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", HISTORY)

    (order,), (refund,), (customer,) = (rows(wiring, linden_garn, kind) for kind in (Order, Refund, Customer))
    items = {one.external_id: one for one in rows(wiring, linden_garn, Item)}
    assert (order.external_id, order.customer_external_id, order.total_minor, order.state) == (
        "6120411111111", "7401122222222", 5430, "placed",
    )  # fmt: skip
    assert [one.item_external_id for one in rows(wiring, linden_garn, OrderLine)] == ["8201", "8202"]
    assert (refund.order_external_id, refund.amount_minor) == ("6120411111111", 1349)
    assert customer.first_name == "Margarete"
    assert (items["8201"].title, items["8201"].price_minor, items["8201"].stock_quantity) == ("Garn, tiefblau", 720, 4)
    assert items["8201"].url == "https://linden-und-garn.myshopify.com/products/garn-blau"
    assert states(wiring, linden_garn) == [DeliveryState.APPLIED] * 11 + [DeliveryState.NOTHING]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_doubled_and_reordered_they_end_in_the_same_rows(post, wiring, open_shop, seed):
    in_order, shuffled = open_shop("in-order"), open_shop("shuffled")
    deliver(post, wiring, in_order, "in-order", HISTORY)
    again = HISTORY * 2
    random.Random(seed).shuffle(again)

    for part in (again[:5], again[5:15], again[15:]):
        deliver(post, wiring, shuffled, "shuffled", part)

    with wiring.db.of_shop(in_order) as session:
        wanted = digest(session)
    with wiring.db.of_shop(shuffled) as session:
        assert digest(session) == wanted
    assert len(states(wiring, shuffled)) == len(HISTORY)


def test_a_forged_or_unsigned_delivery_is_refused_and_not_kept(post, client, wiring, linden_garn):
    forged = post("orders/create", ORDER, secret=b"another")
    unsigned = client.post("/webhooks/shopify/linden-garn", json=ORDER, headers={"X-Shopify-Topic": "orders/create"})

    assert (forged.status_code, unsigned.status_code) == (401, 401)
    assert states(wiring, linden_garn) == []


def test_what_another_shop_signed_is_refused(post, wiring, linden_garn, open_shop):
    other = open_shop("wool-and-co", secret=b"the other shop's own secret")

    assert post("orders/create", ORDER, "wool-and-co").status_code == 401
    assert states(wiring, other) == []


def test_a_shopify_body_at_another_platforms_door_is_not_found(client, wiring, harbour):
    share_secret(wiring, harbour, SECRET)

    assert client.post("/webhooks/shopify/harbour-tea", data=b"{}").status_code == 404


def test_a_second_arrival_under_other_headers_is_the_same(post, wiring, linden_garn):
    post("orders/create", ORDER)
    post("orders/create", ORDER, webhook_id="another", event_id="another", shop_domain="evil.myshopify.com")

    assert len(states(wiring, linden_garn)) == 1


def test_a_swapped_topic_deletes_nothing_and_is_shown(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", [("products/update", PRODUCT), ("products/delete", PRODUCT)])

    assert states(wiring, linden_garn) == [DeliveryState.APPLIED, DeliveryState.QUARANTINED]
    assert len(rows(wiring, linden_garn, Item)) == 1


def test_a_demand_of_the_law_waits_in_quarantine_with_what_to_do(post, wiring, linden_garn):
    body = {"shop_id": 1, "shop_domain": "linden-und-garn.myshopify.com", "customer": {"id": 7401122222222}}
    deliver(post, wiring, linden_garn, "linden-garn", [("customers/redact", body)])

    (kept,) = rows(wiring, linden_garn, Delivery)
    assert (kept.topic, kept.state) == ("customers/redact", DeliveryState.QUARANTINED)
    assert "within 30 days" in kept.reason
