"""The merchant's pages in a frame of Shopify's admin, in a real browser. App Bridge is played: it hands out tokens."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.models import Shop
from app.shops.directory import Directory
from app.web import create_app
from tests.plugins.shopify.fake.server import CLIENT_ID, Fake
from tests.serving import serving

pytestmark = pytest.mark.browser

SHOP = "harbour-tea.myshopify.com"
SECRET = "shpss_of_the_app_that_the_tests_run"
BRIDGE = """
window.shopify = { idToken: () => window.mintToken() };
const ask = window.fetch;
window.fetch = async (url, more = {}) => {
  const headers = new Headers(more.headers);
  headers.set("Authorization", `Bearer ${await window.mintToken()}`);
  return ask(url, { ...more, headers });
};
const back = new URLSearchParams(location.search).get("shopify-reload");
if (back) window.mintToken().then((token) => {
  const url = new URL(back);
  url.searchParams.set("id_token", token);
  location.replace(url);
});
"""


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        fake.tokens.client_secrets = [SECRET]
        fake.add_shop(SHOP)
        yield fake


class Door:
    """Stands where the server will be that has to know its own address first."""

    opens_to = None

    def __call__(self, *asked):
        return self.opens_to(*asked)


@pytest.fixture
def base(wiring, fake):
    ours = Door()
    with serving(ours) as base:
        ours.opens_to = _opened(wiring, fake, base)
        yield base


def _opened(wiring, fake, base):
    told = {"shopify_client_id": CLIENT_ID, "shopify_client_secret": SECRET, "public_url": base}
    settings = wiring.settings.model_copy(update=told)
    shops = Directory(wiring.db, settings)
    wiring = replace(wiring, settings=settings, shops=shops, client=fake.client(), clock=fake.now)
    return create_app(wiring=wiring)


@pytest.fixture
def frame(context, page, noise, fake, base):
    """Our pages, as Shopify's admin has just opened them."""

    def mint():
        return fake.tokens.session_token(SHOP, fake.now())

    context.expose_function("mintToken", mint)
    opened = f"{base}/shopify?embedded=1&shop={SHOP}&host=aG9zdA&id_token={mint()}"
    around = f'<!doctype html><title>Admin</title><iframe name="app" width="1200" height="780" src="{opened}"></iframe>'
    page.route("https://admin.shopify.com/**", lambda route: route.fulfill(body=around, content_type="text/html"))
    context.route(
        "https://cdn.shopify.com/**", lambda route: route.fulfill(body=BRIDGE, content_type="text/javascript")
    )
    context.grant_permissions(["local-network-access"])  # this Shopify leads to a server on loopback
    page.goto("https://admin.shopify.com/store/harbour-tea/apps/regulars")
    frame = page.frame("app")
    frame.wait_for_selector("nav")
    return frame


def test_the_whole_way_through_the_pages_works_without_a_cookie(frame, context, noise, base, wiring):
    assert frame.url.startswith(f"{base}/admin/harbour-tea/connection?")
    assert "id_token" not in frame.url

    frame.click("nav a[href*='/settings']")
    frame.wait_for_selector("input[name=name]")
    assert "id_token" not in frame.url
    frame.fill("input[name=name]", "Harbour Tea House")
    frame.click("main form:has(input[name=name]) button")
    frame.wait_for_selector(".notes")
    assert frame.input_value("input[name=name]") == "Harbour Tea House"
    assert "said=" not in frame.url

    with wiring.db.of_nobody() as session:
        assert session.query(Shop).one().name == "Harbour Tea House"
    assert context.cookies() == []
    assert noise.of_scripts == []


def test_a_link_followed_with_a_token_that_is_over_gets_there_all_the_same(frame, fake):
    fake.pass_time(timedelta(minutes=2))

    frame.click("nav a[href*='/settings']")

    frame.wait_for_selector("input[name=name]")
    assert frame.url.partition("?")[0].endswith("/settings")


def test_a_page_reloaded_in_its_frame_stays_where_it_was(frame):
    frame.click("nav a[href*='/settings']")
    frame.wait_for_selector("input[name=name]")

    frame.evaluate("location.reload()")

    frame.wait_for_selector("input[name=name]")
    assert frame.url.partition("?")[0].endswith("/settings")


def test_a_form_that_only_asks_keeps_what_is_in_its_address(frame):
    frame.click("nav a[href*='/customers']")
    frame.wait_for_selector("main form")
    frame.fill("main input[type=search], main input[name=q]", "alice")
    frame.press("main input[type=search], main input[name=q]", "Enter")

    frame.wait_for_url("**q=alice**")
    frame.wait_for_selector("nav")
    assert "id_token" not in frame.url


def test_a_letter_shows_in_its_frame_within_the_frame(frame):
    frame.click("nav a[href*='/messages']")
    frame.wait_for_selector("main")
    frame.click("main a[href*='/campaigns/abandoned-cart']")

    letter = frame.wait_for_selector("iframe").content_frame()
    letter.wait_for_selector("table")


def test_no_other_page_may_stand_around_ours(page, frame, base):
    around = f'<!doctype html><iframe name="stolen" src="{base}/admin/harbour-tea/?embedded=1"></iframe>'
    page.route("https://evil.example/**", lambda route: route.fulfill(body=around, content_type="text/html"))

    page.goto("https://evil.example/")
    page.wait_for_timeout(500)
    stolen = page.frame("stolen")

    assert stolen is None or stolen.query_selector("nav") is None


def test_without_app_bridge_a_link_still_leads_to_what_to_do(context, page, base, fake):
    context.route("https://cdn.shopify.com/**", lambda route: route.abort())
    page.goto(f"{base}/shopify?embedded=1&shop={SHOP}&id_token={fake.tokens.session_token(SHOP, fake.now())}")
    fake.pass_time(timedelta(minutes=2))

    page.click("nav a[href*='/settings']")

    page.wait_for_selector("text=open Regulars from the apps")
