"""Shopify's webhooks come late, twice and in any order, over the app's one door: what stands in the end is the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.jobs.deliveries import drain_deliveries
from app.models import Customer, DeletionReport, Delivery, Item, Order, OrderLine, Shop
from app.shops import connections
from app.web import create_app
from tests.conftest import add_shop
from tests.plugins.shopify.fake.nodes import DAY, customer, line, order, product, stamp
from tests.plugins.shopify.fake.server import CLIENT_ID, Fake

HOUR = timedelta(hours=1)


@pytest.fixture
def shopify() -> Iterator[Fake]:
    with Fake() as fake:
        fake.tokens.client_secrets.append("shpss_of_last_week")  # the secret is being rotated
        yield fake


@pytest.fixture
def wiring(wiring, shopify):
    told = {"shopify_client_id": CLIENT_ID, "shopify_client_secret": " ".join(shopify.tokens.client_secrets)}
    object.__setattr__(wiring, "settings", wiring.settings.model_copy(update=told))
    wiring.shops._settings = wiring.settings
    return wiring


def connect(wiring, shopify, slug, domain):
    shop_id = add_shop(wiring.db, slug, platform="shopify", currency="EUR")
    shop = shopify.add_shop(domain)
    with wiring.db.of_shop(shop_id) as session:
        session.get_one(Shop, shop_id).address = domain
        kept = shopify.credentials(shop)
        connections.keep_credentials(session, shop_id, kept, secret_key=wiring.settings.secret_key, now=DAY)
    return shop_id, shop


def tell_a_day(shopify, shop):
    """An order is placed, changed, paid and cancelled; a product gets dearer; another goes; a customer moves."""
    now = shopify.now()
    for step, changes in enumerate(
        (
            {"displayFinancialStatus": "PENDING"},
            {"displayFinancialStatus": "PENDING", "lineItems": [line(11, 1), line(12, 2), line(13, 3)]},
            {"displayFinancialStatus": "PAID", "lineItems": [line(11, 1), line(12, 2, quantity=5)]},
        )
    ):
        shopify.hooks.tell_of(shop, "orders/updated", order(1, updatedAt=stamp(DAY + step * HOUR), **changes), now)
    gone = order(2, updatedAt=stamp(DAY + HOUR), cancelledAt=stamp(DAY + HOUR))
    shopify.hooks.tell_of(shop, "orders/create", order(2), now)
    shopify.hooks.tell_of(shop, "orders/cancelled", gone, now)
    for step, title in enumerate(("Tea", "Better tea", "Best tea")):
        shopify.hooks.tell_of(shop, "products/update", product(1, title=title, updatedAt=stamp(DAY + step * HOUR)), now)
    shopify.hooks.tell_of(shop, "products/create", product(2), now)
    shopify.hooks.tell(shop, "products/delete", {"id": 2}, now)
    shopify.hooks.tell_of(shop, "customers/create", customer(1), now)
    moved = customer(1, firstName="Grace", updatedAt=stamp(DAY + HOUR))
    shopify.hooks.tell_of(shop, "customers/update", moved, now)


@pytest.mark.parametrize("seed", range(4))
def test_in_any_weather_the_end_of_the_day_is_the_same(wiring, shopify, seed):
    shop_id, shop = connect(wiring, shopify, "harbour-tea", "harbour-tea.myshopify.com")
    eve_id, _ = connect(wiring, shopify, "eve", "eve.myshopify.com")
    client = create_app(wiring=wiring).test_client()
    tell_a_day(shopify, shop)
    told = len(shopify.hooks.waiting)

    def post(headers, body):
        status = client.post("/webhooks/shopify", data=body, headers=headers).status_code
        if seed % 2:
            drain_deliveries(shop_id, wiring=wiring)  # one by one, as they come
        return status

    assert shopify.hooks.deliver(post, seed=seed) == []
    drain_deliveries(shop_id, wiring=wiring)

    with wiring.db.of_shop(shop_id) as session:
        orders = {one.external_id: one.state for one in session.scalars(select(Order))}
        lines = session.execute(
            select(OrderLine.external_id, OrderLine.quantity)
            .join(Order, OrderLine.order_id == Order.id)
            .where(Order.external_id == "1")
            .order_by(OrderLine.external_id)
        ).all()
        titles = {one.external_id: one.title for one in session.scalars(select(Item))}
        gone = session.scalars(select(DeletionReport.external_id).where(DeletionReport.kind == "item")).all()
        name = session.scalars(select(Customer.first_name)).one()
        kept = len(session.scalars(select(Delivery.id)).all())
    assert orders == {"1": "placed", "2": "cancelled"}
    assert [tuple(one) for one in lines] == [("11", 1), ("12", 5)]
    assert titles["1"] == "Best tea"
    assert gone == ["2"]
    assert name == "Grace"
    assert kept == told
    with wiring.db.of_shop(eve_id) as session:
        assert session.scalars(select(Delivery.id)).all() == []


def test_what_our_door_cannot_take_right_now_comes_again(wiring, shopify):
    shop_id, shop = connect(wiring, shopify, "harbour-tea", "harbour-tea.myshopify.com")
    client, tries = create_app(wiring=wiring).test_client(), []
    tell_a_day(shopify, shop)

    def post(headers, body):
        tries.append(headers["X-Shopify-Webhook-Id"])
        return 503 if len(tries) % 3 else client.post("/webhooks/shopify", data=body, headers=headers).status_code

    assert shopify.hooks.deliver(post) == []
    drain_deliveries(shop_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        assert len(session.scalars(select(Order.id)).all()) == 2
