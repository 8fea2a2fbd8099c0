"""A merchant's way with the app from Shopify's store: installed, told of orders, asked by the law, left, back again."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, text

from app.jobs.deliveries import drain_deliveries
from app.jobs.forgetting import fulfil_wish
from app.models import Connection, ConnectionState, Customer, Erasure, Order, PersonRole, Shop
from app.shops.directory import Directory
from app.web import create_app
from tests.app.web.admin.conftest import sign_in
from tests.conftest import add_shop
from tests.plugins.shopify.bodies import (
    CUSTOMER,
    DATA_REQUEST,
    DOMAIN,
    ORDER,
    REDACTION,
    SHOP_DETAILS,
    SHOP_REDACTION,
    headers,
)
from tests.plugins.shopify.fake.server import CLIENT_ID, Fake

SECRET = "shpss_of_the_app_that_the_tests_run"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        fake.tokens.client_secrets = [SECRET]
        fake.add_shop(DOMAIN)
        yield fake


@pytest.fixture
def wiring(wiring, fake):
    told = {"shopify_client_id": CLIENT_ID, "shopify_client_secret": SECRET, "public_url": "https://regulars.example"}
    settings = wiring.settings.model_copy(update=told)
    return replace(
        wiring, settings=settings, shops=Directory(wiring.db, settings), client=fake.client(), clock=fake.now
    )


@pytest.fixture
def shopify(wiring, fake):
    return Shopify(create_app(wiring=wiring).test_client(), wiring, fake)


class Shopify:
    """What Shopify does to us, for one shop: opens the app, and tells."""

    def __init__(self, client, wiring, fake):
        self.client, self.wiring, self.fake = client, wiring, fake
        self.told = 0

    def open(self):
        query = {"embedded": "1", "shop": DOMAIN, "id_token": self.fake.tokens.session_token(DOMAIN, self.fake.now())}
        return self.client.get("/shopify", query_string=query)

    def tell(self, topic, body):
        self.told += 1
        raw = json.dumps(body).encode()
        now = self.fake.now().isoformat()
        sent = headers(topic, raw, secret=SECRET.encode(), Webhook_Id=str(self.told), Triggered_At=now)
        answer = self.client.post("/webhooks/shopify", data=raw, headers=sent)
        for shop in self.shops():
            drain_deliveries(shop.id, wiring=self.wiring)
        return answer.status_code

    def shops(self):
        with self.wiring.db.of_nobody() as session:
            return list(session.execute(select(Shop).order_by(Shop.id)).scalars())

    def rows(self, kind):
        (shop,) = self.shops()
        with self.wiring.db.of_shop(shop.id) as session:
            return list(session.scalars(select(kind).order_by(*kind.__table__.primary_key)))

    def fulfil(self):
        for wish in self.rows(Erasure):
            with self.wiring.db.of_shop(wish.shop_id) as session:
                session.execute(text("UPDATE erasures SET claimed_until = NULL"))
            fulfil_wish(wish.shop_id, wish.id, wiring=self.wiring)


def test_the_law_is_heard_at_the_apps_address(shopify):
    shopify.open()
    assert [shopify.tell("customers/create", CUSTOMER), shopify.tell("orders/paid", ORDER)] == [200, 200]
    assert [one.email for one in shopify.rows(Customer)] == ["greta.muster@example.com"]

    assert [shopify.tell("customers/data_request", DATA_REQUEST), shopify.tell("customers/redact", REDACTION)] == [
        200
    ] * 2
    assert [wish.kind for wish in shopify.rows(Erasure)] == ["show", "erase"]
    shopify.fulfil()

    assert shopify.rows(Customer) == []
    assert [one.email for one in shopify.rows(Order)] in ([], [None])
    assert shopify.rows(Erasure)[1].live_erased_at is not None


def test_a_shop_that_left_and_came_back_is_the_same_and_was_closed_meanwhile(shopify):
    shopify.open()
    shopify.tell("orders/paid", ORDER)

    assert shopify.tell("app/uninstalled", SHOP_DETAILS) == 200
    (left,) = shopify.rows(Connection)
    assert (left.state, left.credentials) == (ConnectionState.GONE, None)

    shopify.fake.pass_time(timedelta(hours=3))
    assert urlsplit(shopify.open().location).path.startswith("/admin/")
    (back,) = shopify.rows(Connection)
    assert back.state == ConnectionState.CONNECTED
    assert len(shopify.rows(Order)) == 1
    assert shopify.shops()[0].uninstalled_at is None


def test_of_a_shop_that_left_for_good_nothing_is_left(shopify):
    shopify.open()
    shopify.tell("orders/paid", ORDER)
    shopify.tell("app/uninstalled", SHOP_DETAILS)
    shopify.fake.pass_time(timedelta(hours=48))

    assert shopify.tell("shop/redact", SHOP_REDACTION) == 200
    shopify.fulfil()

    assert (shopify.rows(Order), shopify.rows(Connection)) == ([], [])
    assert shopify.rows(Erasure)[0].live_erased_at is not None


@pytest.fixture
def olive(wiring):
    """Olive, signed in here in her browser, with a shop that was opened by hand and is not connected yet."""
    app = create_app(wiring=wiring)
    shop_id = add_shop(wiring.db, "linden", platform="shopify", currency="EUR")
    return sign_in(app, wiring, shop_id, "linden", "Olive", PersonRole.OWNER)


def say_yes(olive, fake, **changes):
    """Let Olive press Connect and say yes at Shopify; return what her browser brings back."""
    page = olive.post("/connection", {"address": "linden-und-garn"}, page="/connection")
    place = html.unescape(re.search(r"https://[^\"]+/admin/oauth/authorize[^\"<]*", page.text).group(0))
    asked = parse_qs(urlsplit(place).query)
    assert (urlsplit(place).netloc, asked["client_id"]) == (DOMAIN, [CLIENT_ID])
    assert asked["redirect_uri"] == ["https://regulars.example/install/shopify/callback"]
    return {**fake.tokens.callback(DOMAIN, asked["state"][0], fake.now()), **changes}


def state_of(wiring):
    with wiring.db.of_nobody() as session:
        shop = session.execute(select(Shop)).scalar_one()
    with wiring.db.of_shop(shop.id) as session:
        row = session.get(Connection, shop.id)
        return (row.state if row else None), shop.address


def test_a_shop_is_connected_outside_the_admin_too_once(olive, wiring, fake):
    answer = say_yes(olive, fake)

    back = olive.client.get("/install/shopify/callback", query_string=answer)
    assert (back.status_code, back.location) == (303, "/admin/linden/connection")
    assert state_of(wiring) == (ConnectionState.CONNECTED, DOMAIN)
    assert olive.client.get("/install/shopify/callback", query_string=answer).status_code == 403


@pytest.mark.parametrize("changes", [{"hmac": "0" * 64}, {"code": "another"}, {"shop": "eves-wolle.myshopify.com"}])
def test_an_answer_that_shopify_did_not_give_connects_nothing_and_says_so(olive, wiring, fake, changes):
    answer = say_yes(olive, fake, **changes)

    back = olive.client.get("/install/shopify/callback", query_string=answer, follow_redirects=True)
    assert "did not sign this address" in back.text
    assert state_of(wiring) == (ConnectionState.NEW, None)


def test_a_state_of_nobody_or_in_a_strangers_browser_connects_nothing(olive, wiring, fake, shopify):
    answer = say_yes(olive, fake)

    unknown = {**fake.tokens.callback(DOMAIN, "made-up", fake.now())}
    assert olive.client.get("/install/shopify/callback", query_string=unknown).status_code == 403
    assert shopify.client.get("/install/shopify/callback", query_string=answer).status_code == 403
    assert state_of(wiring) == (ConnectionState.NEW, None)
    assert olive.client.get("/install/shopify/callback", query_string=answer).status_code == 303  # it is not used up
