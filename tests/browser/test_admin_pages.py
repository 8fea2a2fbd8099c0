"""The merchant's pages in a real browser: nothing is blocked, all fits a phone, and progress moves by itself."""

import pytest
from sqlalchemy import text

from app.shops import people
from app.web import create_app
from tests.app.jobs.platform import connect
from tests.app.web.admin.full import fill
from tests.serving import serving

pytestmark = pytest.mark.browser

PAGES = ("/", "/messages", "/messages/8", "/campaigns/abandoned-cart", "/campaigns/abandoned-cart/turn-on", "/sender",
         "/caught-mail", "/privacy", "/recommendations", "/customers", "/customers/customer/1",
         "/segments", "/segments/new", "/segments/1", "/customers/overview", "/pins?q=assam",
         "/trainings", "/trainings/1", "/predictions", "/forecast", "/imports", "/imports/1",
         "/connection", "/deliveries", "/deliveries/1", "/settings", "/people", "/history", "/nothing")  # fmt: skip
PHONE = {"width": 390, "height": 844}
SMALL_TARGETS = """
[...document.querySelectorAll("main button, main select, main summary, nav a, input")]
  .filter((one) => !["hidden", "checkbox"].includes(one.type))
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)
"""


@pytest.fixture
def base(wiring, harbour):
    fill(wiring, harbour)
    with serving(create_app(wiring=wiring)) as base:
        yield base


@pytest.fixture
def page(context, noise, wiring, harbour, base):
    with wiring.db.of_nobody() as session:
        token = people.make_setup_link(session, harbour, now=wiring.clock())
    page = context.new_page()
    noise.listen(page)
    page.goto(f"{base}/setup/{token}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the whole way in, by keyboard
    page.wait_for_url("**/admin/harbour-tea/")
    return page


def test_what_a_connected_shop_may_give_a_customer_fits_a_phone(page, noise, base, wiring, harbour):
    connect(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE shops SET platform = 'shopify'"))
    page.set_viewport_size(PHONE)
    page.goto(f"{base}/admin/harbour-tea/customers/customer/1")

    page.get_by_label("Percent off").fill("15")
    page.get_by_role("button", name="Make a code").press("Enter")
    page.get_by_text("waiting for the shop").wait_for()
    page.get_by_label("Tag", exact=True).fill("met at the fair")
    page.get_by_role("button", name="Add the tag").press("Enter")
    page.get_by_role("heading", name="Give them something").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(SMALL_TARGETS) == []
    assert noise.of_scripts == []


def test_every_page_fits_a_phone_and_nothing_is_blocked(page, noise, base):
    page.set_viewport_size(PHONE)

    for path in PAGES:
        page.goto(f"{base}/admin/harbour-tea{path}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert page.evaluate(SMALL_TARGETS) == [], path
    assert noise.of_scripts == []


def test_the_skip_link_comes_first_and_leads_to_the_content(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_all_places_stand_in_one_row_on_the_smallest_phone(page, base):
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{base}/admin/harbour-tea/messages")
        boxes = page.evaluate(
            "[...document.querySelectorAll('nav li')].map((one) => { const b = one.getBoundingClientRect(); "
            "return [b.top, b.left, b.right, b.height]; })"
        )
        assert len({top for top, *_rest in boxes}) == 1
        assert all(right - left >= 44 and height >= 44 for _top, left, right, height in boxes)
        assert max(right for _top, _left, right, _height in boxes) <= width


def test_the_preview_follows_what_is_written_and_runs_nothing(page, noise, base):
    page.goto(f"{base}/admin/harbour-tea/campaigns/abandoned-cart")
    before = page.evaluate("history.length")
    page.get_by_label("Text", exact=True).fill("Hello <script>alert(1)</script>, from {{ shop_name }}")
    frame = page.frame_locator("iframe:not([hidden])")
    frame.get_by_text("Hello <script>alert(1)</script>, from Harbour Tea").wait_for()
    page.get_by_label("Text", exact=True).fill("Hello {{ nam }}")
    frame.get_by_text("there is nothing called nam").wait_for()

    assert page.evaluate("history.length") == before  # "back" leads off the page, not through drafts
    assert page.locator("iframe").count() == 1
    assert noise.of_scripts == []


def test_the_preview_is_shown_without_scripts_too(chromium, wiring, harbour, base):
    with wiring.db.of_nobody() as session:
        token = people.make_setup_link(session, harbour, now=wiring.clock())
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/setup/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{base}/admin/harbour-tea/campaigns/abandoned-cart")
    page.get_by_label("Text", exact=True).fill("A draft for {{ shop_name }}")
    page.get_by_role("button", name="Show the preview").click()
    page.frame_locator("iframe").get_by_text("A draft for Harbour Tea").wait_for()

    assert page.url.endswith("/campaigns/abandoned-cart")
    context.close()


def test_progress_moves_without_loading_the_page_again(page, wiring, harbour, base):
    def tell(progress, stage):
        with wiring.db.of_shop(harbour) as session:
            how = {"progress": progress, "stage": stage}
            session.execute(
                text("UPDATE trainings SET progress = :progress, stage = :stage WHERE kind = 'simple'"), how
            )

    tell(0.2, "Weighing")
    page.goto(f"{base}/admin/harbour-tea/trainings")
    page.evaluate("window.isTheSame = true")
    assert page.locator("progress").get_attribute("value") == "0.200"

    tell(0.8, "Judging")
    page.wait_for_selector("progress[value='0.800']")
    assert page.inner_text("[data-says]") == "Judging"
    assert page.evaluate("window.isTheSame") is True


def test_the_pages_work_without_scripts(chromium, wiring, harbour, base):
    with wiring.db.of_nobody() as session:
        token = people.make_setup_link(session, harbour, now=wiring.clock())
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/setup/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{base}/admin/harbour-tea/deliveries")
    page.get_by_label("State").select_option("quarantined")
    page.get_by_role("button", name="Show").click()

    assert "state=quarantined" in page.url
    assert "in quarantine" in page.inner_text("tbody")
    context.close()


def test_how_many_fit_follows_what_is_asked(page, noise, base):
    page.goto(f"{base}/admin/harbour-tea/segments/new")
    page.get_by_label("Begin by choosing what to ask").select_option("orders_count")
    page.get_by_role("button", name="Add").press("Enter")
    assert not page.get_by_label("Up to").is_visible()  # of "between" alone
    page.get_by_label("How it is compared").select_option("between")
    page.get_by_label("Value").fill("1")
    page.get_by_label("Up to").fill("3")
    page.get_by_text("One person fits right now, of 1 known.").wait_for()
    page.get_by_label("Name", exact=True).fill("A few orders")
    page.get_by_role("button", name="Make this segment").press("Enter")

    page.get_by_text("“A few orders” is kept.").wait_for()
    assert noise.of_scripts == []


def test_nothing_asks_forever(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(5000)

    assert len(asked) < 10
