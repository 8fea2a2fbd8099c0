"""A shopper's own page in a real browser: on a phone, by keyboard, without a script, with nothing from elsewhere."""

import pytest

from app import consent
from app.messaging import links
from app.web import create_app
from plugins.events import VisitorRecognized
from tests.app.cast import ALICE, MONDAY, cart, customer, item, order, subscribe, tell
from tests.serving import serving

pytestmark = pytest.mark.browser

HERS = "alice@example.com"
PHONE = {"width": 390, "height": 844}
SMALL_TARGETS = """
[...document.querySelectorAll("main button, main summary, nav a, input, a.button")]
  .filter((one) => one.type !== "hidden" && one.offsetParent && one.getBoundingClientRect().height < 43.5)
  .map((one) => one.outerHTML)
"""


@pytest.fixture
def address(wiring, harbour):
    """Where Alice's page is served."""
    tell(
        wiring, harbour, item("1", "A title that is far too long for any phone " * 4),
        customer("alice", first_name="Alice", last_name="van-der-Berg-zu-Hohenfelden", phone="+442079460077"),
        order("1001", "1", "alice"), cart("c1", "1", HERS, customer_external_id="alice"),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
    )  # fmt: skip
    subscribe(wiring, harbour, HERS)
    with wiring.db.of_shop(harbour) as session:
        token = links.make_link(session, harbour, links.DATA, links.Target(message_id=1, email=HERS))
    with serving(create_app(wiring=wiring)) as base:
        yield f"{base}/you/harbour-tea/{token}"


@pytest.fixture
def page(chromium, noise):
    """A phone without scripts."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    noise.listen(page)
    yield page
    context.close()


def test_all_fits_a_phone_and_comes_from_us_alone(context, noise, address):
    page = context.new_page()
    noise.listen(page)
    page.set_viewport_size(PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for more in ("", "?lang=de", "/erase", "/erase?lang=de"):
        page.goto(address + more)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], more
        assert page.evaluate(SMALL_TARGETS) == [], more
    base = address.split("/you/")[0]
    assert [one for one in asked if not one.startswith(base)] == []
    assert noise.words == []


def test_a_no_is_said_by_keyboard_without_a_script_and_in_german(page, address, wiring, harbour):
    page.goto(address)
    page.get_by_role("button", name="Nein sagen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**said=mail*")

    assert "Festgehalten." in page.inner_text("[role=status]")
    with wiring.db.of_shop(harbour) as session:
        assert consent.may_mail(session, harbour, HERS).reason == consent.Reason.WITHDRAWN


def test_erasing_takes_two_steps_and_the_whole_address(page, address):
    page.goto(address)
    page.get_by_role("link", name="Meine Daten löschen").click()
    page.get_by_label("Die E-Mail-Adresse").fill(HERS)
    page.get_by_role("button", name="Alles über mich löschen").click()

    assert "Ihre Daten werden gerade gelöscht." in page.inner_text("main")


def test_a_copy_is_downloaded(page, address):
    page.goto(address)
    page.locator("summary").click()
    page.get_by_label("Die E-Mail-Adresse").fill(HERS)
    with page.expect_download() as told:
        page.get_by_role("button", name="Alles herunterladen").click()

    assert told.value.suggested_filename == "my-data.zip"
