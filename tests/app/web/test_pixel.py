"""A pixel in its sandbox: no origin, no cookies, no say in consent; what it reports is kept where somebody agreed."""

import json

import pytest
from sqlalchemy import update

from app.models import BrowsingEvent, ConsentRecord, Shop
from app.models.browsing import visitor_key
from tests.app.cast import ALICE, BOB, agree, item, tell
from tests.conftest import add_shop

ADDRESS = "harbour-tea.myshopify.com"
ADDED = {"type": "cart_added", "item": "1"}


@pytest.fixture
def tea(wiring):
    shop_id = add_shop(wiring.db, "harbour-tea", platform="shopify")
    with wiring.db.of_nobody() as session:
        session.execute(update(Shop).where(Shop.id == shop_id).values(address=ADDRESS))
    tell(wiring, shop_id, item("1"))
    with wiring.db.of_shop(shop_id) as session:
        agree(session, shop_id, visitor_key(ALICE))
    return shop_id


@pytest.fixture
def report(client, tea):
    def one(*events, shop=ADDRESS, visitor=ALICE):
        body = json.dumps({"shop": shop, "visitor": visitor, "events": events})
        return client.post("/v1/pixel", data=body, content_type="text/plain", headers={"Origin": "null"})

    return one


def kept(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [row.kind for row in session.query(BrowsingEvent)]


@pytest.mark.parametrize("shop", [ADDRESS, "harbour-tea"])
def test_what_a_sandbox_reports_is_kept(report, wiring, tea, shop):
    answer = report(ADDED, shop=shop)

    assert (answer.status_code, answer.json) == (202, {"kept": 1, "dropped": {}})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert kept(wiring, tea) == ["cart_added"]


def test_bob_who_never_agreed_leaves_nothing(report, wiring, tea):
    assert report(ADDED, visitor=BOB).json == {"kept": 0, "dropped": {"no_consent": 1}}
    assert report(ADDED, visitor=None).json == {"kept": 0, "dropped": {"no_consent": 1}}
    assert kept(wiring, tea) == []


def test_a_pixel_cannot_answer_for_the_shopper(report, wiring, tea):
    report({"type": "consent_given"}, ADDED, visitor=BOB)
    report({"type": "consent_withdrawn"}, ADDED)

    assert kept(wiring, tea) == ["cart_added"]
    with wiring.db.of_shop(tea) as session:
        assert [row.is_given for row in session.query(ConsentRecord)] == [True]


def test_a_pixel_speaks_only_for_shops_at_shopify(report, client, harbour_at_woocommerce):
    assert report(ADDED, shop=harbour_at_woocommerce).status_code == 404
    assert report(ADDED, shop="nobody.myshopify.com").status_code == 404
    assert client.post("/v1/pixel", data=b"").status_code == 400


@pytest.fixture
def harbour_at_woocommerce(wiring, tea):
    add_shop(wiring.db, "other-tea")
    return "other-tea"


def test_a_theme_may_name_the_shop_as_shopify_does(client, wiring, tea):
    answer = client.get(f"/v1/page?shop={ADDRESS}&placement=home", headers={"Origin": "https://harbour-tea.example"})

    assert answer.status_code == 200
    assert [one["id"] for one in answer.json["answers"][0]["items"]] == ["1"]
    assert answer.headers["Access-Control-Allow-Origin"] == "https://harbour-tea.example"
