"""The demo's checkout in a real browser: by keyboard, on a phone, with and without scripts."""

import json
import lzma
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.demo.catalogue import prepare
from app.demo.database import connect
from app.demo.settings import DemoSettings
from app.demo.web import create_app
from tests.app.demo.conftest import HISTORY
from tests.browser.storefront import open_regulars
from tests.serving import serving

pytestmark = pytest.mark.browser

ADA = "ada@example.com"
PHONE = {"width": 390, "height": 844}
SMALL_TARGETS = """
[...document.querySelectorAll("main button, main input, main textarea, main .agree label")]
  .filter((one) => !["hidden", "checkbox"].includes(one.type))
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)
"""


class Corner:
    """The demo shop at an address of its own, and what it wrote down to tell."""

    def __init__(self, settings: DemoSettings) -> None:
        settings.data.mkdir()
        self.database = prepare(settings.data, settings.history)
        self.app = create_app(settings, self.database, lambda: None)
        self.address = ""

    def told(self) -> list[dict]:
        db = connect(self.database)
        rows = db.execute("SELECT body FROM outbox WHERE type <> 'stock.changed' ORDER BY id").fetchall()
        db.close()
        return [json.loads(row["body"]) for row in rows]

    def wait_for(self, count: int) -> list[dict]:
        ends = time.monotonic() + 10
        while len(self.told()) < count and time.monotonic() < ends:
            time.sleep(0.05)
        return self.told()


@pytest.fixture
def corner(tmp_path) -> Iterator[Corner]:
    history = tmp_path / "history.csv.xz"
    history.write_bytes(lzma.compress(HISTORY.encode()))
    with open_regulars() as regulars:
        settings = DemoSettings(
            data=tmp_path / "shop", regulars_url=regulars.origin, webhook_secret="secret", port=0, history=history
        )
        corner = Corner(settings)
        with serving(corner.app) as base:
            corner.address = base.replace("127.0.0.1", "localhost")
            yield corner


def fill_cart(page, corner):
    page.goto(f"{corner.address}/items/85123A")
    page.get_by_role("button", name="Add to cart").click()
    page.goto(f"{corner.address}/checkout")


def answer(page, name):
    """Answer the question about being remembered, so that it stands in nobody's way."""
    page.get_by_role("button", name=name).click()


def test_the_whole_way_by_keyboard(page, corner, noise):
    page.goto(f"{corner.address}/")
    answer(page, "No, thanks")
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").focus()
    page.keyboard.type(ADA)
    page.keyboard.press("Tab")
    expect(page.locator("[data-noted]")).to_contain_text("Nobody writes to you about it")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "agreed"
    assert not page.is_checked("#agreed")
    page.keyboard.press("Space")
    expect(page.locator("[data-noted]")).to_contain_text(f"one e-mail goes to {ADA}")

    cart, consent = corner.wait_for(2)
    assert (cart["type"], cart["data"]["stage"], cart["data"]["email"]) == ("cart.changed", "checkout", ADA)
    assert (consent["type"], consent["data"]["is_given"]) == ("consent.changed", True)
    assert "visitor_id" not in cart["data"]

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your order is")
    order, ordered = corner.wait_for(4)[2:]
    assert order["data"]["cart_id"] == ordered["data"]["id"] == cart["data"]["id"]
    assert ordered["data"]["stage"] == "ordered"
    assert noise.of_scripts == []


def test_whoever_said_yes_to_being_remembered_is_told_with_the_cart(page, corner):
    page.goto(f"{corner.address}/")
    answer(page, "Yes, remember me")
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").fill(ADA)
    page.get_by_label("Phone").click()

    (cart,) = corner.wait_for(1)
    assert cart["data"]["visitor_id"] == page.evaluate("regulars.visitor()")


def test_leaving_the_page_right_after_the_tick_loses_nothing(page, corner):
    page.goto(f"{corner.address}/")
    answer(page, "No, thanks")
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").fill(ADA)
    page.get_by_label("Remind me").check()
    page.goto("about:blank")

    assert sorted(one["type"] for one in corner.wait_for(2)) == ["cart.changed", "consent.changed"]


def test_a_mistyped_address_is_said_beside_the_field_and_told_to_nobody(page, corner):
    page.goto(f"{corner.address}/")
    answer(page, "No, thanks")
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").fill("ada at example")
    page.get_by_label("Phone").click()

    expect(page.get_by_role("alert")).to_contain_text("does not look like an e-mail address")
    expect(page.get_by_role("textbox", name="E-mail")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="E-mail").fill(ADA)
    page.get_by_label("Phone").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert [one["data"]["email"] for one in corner.wait_for(1)] == [ADA]


def test_enter_in_a_field_is_no_order(page, corner):
    page.goto(f"{corner.address}/")
    answer(page, "No, thanks")
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").fill(ADA)
    page.get_by_role("textbox", name="E-mail").press("Enter")

    expect(page.get_by_role("button", name="Place order")).to_be_visible()
    assert [one["type"] for one in corner.wait_for(1)] == ["cart.changed"]


def test_it_fits_a_phone_with_room_for_a_thumb(page, corner):
    page.set_viewport_size(PHONE)
    page.goto(f"{corner.address}/")
    answer(page, "No, thanks")
    fill_cart(page, corner)
    for path in ("/checkout", "/office", "/cart/restore?items=85123A:1,nothing:3"):
        page.goto(corner.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert page.evaluate(SMALL_TARGETS) == [], path


def test_without_scripts_the_button_tells_who_it_is_for(chromium, corner):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    fill_cart(page, corner)
    page.get_by_role("textbox", name="E-mail").fill(ADA)
    page.get_by_label("Remind me").check()
    page.get_by_role("button", name="Continue").click()

    expect(page.locator(".noted")).to_contain_text(f"one e-mail goes to {ADA}")
    assert sorted(one["type"] for one in corner.told()) == ["cart.changed", "consent.changed"]
    assert page.is_checked("#agreed")
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your order is")
    context.close()
