"""Connecting in a real browser: the form leads to the shop's own page, by keyboard and without a script."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.models import PersonRole
from app.shops import people
from app.web import create_app
from app.wiring import wire
from plugins import PLATFORMS
from tests.app.web.admin.gate import Gate
from tests.serving import serving

pytestmark = pytest.mark.browser

SHOP = "https://harbour-tea.example"
ASKS = "<!doctype html><title>Harbour Tea</title><h1>Regulars would like to come in</h1>"


@pytest.fixture
def base(wiring, settings, monkeypatch):
    """Our server, as one that has a public address."""
    monkeypatch.setattr(PLATFORMS["woocommerce"], "talks", Gate())
    public = wire(settings.model_copy(update={"public_url": "https://regulars.example"}), pool_size=3)
    app = create_app(wiring=public)
    app.config["SESSION_COOKIE_SECURE"] = False  # here browsers come by http
    with serving(app) as base:
        yield base
    public.close()


def sign_in(page, wiring, harbour, base):
    with wiring.db.of_nobody() as session:
        _person, token = people.invite(session, harbour, "Olive", PersonRole.OWNER, now=wiring.clock())
    page.goto(f"{base}/setup/{token}")
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/admin/harbour-tea/")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_form_leads_to_the_shops_own_page_by_keyboard(chromium, wiring, harbour, base, noise, has_scripts):
    context = chromium.new_context(java_script_enabled=has_scripts)
    context.route(f"{SHOP}/**", lambda route: route.fulfill(status=200, content_type="text/html", body=ASKS))
    page = context.new_page()
    noise.listen(page)
    sign_in(page, wiring, harbour, base)
    page.get_by_role("link", name="Connect your shop").press("Enter")
    page.get_by_label("Your shop's address").first.fill(SHOP)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{SHOP}/wc-auth/**")

    asked = parse_qs(urlsplit(page.url).query)
    assert "come in" in page.inner_text("h1")
    assert asked["callback_url"] == ["https://regulars.example/install/woocommerce/callback"]
    assert noise.of_scripts == []
    context.close()
