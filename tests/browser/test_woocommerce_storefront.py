"""The WordPress plugin's storefront script in a real Chromium: consent, what is told, and that nothing moves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Noise
from tests.browser.storefront import Regulars, Shop, open_regulars, open_shop

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).parents[2] / "plugins/woocommerce/wordpress/regulars-for-woocommerce/assets"
FAR = '<div style="height: 3000px"></div>'
BELOW = "<p>What stands below</p>"
CARD = """<div class="regulars-item" role="listitem"><a class="regulars-link" href="http://127.0.0.1:1/p">
<span class="regulars-picture"></span><span class="regulars-title">Painted on the server</span></a>
<span class="regulars-price">2.55</span><div class="regulars-actions"></div></div>"""
PAINTED = f"""<div class="regulars-placement"><regulars-recommendations class="regulars-painted" role="region"
aria-label="Goes well" placement="product" item="13" limit="4"><h2 class="regulars-heading">Goes well</h2>
<div class="regulars-list" role="list">{CARD * 4}</div></regulars-recommendations></div>"""
LATE = """<div class="regulars-placement"><div class="regulars-late"
data-marks='{"placement":"home","item":"","limit":"4"}'></div></div>"""
CONSENT_PLUGIN = """<script>
window.wp_consent_type = "optin";
window.wp_has_consent = (category) => localStorage.getItem("wp_" + category) === "allow";
window.answer = (category, word) => {
  localStorage.setItem("wp_" + category, word);
  document.dispatchEvent(new CustomEvent("wp_listen_for_consent_change", { detail: { [category]: word } }));
};
</script>"""


@pytest.fixture
def regulars() -> Iterator[Regulars]:
    with open_regulars() as regulars:
        yield regulars


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def lay_out(shop: Shop, regulars: Regulars, body: str, head: str = "", **facts: Any) -> str:
    """Put a page as WordPress prints it into the shop, and return its address."""
    told = {"engine": regulars.origin, "shop": "demo", "asks": "wp_consent_api", "category": "marketing"} | facts
    shop.html = (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>A shop</title>{head}'
        f"<style>{(ASSETS / 'storefront.css').read_text()}</style></head><body>{body}"
        f"<script>window.regularsPage = {json.dumps(told)};</script>"
        f"<script>{(ASSETS / 'storefront.js').read_text()}</script></body></html>"
    )
    return shop.origin + "/"


def visitor_cookie(context: BrowserContext) -> str | None:
    return next((one["value"] for one in context.cookies() if one["name"] == "regulars_visitor"), None)


def test_nobody_is_remembered_or_told_about_before_they_agreed(
    page: Page, context: BrowserContext, shop: Shop, regulars: Regulars
):
    page.goto(lay_out(shop, regulars, PAINTED, CONSENT_PLUGIN, viewed="13"))
    expect(page.locator(".regulars-button")).to_have_count(8)

    assert "visitor" not in regulars.asked[0]
    assert regulars.types() == []
    assert visitor_cookie(context) is None


def test_a_yes_to_the_consent_plugin_is_told_and_reaches_the_shops_server(
    page: Page, context: BrowserContext, shop: Shop, regulars: Regulars, noise: Noise
):
    page.goto(lay_out(shop, regulars, PAINTED, CONSENT_PLUGIN, viewed="13"))
    page.wait_for_function("window.regulars")
    page.evaluate("answer('statistics', 'allow')")
    assert visitor_cookie(context) is None
    page.evaluate("answer('marketing', 'allow')")

    body = regulars.hear("item_viewed")
    assert [event["type"] for event in body["events"]][:2] == ["consent_given", "item_viewed"]
    assert visitor_cookie(context) == body["visitor"]
    assert noise.of_scripts == []


def test_a_yes_is_told_once_and_holds_on_the_next_page(page: Page, shop: Shop, regulars: Regulars):
    page.goto(lay_out(shop, regulars, PAINTED, CONSENT_PLUGIN, viewed="13"))
    page.wait_for_function("window.regulars")
    page.evaluate("answer('marketing', 'allow')")
    regulars.hear("item_viewed")
    page.goto(lay_out(shop, regulars, PAINTED, CONSENT_PLUGIN, searched="teapot"))
    regulars.hear("search_made")

    assert regulars.types().count("consent_given") == 1


def test_a_no_takes_the_visitor_away_from_both(page: Page, context: BrowserContext, shop: Shop, regulars: Regulars):
    page.goto(lay_out(shop, regulars, PAINTED, CONSENT_PLUGIN))
    page.wait_for_function("window.regulars")
    page.evaluate("answer('marketing', 'allow')")
    page.evaluate("answer('marketing', 'deny')")

    regulars.hear("consent_withdrawn")
    assert visitor_cookie(context) is None
    assert page.evaluate("window.regulars.visitor()") is None


def test_without_a_consent_plugin_nobody_is_remembered(
    page: Page, context: BrowserContext, shop: Shop, regulars: Regulars
):
    allows_all = "<script>window.wp_has_consent = () => true</script>"  # so it answers while no law is set
    page.goto(lay_out(shop, regulars, PAINTED, allows_all, viewed="13"))
    expect(page.locator(".regulars-button")).to_have_count(8)

    assert visitor_cookie(context) is None
    assert regulars.types() == []


def test_what_goes_into_the_cart_by_a_form_is_told_while_the_page_leaves(page: Page, shop: Shop, regulars: Regulars):
    form = '<form class="cart"><button name="add-to-cart" value="13">Add to cart</button></form>'
    page.goto(lay_out(shop, regulars, PAINTED + form, CONSENT_PLUGIN))
    page.wait_for_function("window.regulars")
    page.evaluate("answer('marketing', 'allow')")
    page.get_by_role("button", name="Add to cart").click()

    body = regulars.hear("cart_added")
    assert {"type": "cart_added", "item": "13"} in body["events"]


def test_the_script_takes_over_what_the_server_painted_and_nothing_moves(
    page: Page, shop: Shop, regulars: Regulars, noise: Noise
):
    page.goto(lay_out(shop, regulars, PAINTED + BELOW))
    expect(page.locator(".regulars-button")).to_have_count(8)
    page.wait_for_timeout(200)

    assert page.evaluate("window.shifts") == []
    assert noise.of_scripts == []


def test_what_the_server_painted_stays_when_regulars_is_away(page: Page, shop: Shop, regulars: Regulars):
    regulars.say = lambda _: b"<html>Bad gateway</html>"
    page.goto(lay_out(shop, regulars, PAINTED + BELOW))
    page.wait_for_timeout(500)

    expect(page.get_by_text("Painted on the server")).to_have_count(4)
    assert page.evaluate("window.shifts") == []


def test_a_late_shelf_is_filled_out_of_sight_only(page: Page, shop: Shop, regulars: Regulars):
    page.goto(lay_out(shop, regulars, LATE + BELOW + FAR + LATE))
    expect(page.locator(".regulars-button")).to_have_count(8)

    assert page.locator("regulars-recommendations").count() == 1
    assert page.evaluate("window.shifts") == []


def test_a_shelf_below_the_cart_block_shows_once_the_block_is_still(page: Page, shop: Shop, regulars: Regulars):
    block = '<div class="wp-block-woocommerce-cart is-loading" style="height: 90px"></div>'
    page.goto(lay_out(shop, regulars, block + PAINTED.replace("placement", "placement regulars-after-cart", 1)))
    shelf = page.locator(".regulars-after-cart")
    page.wait_for_timeout(600)
    expect(shelf).to_be_hidden()
    page.evaluate(
        "b = document.querySelector('.is-loading'); b.style.height = '400px'; b.classList.remove('is-loading')"
    )

    expect(shelf).to_be_visible(timeout=2000)
    assert page.evaluate("window.shifts") == []


def test_the_script_runs_once_on_a_page_that_carries_it_twice(page: Page, shop: Shop, regulars: Regulars):
    address = lay_out(shop, regulars, PAINTED)
    shop.html = shop.html.replace("</body>", f"<script>{(ASSETS / 'storefront.js').read_text()}</script></body>")
    page.goto(address)
    expect(page.locator(".regulars-button")).to_have_count(8)

    assert page.locator('script[src$="/widget.js"]').count() == 1
