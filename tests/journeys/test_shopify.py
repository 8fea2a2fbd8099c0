"""A Shopify merchant's way: webhooks made by hand, signed with the secret that the admin shows."""

import json
import random

import pytest

from app.consent import Reason, may_mail
from app.identity import Known, has_ordered
from app.ingest.digest import digest
from app.jobs.deliveries import drain_deliveries
from app.models import (
    Cart,
    ConsentRecord,
    Customer,
    CustomerMerge,
    Delivery,
    DeliveryState,
    Erasure,
    Item,
    Order,
    OrderLine,
    Refund,
    Shop,
    StockCount,
)
from tests.app.cast import share_secret
from tests.conftest import add_shop
from tests.plugins.shopify.bodies import (
    CART,
    CHECKOUT,
    CHECKOUT_GONE,
    CUSTOMER,
    DATA_REQUEST,
    EMAIL_CONSENT,
    LEVEL,
    MERGE,
    ORDER,
    PRODUCT,
    REDACTION,
    REFUND,
    SECRET,
    SHOP_DETAILS,
    SHOP_REDACTION,
    SMS_CONSENT,
    headers,
)

GRETA = "greta.muster@example.com"
CONSENT = "customers_email_marketing_consent/update"

LATER = {"updated_at": "2026-11-22T09:00:02+01:00"}
GONE = {"id": 8203}
NEEDLES = {**PRODUCT, "id": 8203, "admin_graphql_api_id": "gid://shopify/Product/8203", "title": "Nadeln"}
HISTORY = [
    ("products/create", PRODUCT),
    ("products/create", NEEDLES),
    ("customers/create", CUSTOMER),
    ("carts/create", CART),
    ("checkouts/create", {**CHECKOUT, "email": None, "customer": None, "updated_at": "2026-11-20T11:00:00+01:00"}),
    ("checkouts/update", CHECKOUT),
    (CONSENT, EMAIL_CONSENT),
    ("orders/create", {**ORDER, "financial_status": "pending", "updated_at": "2026-11-20T11:04:09+01:00"}),
    ("orders/paid", ORDER),
    ("orders/updated", ORDER),
    ("customers/update", {**CUSTOMER, **LATER, "first_name": "Margarete"}),
    ("products/update", {**PRODUCT, **LATER, "title": "Garn, tiefblau"}),
    ("refunds/create", REFUND),
    ("orders/updated", {**ORDER, **LATER, "financial_status": "partially_refunded", "refunds": [REFUND]}),
    ("products/delete", GONE),
    ("checkouts/update", {**CHECKOUT, **LATER, "completed_at": "2026-11-20T11:04:07+01:00"}),
    ("customers_marketing_consent/update", SMS_CONSENT),
    ("inventory_levels/update", {**LEVEL, "available": 1, "updated_at": "2026-11-22T09:00:03+01:00"}),
    ("inventory_levels/update", LEVEL),
    ("checkouts/delete", {**CHECKOUT_GONE, "cart_token": "another"}),
    ("shop/update", SHOP_DETAILS),
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
    assert (items["8201"].title, items["8201"].price_minor) == ("Garn, tiefblau", 720)
    # One of two variants was counted since: there are some, and how many in all nobody said.
    assert (items["8201"].is_in_stock, items["8201"].stock_quantity) == (True, None)
    assert items["8201"].url == "https://linden-und-garn.myshopify.com/products/garn-blau"
    assert states(wiring, linden_garn) == [DeliveryState.APPLIED] * (len(HISTORY) - 1) + [DeliveryState.NOTHING]


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


def test_cart_checkout_and_order_meet_in_one_cart_that_was_bought(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", HISTORY)

    (cart,), (order,) = rows(wiring, linden_garn, Cart), rows(wiring, linden_garn, Order)
    assert (cart.external_id, cart.stage, cart.email, cart.locale) == ("Z2NwLWV1cm9wZQ", "ordered", GRETA, "de-AT")
    assert cart.external_id == order.cart_external_id
    assert (cart.phone, cart.address_key, cart.visitor_key is None) == (order.phone, order.address_key, False)
    assert [line["item_external_id"] for line in cart.lines] == ["8201"]


def test_an_abandoned_checkout_is_known_until_its_order_comes_under_another_address(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", [("carts/create", CART), ("checkouts/update", CHECKOUT)])
    (cart,) = rows(wiring, linden_garn, Cart)
    assert (cart.stage, cart.email, cart.total_minor) == ("checkout", GRETA, 4180)
    with wiring.db.of_shop(linden_garn) as session:
        assert not has_ordered(session, linden_garn, Known(), since=cart.version_at, cart=cart.external_id)

    other = {**ORDER, "email": "work@example.com", "contact_email": "work@example.com", "customer": None}
    deliver(post, wiring, linden_garn, "linden-garn", [("orders/create", other)])

    with wiring.db.of_shop(linden_garn) as session:
        assert has_ordered(session, linden_garn, Known(), since=cart.version_at, cart=cart.external_id)


def said(state, at):
    return {
        **EMAIL_CONSENT,
        "email_marketing_consent": {"state": state, "opt_in_level": None, "consent_updated_at": at},
    }


def answer(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return may_mail(session, shop_id, GRETA)


def test_shopifys_word_decides_who_may_be_written_to_and_the_newest_counts(post, wiring, linden_garn):
    assert answer(wiring, linden_garn).reason is Reason.NEVER_ASKED
    deliver(post, wiring, linden_garn, "linden-garn", [("orders/create", {**ORDER, "buyer_accepts_marketing": True})])
    assert answer(wiring, linden_garn).reason is Reason.NEVER_ASKED

    deliver(post, wiring, linden_garn, "linden-garn", [(CONSENT, EMAIL_CONSENT), (CONSENT, EMAIL_CONSENT)])
    assert answer(wiring, linden_garn).is_allowed
    (kept,) = rows(wiring, linden_garn, ConsentRecord)
    assert (kept.source, kept.wording) == ("shopify", "Shopify: subscribed (single_opt_in)")

    late = [said("unsubscribed", "2026-11-21T08:00:00+01:00"), said("subscribed", "2026-11-20T18:00:00+01:00")]
    deliver(post, wiring, linden_garn, "linden-garn", [(CONSENT, one) for one in late])
    assert answer(wiring, linden_garn).reason is Reason.WITHDRAWN


def test_who_unsubscribes_twice_in_the_same_words_is_heard_twice(post, wiring, linden_garn):
    no = said("unsubscribed", None)
    for webhook_id, body in [
        ("one", no),
        ("two", said("subscribed", f"{wiring.clock():%Y-%m-%dT%H:%M:%SZ}")),
        ("three", no),
    ]:
        assert post(CONSENT, body, webhook_id=webhook_id).status_code == 200
        drain_deliveries(linden_garn, wiring=wiring)
    post(CONSENT, no, webhook_id="three")  # Shopify tries again
    drain_deliveries(linden_garn, wiring=wiring)

    assert len(states(wiring, linden_garn)) == len(rows(wiring, linden_garn, ConsentRecord)) == 3
    assert answer(wiring, linden_garn).reason is Reason.WITHDRAWN


def test_a_yes_from_the_future_is_set_aside(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", [(CONSENT, said("subscribed", "2031-01-01T00:00:00Z"))])

    assert states(wiring, linden_garn) == [DeliveryState.QUARANTINED]
    assert answer(wiring, linden_garn).reason is Reason.NEVER_ASKED


def test_counted_pieces_take_the_place_of_what_the_product_said(post, wiring, linden_garn):
    counted = [{**LEVEL, "inventory_item_id": key, "available": 0, "admin_graphql_api_id": None,
                "updated_at": "2026-11-22T09:00:00+01:00"} for key in (46001, 46003)]  # fmt: skip
    told = [("products/create", PRODUCT), *(("inventory_levels/update", one) for one in counted)]
    deliver(post, wiring, linden_garn, "linden-garn", told)

    (item,) = rows(wiring, linden_garn, Item)
    assert (item.is_in_stock, item.stock_quantity, len(rows(wiring, linden_garn, StockCount))) == (False, 0, 2)


def test_two_customers_that_became_one_are_kept_as_one(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", [("customers/merge", MERGE)])

    (merge,) = rows(wiring, linden_garn, CustomerMerge)
    assert (merge.from_external_id, merge.into_external_id) == ("7401133333333", "7401122222222")


@pytest.mark.parametrize(("topic", "body", "kind"), [
    ("customers/redact", REDACTION, "erase"), ("customers/data_request", DATA_REQUEST, "show"),
])  # fmt: skip
def test_a_demand_of_the_law_waits_in_line_with_every_name_it_gives(post, wiring, linden_garn, topic, body, kind):
    guest = {**ORDER, "customer": None, "email": "other@example.com"}
    deliver(post, wiring, linden_garn, "linden-garn", [("orders/create", guest), (topic, body)])

    (wish,) = rows(wiring, linden_garn, Erasure)
    subject = Known.from_json(wish.subject)
    assert (wish.kind, wish.asked_by, wish.state) == (kind, "platform", "waiting")
    assert subject.customers == {"7401122222222"}
    assert subject.emails == {GRETA, "other@example.com"}  # the order that Shopify names knows them by another address
    assert states(wiring, linden_garn) == [DeliveryState.APPLIED] * 2


def test_who_asks_to_be_forgotten_again_is_heard_again_and_a_retry_is_not(post, wiring, linden_garn):
    for webhook_id in ("one", "one", "two"):
        post("customers/redact", REDACTION, webhook_id=webhook_id)
    drain_deliveries(linden_garn, wiring=wiring)

    assert [one.kind for one in rows(wiring, linden_garn, Erasure)] == ["erase", "erase"]


def test_a_shop_that_leaves_is_stopped_and_in_the_end_forgotten(post, wiring, linden_garn):
    deliver(post, wiring, linden_garn, "linden-garn", [("app/uninstalled", SHOP_DETAILS)])
    with wiring.db.of_nobody() as session:
        assert session.get(Shop, linden_garn).uninstalled_at is not None
    assert rows(wiring, linden_garn, Erasure) == []

    deliver(post, wiring, linden_garn, "linden-garn", [("shop/redact", SHOP_REDACTION)])
    assert [one.kind for one in rows(wiring, linden_garn, Erasure)] == ["shop"]


@pytest.mark.parametrize(
    ("topic", "body", "domain"),
    [("customers/redact", REDACTION, "other.myshopify.com"), ("shop/redact", SHOP_REDACTION, "other.myshopify.com"),
     ("app/uninstalled", SHOP_DETAILS, ""), ("shop/redact", REDACTION, None), ("customers/redact", DATA_REQUEST, None),
     ("app/uninstalled", ORDER, None), ("customers/redact", CUSTOMER, None)],
)  # fmt: skip
def test_a_header_alone_forgets_nobody_and_stops_nothing(post, wiring, linden_garn, topic, body, domain):
    more = {} if domain is None else {"shop_domain": domain}
    post(topic, body, **more)
    drain_deliveries(linden_garn, wiring=wiring)

    assert states(wiring, linden_garn) == [DeliveryState.QUARANTINED]
    assert rows(wiring, linden_garn, Erasure) == []
    with wiring.db.of_nobody() as session:
        assert session.get(Shop, linden_garn).uninstalled_at is None
