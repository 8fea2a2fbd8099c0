"""The web pixel in a real Chromium, in a sandbox without an origin as Shopify's strict one is, and the real server."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from app.models import BrowsingEvent, Shop
from app.models.browsing import visitor_key
from app.web import create_app
from app.wiring import Wiring
from plugins.shopify.app_files import SOURCE
from tests.app.cast import ALICE, agree, item, tell
from tests.browser.conftest import Noise
from tests.conftest import add_shop

pytestmark = pytest.mark.browser

PIXEL = (SOURCE / "regulars-pixel" / "src" / "index.js").read_text()
IMPORT = 'import { register } from "@shopify/web-pixels-extension";'
ADDRESS = "harbour-tea.myshopify.com"
ENGINE = "https://engine.example"
ALL, NONE = True, False
STAGE = """
const told = {}, privacy = {};
const allowed = (yes) => ({ analyticsProcessingAllowed: yes, preferencesProcessingAllowed: yes,
  marketingAllowed: false, saleOfDataAllowed: false });
const register = (start) => start({
  settings: SETTINGS,
  init: { data: { shop: { myshopifyDomain: "harbour-tea.myshopify.com" } }, customerPrivacy: allowed(ALLOWED) },
  analytics: { subscribe: (name, hear) => { told[name] = hear; } },
  customerPrivacy: { subscribe: (name, hear) => { privacy[name] = hear; } },
  browser: { localStorage: { getItem: async () => VISITOR } },
});
addEventListener("message", async ({ data: [name, event] }) => {
  if (name === "consent") privacy.visitorConsentCollected({ customerPrivacy: allowed(event) });
  else await told[name]?.(event);
});
"""


@pytest.fixture
def tea(wiring: Wiring) -> int:
    shop_id = add_shop(wiring.db, "harbour-tea", platform="shopify")
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, shop_id).address = ADDRESS
    tell(wiring, shop_id, item("11"), item("12"))
    with wiring.db.of_shop(shop_id) as session:
        agree(session, shop_id, visitor_key(ALICE))
    return shop_id


class Sandbox:
    """A pixel at work, what it sent, and with which origin."""

    def __init__(self, page: Page, wiring: Wiring) -> None:
        self.page, self.sent, self.origins = page, [], []
        client = create_app(wiring=wiring).test_client()

        def hand_on(route: Route) -> None:
            headers = route.request.headers
            self.sent.append(json.loads(route.request.post_data or "{}"))
            self.origins.append(headers.get("origin"))
            answer = client.post("/v1/pixel", data=route.request.post_data, headers={"Origin": headers["origin"]})
            route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.text)

        page.route(f"{ENGINE}/**", hand_on)

    def start(self, *, is_allowed: bool, visitor: str | None = ALICE, engine: str = ENGINE) -> None:
        stage = STAGE.replace("SETTINGS", json.dumps({"engine": engine}))
        stage = stage.replace("ALLOWED", json.dumps(is_allowed)).replace("VISITOR", json.dumps(visitor))
        script = f'<script type="module">{stage}{PIXEL.replace(IMPORT, "")}parent.postMessage("up", "*")</script>'
        self.page.set_content("<p>A shop</p>")
        self.page.evaluate(
            """(inside) => new Promise((up) => {
                addEventListener("message", up, { once: true });
                const frame = document.createElement("iframe");
                frame.sandbox = "allow-scripts";
                frame.srcdoc = inside;
                document.body.append(frame);
            })""",
            script,
        )

    def happens(self, name: str, event: Any) -> None:
        told = [name, event]
        self.page.evaluate("(told) => document.querySelector('iframe').contentWindow.postMessage(told, '*')", told)
        self.page.wait_for_timeout(200)


@pytest.fixture
def sandbox(page: Page, wiring: Wiring, tea: int) -> Sandbox:
    return Sandbox(page, wiring)


def line(product: str, event_id: str = "e1") -> dict[str, Any]:
    return {"id": event_id, "data": {"cartLine": {"merchandise": {"product": {"id": product}}}}}


def kept(wiring: Wiring, shop_id: int) -> list[str]:
    with wiring.db.of_shop(shop_id) as session:
        return [row.kind for row in session.query(BrowsingEvent).order_by(BrowsingEvent.id)]


def test_what_goes_into_the_cart_and_out_is_kept_from_a_sandbox_without_an_origin(
    sandbox: Sandbox, wiring: Wiring, tea: int, noise: Noise
):
    sandbox.start(is_allowed=ALL)
    sandbox.happens("product_added_to_cart", line("gid://shopify/Product/11"))
    sandbox.happens("product_removed_from_cart", line("11", "e2"))

    assert sandbox.origins == ["null", "null"]
    assert kept(wiring, tea) == ["cart_added", "cart_removed"]
    assert noise.words == []


def test_an_event_that_is_told_twice_is_reported_once(sandbox: Sandbox):
    sandbox.start(is_allowed=ALL)
    sandbox.happens("product_added_to_cart", line("11"))
    sandbox.happens("product_added_to_cart", line("11"))

    assert len(sandbox.sent) == 1


def test_a_no_holds_from_the_moment_it_is_given_and_so_does_a_yes(sandbox: Sandbox):
    sandbox.start(is_allowed=NONE)
    sandbox.happens("product_added_to_cart", line("11", "before"))
    sandbox.happens("consent", ALL)
    sandbox.happens("product_added_to_cart", line("12", "between"))
    sandbox.happens("consent", NONE)
    sandbox.happens("product_added_to_cart", line("11", "after"))

    assert [one["events"] for one in sandbox.sent] == [[{"type": "cart_added", "item": "12"}]]


@pytest.mark.parametrize("visitor", [None, "", "somebody", "A" * 32])
def test_a_browser_without_a_name_of_ours_is_not_reported(sandbox: Sandbox, visitor: str | None):
    sandbox.start(is_allowed=ALL, visitor=visitor)
    sandbox.happens("product_added_to_cart", line("11"))

    assert sandbox.sent == []


def test_an_odd_address_or_an_odd_event_is_let_be(sandbox: Sandbox, noise: Noise):
    sandbox.start(is_allowed=ALL)
    sandbox.happens("product_added_to_cart", {"id": "e", "data": {"cartLine": None}})
    sandbox.start(is_allowed=ALL, engine="http://engine.example")
    sandbox.happens("product_added_to_cart", line("11"))

    assert sandbox.sent == []
    assert noise.words == []
