"""A merchant connects a shop, from the first page to the last row of its past, against a stand-in for the platform."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select, update

from app.jobs.backfills import run_backfill
from app.jobs.connecting import set_up_shop
from app.models import Backfill, Connection, Customer, Item, Order, PersonRole, Shop, WorkState
from app.settings import Settings
from app.shops import connections
from app.web import create_app
from app.wiring import Wiring, wire
from tests.app.web.admin.conftest import Browser, sign_in
from tests.conftest import add_shop
from tests.plugins.shopify.fake import nodes
from tests.plugins.shopify.fake.server import BASE_URL, CLIENT_ID, CLIENT_SECRET, Fake

MYSHOPIFY = "harbour-tea.myshopify.com"
LEADS_TO = re.compile(r'<a class="button first" href="([^"]+)"')


@pytest.fixture
def shopify() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


@pytest.fixture
def server(settings: Settings, wiring: Wiring, shopify: Fake) -> Iterator[Wiring]:
    """Our side, at a public address, talking to the stand-in."""
    wired = wire(settings.model_copy(update={"public_url": BASE_URL}), pool_size=3)
    yield replace(wired, client=shopify.client(), clock=shopify.now)
    wired.close()


def open_browser(server: Wiring, shop_id: int, slug: str) -> Browser:
    app = create_app(wiring=server)
    app.testing = False
    app.config["SESSION_COOKIE_SECURE"] = False  # the client here speaks http
    return sign_in(app, server, shop_id, slug, "Quinn", PersonRole.OWNER)


def keep_app(browser: Browser) -> None:
    """Enter the shop's own app."""
    told = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert browser.post("/connection/shopify-app", told, page="/connection/shopify-app").status_code == 303


def leave_for_shopify(browser: Browser) -> dict[str, str]:
    """Press Connect; return what Shopify's page is asked."""
    page = browser.post("/connection", {"address": MYSHOPIFY}, page="/connection").text
    place = urlsplit(LEADS_TO.search(page).group(1).replace("&amp;", "&"))
    assert place.hostname == MYSHOPIFY
    return dict(parse_qsl(place.query))


def say_yes(browser: Browser, shopify: Fake, state: str, **changed: str):
    """Say yes at Shopify, and come back."""
    said = shopify.tokens.callback(changed.pop("at", MYSHOPIFY), state, shopify.now())
    return browser.client.get("/install/shopify/callback", query_string={**said, **changed})


def read_all(server: Wiring, shop_id: int) -> None:
    """Do what the importer does, without waiting for anything that was put off."""
    set_up_shop(shop_id, wiring=server)
    for _ in range(40):
        with server.db.of_shop(shop_id) as session:
            session.execute(update(Backfill).where(Backfill.state == WorkState.WAITING).values(claimed_until=None))
            waiting = session.scalars(
                select(Backfill.id).where(Backfill.state == WorkState.WAITING).order_by(Backfill.id)
            ).all()
        if not waiting:
            return
        for one in waiting:
            run_backfill(shop_id, one, wiring=server)


def count(server: Wiring, shop_id: int, row: type) -> int:
    with server.db.of_shop(shop_id) as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def test_a_shop_at_shopify_is_connected_through_an_app_of_its_own_and_its_past_is_here(server, shopify):
    shop = shopify.add_shop(MYSHOPIFY)
    shop.rows = {
        "products": [nodes.product(n) for n in range(1, 4)],
        "orders": [nodes.order(n) for n in range(1, 6)],
        "customers": [nodes.customer(1)],
    }
    shop_id = add_shop(server.db, "quince", platform="shopify")
    quinn = open_browser(server, shop_id, "quince")
    keep_app(quinn)

    asked = leave_for_shopify(quinn)
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, f"{BASE_URL}/install/shopify/callback")
    assert say_yes(quinn, shopify, asked["state"]).location == "/admin/quince/connection"
    assert "Quince is connected" in quinn.get("/connection").text
    read_all(server, shop_id)

    page = quinn.get("/connection").text
    assert "Harbour Tea is connected" in page  # its own name was taken over
    assert "the orders of the last 60 days only" in page
    assert (count(server, shop_id, Item), count(server, shop_id, Order), count(server, shop_id, Customer)) == (3, 5, 1)
    with server.db.of_shop(shop_id) as session:
        assert set(session.scalars(select(Backfill.state))) == {"done"}
        assert session.get(Shop, shop_id).address == MYSHOPIFY
    assert say_yes(quinn, shopify, asked["state"]).status_code == 403  # the same yes says nothing a second time


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"at": "eves.myshopify.com"}, "Another shop said yes"),
        ({"shop": "eves.myshopify.com"}, "did not work"),  # after it was signed
        ({"hmac": "0" * 64}, "did not work"),
        ({"code": "guessed"}, "did not work"),
    ],
)
def test_a_yes_that_is_not_this_shops_connects_nothing(server, shopify, changed, words):
    shopify.add_shop(MYSHOPIFY)
    shopify.add_shop("eves.myshopify.com")
    shop_id = add_shop(server.db, "quince", platform="shopify")
    quinn = open_browser(server, shop_id, "quince")
    keep_app(quinn)

    answer = say_yes(quinn, shopify, leave_for_shopify(quinn)["state"], **changed)

    assert words in quinn.client.get(answer.location).text
    with server.db.of_shop(shop_id) as session:
        row = session.scalars(select(Connection)).one()
    assert (row.state, row.credentials) == ("new", None)


def test_disconnecting_and_connecting_again_finds_the_same_shop_with_all_it_had(server, shopify):
    shop = shopify.add_shop(MYSHOPIFY)
    shop.rows["products"] = [nodes.product(1)]
    shop_id = add_shop(server.db, "quince", platform="shopify")
    quinn = open_browser(server, shop_id, "quince")
    keep_app(quinn)

    say_yes(quinn, shopify, leave_for_shopify(quinn)["state"])
    read_all(server, shop_id)
    assert "Disconnected." in quinn.post("/connection/disconnect", page="/connection", follow_redirects=True).text
    assert not shop.is_installed
    with server.db.of_shop(shop_id) as session:
        assert connections.connection_of(session, shop_id).credentials is None

    shop.is_installed = True
    say_yes(quinn, shopify, leave_for_shopify(quinn)["state"])
    read_all(server, shop_id)
    assert count(server, shop_id, Item) == 1
    with server.db.of_shop(shop_id) as session:
        assert connections.connection_of(session, shop_id).state == "connected"
