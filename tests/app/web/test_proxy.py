"""The app proxy: a shelf painted as Liquid, nothing on any trouble, and a signed word on who is signed in."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from app.errors import Unavailable
from app.models import Impression, Shop, VisitorLink
from app.shops.connections import prepare
from app.shops.secrets import CLIENT, add_secret
from plugins.shopify.proxy import sign_proxy
from tests.app.cast import ALICE, item, tell
from tests.conftest import add_shop

SECRET = b"the client secret of the app"
ADDRESS = "harbour-tea.myshopify.com"
EMPTY = "{% layout none %}"


def open_shopify(wiring, slug, secret):
    shop_id = add_shop(wiring.db, slug, platform="shopify")
    with wiring.db.of_nobody() as session:
        session.execute(update(Shop).where(Shop.id == shop_id).values(address=f"{slug}.myshopify.com"))
    with wiring.db.of_shop(shop_id) as session:
        prepare(session, shop_id, client_id=f"app-of-{slug}")
        add_secret(session, shop_id, CLIENT, secret, secret_key=wiring.settings.secret_key)
    return shop_id


@pytest.fixture
def tea(wiring):
    """Harbour Tea at Shopify, with an app of its own and three teas."""
    shop_id = open_shopify(wiring, "harbour-tea", SECRET)
    teas = [
        replace(item(name), url=f"https://{ADDRESS}/products/{name}-tea") for name in ("green", "black", "{{settings}}")
    ]
    tell(wiring, shop_id, *teas)
    return shop_id


@pytest.fixture
def ask(client, wiring, tea):
    def one(path="shelf", *, secret=SECRET, age=0, method="get", extra=(), **told):
        pairs = {"placement": "home", "shop": ADDRESS, "logged_in_customer_id": "", "path_prefix": "/apps/regulars"}
        pairs |= {"timestamp": str(int((wiring.clock() - timedelta(seconds=age)).timestamp())), **told}
        signed = [*pairs.items(), *extra]
        query = urlencode([*signed, ("signature", sign_proxy(signed, secret))])
        return getattr(client, method)(f"/proxy/shopify/{path}?{query}")

    return one


def links(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [row.customer_external_id for row in session.query(VisitorLink)]


def test_a_shelf_is_painted_as_liquid_from_the_shops_own_products(ask):
    answer = ask()

    assert (answer.status_code, answer.content_type) == (200, "application/liquid")
    assert answer.text.startswith(EMPTY)
    assert "all_products['green-tea']" in answer.text
    assert "New in the shop" in answer.text
    assert "settings" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_shelf_speaks_the_shoppers_language(ask):
    assert "Neu im Laden" in ask(locale="de").text


def test_what_is_in_front_of_them_is_not_painted(ask):
    assert "green-tea" not in ask(placement="product", extra=[("item", "green")]).text


def test_a_first_paint_is_no_impression(ask, wiring, tea):
    ask()
    wiring.shelves.impressions.close()

    with wiring.db.of_shop(tea) as session:
        assert session.query(Impression).count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": b"another app's secret"},
        {"age": 91},
        {"age": -91},
        {"shop": "nobody.myshopify.com"},
        {"shop": "evil.example"},
        {"placement": "nowhere"},
        {"placement": ""},
        {"limit": "0"},
        {"extra": [("placement", "cart")]},
    ],
)
def test_on_any_trouble_there_is_nothing_to_be_seen(ask, wrong):
    answer = ask(**wrong)

    assert (answer.status_code, answer.content_type, answer.text) == (200, "application/liquid", EMPTY)


def test_an_unsigned_question_gets_nothing(client, tea):
    assert client.get("/proxy/shopify/shelf").text == EMPTY
    assert client.get(f"/proxy/shopify/shelf?shop={ADDRESS}&placement=home").text == EMPTY


def test_a_shop_that_cannot_be_seen_right_now_shows_nothing(ask, wiring, monkeypatch):
    def away(*_told):
        raise Unavailable

    monkeypatch.setattr(type(wiring.shelves), "of", away)

    assert ask().text == EMPTY


def test_eve_cannot_ask_in_another_shops_name(ask, wiring, tea):
    open_shopify(wiring, "linden-loom", b"eve's own client secret")

    assert ask(secret=b"eve's own client secret").text == EMPTY
    answer = ask("recognized", method="post", secret=b"eve's own client secret", logged_in_customer_id="7")
    assert answer.status_code == 401


def test_who_is_signed_in_is_linked_to_their_browser_by_shopifys_word(ask, wiring, tea):
    for _twice in range(2):
        answer = ask("recognized", method="post", visitor=ALICE, logged_in_customer_id="7")
        assert answer.status_code == 204

    assert links(wiring, tea) == ["7"]


@pytest.mark.parametrize("told", [{"visitor": ALICE}, {"logged_in_customer_id": "7"}, {"visitor": "x"}])
def test_a_guest_or_a_browser_without_a_name_is_linked_to_nobody(ask, wiring, tea, told):
    assert ask("recognized", method="post", **told).status_code == 204
    assert links(wiring, tea) == []


def test_a_forged_sign_in_is_refused(ask, client, wiring, tea):
    assert (
        ask("recognized", method="post", secret=b"guess", visitor=ALICE, logged_in_customer_id="7").status_code == 401
    )
    assert client.post("/proxy/shopify/recognized", data=json.dumps({"shop": ADDRESS})).status_code == 401
    assert links(wiring, tea) == []
