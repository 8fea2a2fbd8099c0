"""What a shop of the store's app pays: agreed at Shopify, and nothing at all where nobody asks for a price."""

from dataclasses import replace

import pytest

from app.models import PersonRole, Shop
from app.settings import Settings
from app.shops import connections
from app.web import create_app
from app.wiring import wire
from tests.app.cast import MONDAY
from tests.app.web.admin.conftest import sign_in
from tests.conftest import add_shop
from tests.plugins.shopify.fake.server import BASE_URL, CLIENT_ID, CLIENT_SECRET, Fake

DOMAIN = "harbour-tea.myshopify.com"


@pytest.fixture
def shopify():
    with Fake() as fake:
        yield fake


@pytest.fixture
def server(settings, wiring, shopify):
    told = {
        "shopify_client_id": CLIENT_ID,
        "shopify_client_secret": CLIENT_SECRET,
        "shopify_price": "19.00 USD",
        "public_url": BASE_URL,
    }
    wired = wire(settings.model_copy(update=told), pool_size=3)
    yield replace(wired, client=shopify.client(), clock=shopify.now)
    wired.close()


@pytest.fixture
def shop_id(server, shopify):
    shop_id = add_shop(server.db, "quince", platform="shopify")
    with server.db.of_shop(shop_id) as session:
        session.get_one(Shop, shop_id).address = DOMAIN
        kept = shopify.credentials(shopify.add_shop(DOMAIN))
        secret_key = server.settings.secret_key
        connections.keep_credentials(session, shop_id, kept, secret_key=secret_key, now=MONDAY)
    return shop_id


def open_browser(server, shop_id, role=PersonRole.OWNER):
    app = create_app(wiring=server)
    app.testing = False
    app.config["SESSION_COOKIE_SECURE"] = False  # the client here speaks http
    return sign_in(app, server, shop_id, "quince", "Quinn", role)


def test_an_owner_agrees_on_shopifys_page_and_ours_knows(server, shopify, shop_id):
    quinn = open_browser(server, shop_id)
    assert "You have not agreed" in quinn.get("/plan").text
    assert "/plan" in quinn.get("/connection").text

    page = quinn.post("/plan", page="/plan").text
    assert f'href="https://{DOMAIN}/admin/charges/1" target="_top"' in page
    assert shopify.shops[DOMAIN].plans[0]["asked"]["returnUrl"] == f"https://{DOMAIN}/admin/apps/{CLIENT_ID}"

    shopify.shops[DOMAIN].plans[0]["status"] = "ACTIVE"
    assert "You have agreed" in quinn.get("/plan").text
    assert "began the plan" in quinn.get("/history").text


def test_whoever_is_no_owner_agrees_to_nothing(server, shopify, shop_id):
    ed = open_browser(server, shop_id, PersonRole.EDITOR)

    assert ed.post("/plan", page="/plan").status_code == 403
    assert shopify.shops[DOMAIN].plans == []


def test_when_shopify_does_not_answer_the_page_says_so(server, shopify, shop_id):
    quinn = open_browser(server, shop_id)
    shopify.shops[DOMAIN].status = 500

    assert "trouble of its own" in quinn.get("/plan").text
    assert "Nothing was changed" in quinn.post("/plan", page="/plan").text


def test_without_a_price_or_with_an_app_of_ones_own_there_is_no_plan(server, shopify, shop_id):
    free = replace(server, settings=server.settings.model_copy(update={"shopify_price": ""}))
    quinn = open_browser(free, shop_id)
    assert quinn.get("/plan").status_code == 404
    assert "/plan" not in quinn.get("/connection").text

    with server.db.of_shop(shop_id) as session:
        connections.connection_of(session, shop_id).client_id = "an-app-of-their-own"
    assert open_browser(server, shop_id).get("/plan").status_code == 404


def test_a_price_that_is_none_stops_the_start(settings):
    told = settings.model_dump(by_alias=True)
    assert Settings(**told | {"SHOPIFY_PRICE": "19.00 USD"}).shopify_price == "19.00 USD"
    for wrong in ("free", "19 Dollars", "0.00 USD", "-1 USD"):
        with pytest.raises(ValueError, match="a month's price"):
            Settings(**told | {"SHOPIFY_PRICE": wrong})
