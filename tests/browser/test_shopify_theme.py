"""The theme extension in a real Chromium: our own Liquid and script, the real server behind a signed proxy."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.models import BrowsingEvent, ConsentRecord, Shop, VisitorLink
from app.shops.connections import prepare
from app.shops.secrets import CLIENT, add_secret
from app.web import create_app
from app.wiring import Wiring
from tests.app.cast import item, tell
from tests.browser.conftest import Noise
from tests.browser.shopify_shop import ADDRESS, ShopifyShop, open_shopify_shop
from tests.conftest import add_shop
from tests.serving import serving

pytestmark = pytest.mark.browser

SECRET = b"the client secret of the app"
FAR = '<div style="height: 3000px"></div>'


@pytest.fixture
def server(wiring: Wiring) -> Iterator[str]:
    with serving(create_app(wiring=wiring)) as base:
        yield base


@pytest.fixture
def shop(wiring: Wiring, server: str) -> Iterator[ShopifyShop]:
    asked = create_app(wiring=wiring)

    def engine(method: str, path: str) -> tuple[int, str, str]:
        answer = asked.test_client().open(path, method=method)
        return answer.status_code, answer.content_type, answer.text

    with open_shopify_shop(engine, SECRET) as shop:
        yield shop


@pytest.fixture
def shop_id(wiring: Wiring, shop: ShopifyShop) -> int:
    """Harbour Tea at Shopify with six teas."""
    shop_id = add_shop(wiring.db, "harbour-tea", platform="shopify")
    with wiring.db.of_nobody() as session:
        told = {"address": ADDRESS, "origins": [shop.origin]}
        session.execute(update(Shop).where(Shop.id == shop_id).values(**told))
    with wiring.db.of_shop(shop_id) as session:
        prepare(session, shop_id, client_id="the-app-of-harbour-tea")
        add_secret(session, shop_id, CLIENT, SECRET, secret_key=wiring.settings.secret_key)
    for number in range(1, 7):
        handle = f"tea-{number}"
        tell(wiring, shop_id, replace(item(str(number)), url=f"https://{ADDRESS}/products/{handle}"))
        product = {
            "id": number,
            "title": f"Thé {number}",
            "url": f"/fr/products/{handle}",
            "price": 390,
            "available": number != 4,
        }
        shop.products[handle] = product | {"featured_image": ""}
    return shop_id


def rows(wiring: Wiring, shop_id: int, kind: type, count: int = 1) -> list:
    ends = time.monotonic() + 10
    while True:
        with wiring.db.of_shop(shop_id) as session:
            found = session.query(kind).all()
        if len(found) >= count or time.monotonic() > ends:
            return found
        time.sleep(0.05)


def test_the_first_paint_is_the_themes_own_and_the_widget_takes_over_without_moving_anything(
    page: Page, shop: ShopifyShop, server: str, shop_id: int, noise: Noise
):
    page.route("**/widget.js", lambda _: None)  # it hangs: only the first paint is there
    page.goto(shop.open(server, "product", item="1"), wait_until="commit")
    cards = page.get_by_role("listitem")
    expect(cards).to_have_count(4 - 1)  # one of the four is not sold in this market
    expect(cards.first).to_contain_text("Thé")
    expect(cards.first).to_contain_text("£3.90")
    expect(page.get_by_role("heading", name="Goes well with this")).to_be_visible()
    below = page.locator("#after").bounding_box()
    page.unroute("**/widget.js")

    page.goto(shop.open(server, "product", item="1"))
    expect(page.get_by_role("button", name="Why this?").first).to_be_visible()
    expect(cards.filter(has_text="£3.90").filter(has_text="Thé")).to_have_count(3)  # in this market's words
    assert page.locator("#after").bounding_box() == below
    assert sum(page.evaluate("window.shifts")) < 0.01
    assert noise.of_scripts == []


@pytest.mark.parametrize("late", ["widget", "paint"])
def test_whichever_is_later_the_card_is_the_widgets_and_the_words_are_the_themes(
    page: Page, shop: ShopifyShop, server: str, shop_id: int, late: str
):
    slow = {"widget": "**/widget.js", "paint": "**/apps/regulars/shelf*"}[late]
    page.route(slow, lambda route: page.wait_for_timeout(600) or route.continue_())
    page.goto(shop.open(server, "product", item="1"))

    first = page.get_by_role("listitem").first
    expect(first.get_by_role("button", name="Not for me")).to_be_visible()
    expect(first).to_contain_text("Thé 6")
    expect(first.get_by_role("link")).to_have_attribute("href", f"{shop.origin}/fr/products/tea-6")


def test_before_a_yes_nothing_is_kept_and_after_it_what_is_looked_at_is(
    page: Page, shop: ShopifyShop, server: str, shop_id: int, wiring: Wiring
):
    page.goto(shop.open(server, "embed", item="3"))
    page.wait_for_timeout(700)
    assert rows(wiring, shop_id, BrowsingEvent, 0) == []
    assert page.evaluate("localStorage.length") == 0

    page.evaluate("answerBanner(true)")
    assert [row.kind for row in rows(wiring, shop_id, BrowsingEvent)] == ["item_viewed"]

    page.evaluate("answerBanner(false)")
    assert [row.is_given for row in rows(wiring, shop_id, ConsentRecord, 2)] == [True, False]
    assert page.evaluate("localStorage.length") == 0


def test_an_order_finds_its_visitor_and_the_carts_row_follows_the_cart(
    page: Page, shop: ShopifyShop, server: str, shop_id: int
):
    page.goto(shop.open(server, "cart", "embed", is_allowed=True))
    expect(page.get_by_role("listitem")).to_have_count(4)
    page.wait_for_function("localStorage.regulars_visitor")

    add = 'fetch("/cart/add.js", {method: "POST", body: JSON.stringify({id: 6})}).then(() => 0)'
    page.evaluate(add)
    page.wait_for_function("document.querySelector('regulars-recommendations').getAttribute('item') === '6'")

    assert shop.attributes == [{"_regulars_visitor": page.evaluate("localStorage.regulars_visitor")}]


def test_a_no_takes_the_visitor_out_of_the_cart(page: Page, shop: ShopifyShop, server: str, shop_id: int):
    shop.cart = [5]
    page.goto(shop.open(server, "embed", is_allowed=True))
    page.wait_for_timeout(2000)
    page.evaluate("answerBanner(false)")
    page.wait_for_timeout(300)

    assert [len(one["_regulars_visitor"]) for one in shop.attributes] == [32, 0]


def test_who_is_signed_in_is_known_by_the_proxys_word_once_a_session(
    page: Page, shop: ShopifyShop, server: str, shop_id: int, wiring: Wiring
):
    shop.customer = "77"
    for _again in range(2):
        page.goto(shop.open(server, "embed", is_allowed=True))
        page.wait_for_timeout(2000)

    assert [row.customer_external_id for row in rows(wiring, shop_id, VisitorLink)] == ["77"]
    assert len([one for one in shop.proxied if "recognized" in one]) == 1


def test_what_is_out_of_sight_is_not_painted_first(page: Page, shop: ShopifyShop, server: str, shop_id: int):
    page.goto(shop.open(server, "home", lead=FAR))
    page.wait_for_timeout(500)

    assert shop.proxied == []


def test_a_proxy_in_trouble_and_a_server_that_is_away_leave_the_page_alone(
    page: Page, shop: ShopifyShop, shop_id: int, noise: Noise
):
    shop.proxy_status = 500
    page.goto(shop.open("http://127.0.0.1:9", "product", "embed", item="1", is_allowed=True))
    page.wait_for_timeout(700)

    expect(page.locator("#after")).to_be_visible()
    assert page.get_by_role("listitem").count() == 0
    assert noise.of_scripts == []
    assert sum(page.evaluate("window.shifts")) == 0
