"""widget.js in a real Chromium: what shoppers see, what is reported, and that nothing ever goes wrong in their face."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Noise
from tests.browser.storefront import Regulars, Shop, answer, item, open_regulars, open_shop, plenty

pytestmark = pytest.mark.browser

ONE = '<regulars-recommendations placement="product" item="85123A" limit="4"></regulars-recommendations>'
HOME = '<regulars-recommendations placement="home" limit="4"></regulars-recommendations>'
CART = '<regulars-recommendations placement="cart" item="22423  85123A"></regulars-recommendations>'
RESERVED = "<style>regulars-recommendations { display: block; min-height: 25rem }</style>"
FAR = '<div style="height: 3000px"></div>'
HOSTILE = ["<img src=x onerror=pwned=1>", "<script>pwned=1</script>", "&lt;b&gt;", "'\"`${pwned=1}"]
NO_WEB = ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "", None]
CLOSED_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed') } })"


@pytest.fixture
def regulars() -> Iterator[Regulars]:
    with open_regulars() as regulars:
        yield regulars


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def cards(page: Page):
    return page.locator("regulars-recommendations").get_by_role("listitem")


def settle(page: Page, address: str, count: int = 4) -> None:
    """Open a page and wait for its recommendations."""
    page.goto(address)
    expect(cards(page)).to_have_count(count)


def shifts(page: Page) -> list[float]:
    page.wait_for_timeout(200)
    return page.evaluate("window.shifts")


# what is asked


def test_a_page_with_three_elements_asks_once(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    settle(page, shop.open(regulars, ONE + HOME + CART), 24 - 8)
    page.wait_for_timeout(300)

    assert len(regulars.asked) == 1
    assert regulars.asked[0]["shop"] == ["demo"]
    assert regulars.asked[0]["placement"] == ["product", "home", "cart"]
    assert regulars.asked[0]["item"] == ["85123A", "22423", "85123A"]
    assert regulars.asked[0]["limit"] == ["8"]
    assert regulars.asked[0]["locale"] == ["en-GB"]
    assert noise.words == []


def test_a_page_without_elements_asks_nothing(page: Page, shop: Shop, regulars: Regulars):
    page.goto(shop.open(regulars, "<p>Imprint</p>"))
    page.wait_for_timeout(300)

    assert regulars.asked == []


@pytest.mark.parametrize("script", ["", "async", "defer"])
def test_it_does_not_matter_when_the_script_comes(page: Page, shop: Shop, regulars: Regulars, script: str):
    settle(page, shop.open(regulars, ONE + HOME, script=script), 8)

    assert len(regulars.asked) == 1


def test_a_script_loaded_twice_is_one(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    again = f'<script src="{regulars.origin}/widget.js" data-shop="demo"></script>'
    settle(page, shop.open(regulars, again + ONE + again))
    page.wait_for_timeout(300)

    assert len(regulars.asked) == 1
    assert noise.words == []


def test_a_script_without_a_shop_does_nothing(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    shop.html = f'<!doctype html><title>A shop</title><script src="{regulars.origin}/widget.js"></script>{ONE}'
    page.goto(shop.origin)
    page.wait_for_timeout(300)

    assert regulars.asked == []
    assert noise.words == []


def test_an_element_added_later_is_asked_for_alone(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", CART.replace(">", ' limit="6">', 1))
    expect(cards(page)).to_have_count(4 + 2)  # four of the six stand in the first element already

    assert [query["placement"] for query in regulars.asked] == [["product"], ["cart"]]


def test_another_item_is_another_question(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.evaluate("document.querySelector('regulars-recommendations').setAttribute('item', '22423')")
    page.wait_for_timeout(300)

    assert [query["item"] for query in regulars.asked] == [["85123A"], ["22423"]]


def test_a_page_that_comes_back_from_the_cache_asks_again(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_timeout(300)

    assert len(regulars.asked) == 2


# what is shown


def test_items_are_a_named_list_of_links_with_prices(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    region = page.get_by_role("region", name="You may also like")
    first = region.get_by_role("list").get_by_role("listitem").first

    expect(region.get_by_role("heading", level=2)).to_have_text("You may also like")
    expect(first.get_by_role("link")).to_have_attribute("href", "http://127.0.0.1:1/products/0")
    expect(first.get_by_role("link")).to_have_accessible_name("Heart holder 0")
    expect(first).to_contain_text("£2.55")
    expect(first.get_by_role("button", name="Why this? Heart holder 0")).to_have_attribute("aria-expanded", "false")
    expect(first.get_by_role("button", name="Not for me Heart holder 0")).to_be_visible()


def test_the_theme_chooses_the_level_of_the_heading(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE.replace("limit", 'heading-level="3" limit')))

    expect(page.get_by_role("heading", level=3)).to_have_text("You may also like")


def test_prices_are_written_as_the_page_is(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE, lang="de"))

    expect(cards(page).first).to_contain_text("2,55\xa0£")


def test_an_item_without_a_price_shows_none(page: Page, shop: Shop, regulars: Regulars):
    regulars.say = lambda _: {"answers": [answer("product", [item(1, price=None), item(2, currency="?")])]}
    settle(page, shop.open(regulars, ONE), 2)

    expect(page.locator(".regulars-price").first).to_have_text("")
    expect(page.locator(".regulars-price").last).to_have_text("2.55")


def test_pictures_have_a_size_and_wait_for_their_turn(page: Page, shop: Shop, regulars: Regulars):
    pictures = [f"{regulars.origin}/picture.svg", f"{regulars.origin}/gone.png", "", "javascript:alert(1)"]
    items = [item(number, image=image) for number, image in enumerate(pictures)]
    regulars.say = lambda _: {"answers": [answer("product", items)]}
    settle(page, shop.open(regulars, ONE))
    expect(page.locator("img")).to_have_count(1)  # the broken ones leave a calm plane of the same size
    boxes = page.evaluate("[...document.querySelectorAll('.regulars-picture')].map((box) => box.clientHeight)")

    for name, value in {"loading": "lazy", "decoding": "async", "width": "300", "height": "300", "alt": ""}.items():
        expect(page.locator("img")).to_have_attribute(name, value)
    assert len(set(boxes)) == 1
    assert boxes[0] > 100


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_stays_text(page: Page, shop: Shop, regulars: Regulars, noise: Noise, text: str):
    hostile = answer("product", [item(1, title=text, reason=text, price=text, currency=text, id=text)])
    regulars.say = lambda _: {"answers": [hostile | {"words": dict.fromkeys(hostile["words"], text)}]}
    settle(page, shop.open(regulars, ONE), 1)
    page.get_by_role("button").first.click()

    expect(page.locator(".regulars-title")).to_have_text(text)
    expect(page.locator(".regulars-reason")).to_have_text(text)
    assert page.evaluate("window.pwned") is None
    assert noise.words == []


@pytest.mark.parametrize("url", NO_WEB)
def test_only_web_addresses_become_links(page: Page, shop: Shop, regulars: Regulars, url: str | None):
    regulars.say = lambda _: {"answers": [answer("product", [item(1, url=url), item(2)])]}
    settle(page, shop.open(regulars, ONE), 1)

    expect(page.get_by_role("link")).to_have_attribute("href", "http://127.0.0.1:1/products/2")


def test_it_takes_the_look_of_the_theme(page: Page, shop: Shop, regulars: Regulars):
    theme = """<style>body { background: #171614; color: rgb(241, 238, 232); font: 17px Georgia }
      h2 { font: 300 30px monospace } a { color: rgb(95, 196, 176) }
      button { background: red; padding: 2em; text-transform: uppercase } *:focus { outline: none }</style>"""
    settle(page, shop.open(regulars, ONE, theme))

    expect(page.get_by_role("heading")).to_have_css("font-family", "monospace")
    expect(page.get_by_role("heading")).to_have_css("color", "rgb(241, 238, 232)")
    expect(page.get_by_role("link").first).to_have_css("color", "rgb(95, 196, 176)")
    expect(page.get_by_role("button").first).to_have_css("color", "rgb(241, 238, 232)")
    expect(page.get_by_role("button").first).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(page.get_by_role("button").first).to_have_css("font-family", "Georgia")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_and_can_be_touched_at_any_width(page: Page, shop: Shop, regulars: Regulars, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    settle(page, shop.open(regulars, ONE))
    sizes = page.evaluate("[...document.querySelectorAll('button')].map((one) => [one.offsetWidth, one.offsetHeight])")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(across >= 44 and down >= 44 for across, down in sizes)


def test_a_strict_page_lets_it_work(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    shop.headers = {
        "Content-Security-Policy": f"default-src 'none'; script-src {regulars.origin}; connect-src {regulars.origin}; "
        f"img-src {regulars.origin}; style-src 'none'; require-trusted-types-for 'script'"
    }
    items = [item(number, image=f"{regulars.origin}/picture.svg") for number in range(4)]
    regulars.say = lambda _: {"answers": [answer("product", items)]}
    settle(page, shop.open(regulars, ONE))
    page.get_by_role("button").first.click()

    expect(page.locator("regulars-recommendations")).to_have_css("display", "flex")
    assert noise.words == []


# nothing moves, nothing is said


def test_nothing_moves_when_the_answer_comes(page: Page, shop: Shop, regulars: Regulars):
    regulars.delay_seconds = 0.4
    settle(page, shop.open(regulars, f"<p>Before</p>{ONE}<p>Between</p>{HOME}<p>After</p>", script=""), 8)
    expect(page.get_by_text("After")).to_be_attached()

    assert shifts(page) == []


def test_nothing_moves_when_the_script_comes_late_and_the_theme_reserved(page: Page, shop: Shop, regulars: Regulars):
    regulars.script_delay_seconds = 0.5
    settle(page, shop.open(regulars, f"<p>Before</p>{ONE}<p>After</p>", RESERVED))

    assert page.evaluate("performance.getEntriesByType('paint')[0].startTime") < 500
    assert shifts(page) == []


def test_asking_why_moves_nothing_but_its_own_card(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, f"{ONE}<p id=after>After</p>"))
    before = page.locator("#after").bounding_box()
    page.get_by_role("button", name="Why this?").first.click()
    expect(page.get_by_text("Often bought with number 0")).to_be_visible()

    assert page.locator("#after").bounding_box() == before


BROKEN = {
    "nothing": b"",
    "no JSON": b"<html>Bad gateway</html>",
    "null": b"null",
    "a word": b'"answers"',
    "no answers": b"{}",
    "answers that are none": b'{"answers": null}',
    "too few answers": b'{"answers": []}',
    "an answer of null": b'{"answers": [null]}',
    "items that are none": b'{"answers": [{"items": "many"}]}',
    "items without words": b'{"answers": [{"items": [{"url": "https://shop.example/1"}]}]}',
    "items of nothing": b'{"answers": [{"items": [null, 7, {}, []]}]}',
    "an empty shelf": b'{"answers": [{"items": [], "words": {}}]}',
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_silence(page: Page, shop: Shop, regulars: Regulars, noise: Noise, said: bytes):
    regulars.say = lambda _: said
    page.goto(shop.open(regulars, f"<p>Before</p>{ONE}<p>After</p>", RESERVED))
    page.wait_for_timeout(400)

    expect(page.locator("regulars-recommendations")).to_be_empty()
    assert noise.words == []
    assert shifts(page) == []


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_refusal_is_silence(page: Page, shop: Shop, regulars: Regulars, noise: Noise, status: int):
    regulars.status = status
    regulars.say = lambda _: {"type": "about:blank", "title": "No", "status": status, "detail": "No."}
    page.goto(shop.open(regulars, ONE))
    page.wait_for_timeout(400)

    expect(page.locator("regulars-recommendations")).to_be_empty()
    assert noise.of_scripts == []


def test_a_server_that_hangs_is_left_alone_after_three_seconds(
    page: Page, shop: Shop, regulars: Regulars, noise: Noise
):
    regulars.delay_seconds = 3.6
    page.goto(shop.open(regulars, FAR + ONE))
    expect(page.locator("[data-space=closed]")).to_be_attached(timeout=3500)
    page.wait_for_timeout(900)

    expect(page.locator("regulars-recommendations")).to_be_empty()
    assert noise.of_scripts == []


def test_no_server_at_all_is_silence(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    address = shop.open(regulars, ONE)
    page.route("**/v1/page**", lambda route: route.abort("connectionrefused"))
    page.goto(address)
    page.wait_for_timeout(400)

    expect(page.locator("regulars-recommendations")).to_be_empty()
    assert noise.of_scripts == []


def test_an_empty_space_closes_out_of_sight_and_stays_in_sight(page: Page, shop: Shop, regulars: Regulars):
    regulars.say = lambda query: {"answers": [answer(name, []) for name in query["placement"]]}
    page.goto(shop.open(regulars, f"{ONE}<p>Between</p>{FAR}{HOME}<p>After</p>", RESERVED))
    expect(page.locator("[data-space=closed]")).to_have_count(1)
    heights = page.evaluate("[...document.querySelectorAll('regulars-recommendations')].map((one) => one.offsetHeight)")

    assert heights == [400, 0]
    assert shifts(page) == []


def test_the_shops_own_row_stays_where_no_answer_comes(page: Page, shop: Shop, regulars: Regulars):
    regulars.status, regulars.say = 503, lambda _: {}
    own = ONE.replace("></", "><ul><li>Our bestsellers</li></ul></")
    page.goto(shop.open(regulars, FAR + own))
    page.wait_for_timeout(400)

    expect(page.get_by_text("Our bestsellers")).to_be_visible()
    assert page.locator("regulars-recommendations").bounding_box()["height"] < 100


def test_a_failed_refresh_keeps_what_is_shown(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    regulars.status, regulars.say = 500, lambda _: b"no"
    page.evaluate("regulars.refresh()")
    page.wait_for_timeout(300)

    assert len(regulars.asked) == 2
    expect(cards(page)).to_have_count(4)


# what a shopper can say


def test_the_keyboard_is_enough(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Tab")
    why = page.get_by_role("button", name="Why this? Heart holder 0")
    expect(why).to_be_focused()
    expect(why).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(why).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("Often bought with number 0")).to_be_visible()
    page.keyboard.press("Space")
    expect(why).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_text("Often bought with number 0")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(cards(page)).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("We will not show this again.")
    expect(page.get_by_role("link", name="Heart holder 1")).to_be_focused()


def test_a_keyboard_reaches_what_is_scrolled_away(page: Page, shop: Shop, regulars: Regulars):
    page.set_viewport_size({"width": 390, "height": 800})
    settle(page, shop.open(regulars, ONE))
    page.get_by_role("link").last.focus()

    expect(page.get_by_role("link").last).to_be_in_viewport()


def test_without_consent_a_dismissal_holds_for_the_page(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.get_by_role("button", name="Not for me Heart holder 0").click()
    page.evaluate("regulars.refresh()")
    expect(cards(page)).to_have_count(4)

    expect(page.get_by_role("link", name="Heart holder 0")).to_have_count(0)
    expect(page.get_by_role("link", name="Heart holder 4")).to_have_count(1)
    page.wait_for_timeout(700)
    assert "item_dismissed" not in regulars.types()


def test_when_all_are_dismissed_others_come(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE.replace('"4"', '"2"')), 2)
    page.get_by_role("button", name="Not for me").first.click()
    assert len(regulars.asked) == 1
    page.get_by_role("button", name="Not for me").first.click()
    expect(cards(page)).to_have_count(2)

    expect(page.get_by_role("heading", name="You may also like")).to_be_focused()
    assert len(regulars.asked) == 2
    expect(page.get_by_role("link", name="Heart holder 2")).to_have_count(1)


# what is remembered and reported


def test_before_consent_nothing_is_stored_and_nobody_is_named(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.evaluate("regulars.viewed('85123A'); regulars.addedToCart('85123A'); regulars.searched('holder')")
    page.evaluate("regulars.consent(false); regulars.forget()")
    page.get_by_role("link").first.evaluate("link => { link.href = '#'; link.click() }")
    body = regulars.hear("item_clicked")

    assert body["visitor"] is None
    assert set(regulars.types()) <= {"item_clicked", "impression_seen"}
    assert "visitor" not in regulars.asked[0]
    assert len(regulars.asked) == 1
    assert regulars.forgot == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, regulars.visitor()]") == [
        0, 0, "", None,
    ]  # fmt: skip


def test_consent_makes_a_random_id_and_reports_what_follows(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    page.evaluate("regulars.consent(true); regulars.viewed('85123A'); regulars.addedToCart(22423)")
    page.evaluate("regulars.removedFromCart('22423'); regulars.searched('x'.repeat(500))")
    body = regulars.hear("search_made")
    visitor_id = page.evaluate("regulars.visitor()")

    assert re.fullmatch("[0-9a-f]{32}", visitor_id)
    assert page.evaluate("localStorage.regulars_visitor") == visitor_id
    assert body == {
        "shop": "demo",
        "visitor": visitor_id,
        "events": [
            {"type": "consent_given"},
            {"type": "item_viewed", "item": "85123A"},
            {"type": "cart_added", "item": "22423"},
            {"type": "cart_removed", "item": "22423"},
            {"type": "search_made", "query": "x" * 200},
        ],
    }
    page.reload()
    expect(cards(page)).to_have_count(4)
    assert regulars.asked[-1]["visitor"] == [visitor_id]
    assert len(regulars.told) == 1


def test_no_two_browsers_get_the_same_id(context: BrowserContext, shop: Shop, regulars: Regulars):
    page = context.new_page()
    page.goto(shop.open(regulars, "", script=""))
    ids = {page.evaluate("regulars.consent(true), regulars.visitor()") for _ in range(3)}
    page.evaluate("localStorage.clear()")
    ids.add(page.evaluate("regulars.consent(true), regulars.visitor()"))

    assert len(ids) == 2


def test_withdrawal_is_reported_and_leaves_nothing(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    visitor_id = page.evaluate("regulars.consent(true), regulars.visitor()")
    page.evaluate("regulars.consent(false)")
    body = regulars.hear("consent_withdrawn")
    page.wait_for_timeout(300)

    assert body["visitor"] == visitor_id
    assert page.evaluate("[localStorage.length, regulars.visitor()]") == [0, None]
    assert "visitor" not in regulars.asked[-1]
    assert len(regulars.asked) == 2


def test_forgetting_names_the_id_once_more_and_then_never(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    visitor_id = page.evaluate("regulars.consent(true), regulars.visitor()")
    page.evaluate("regulars.viewed('85123A'); regulars.forget()")
    page.wait_for_timeout(800)

    assert regulars.forgot == [{"shop": "demo", "visitor": visitor_id}]
    assert regulars.events == []
    assert page.evaluate("[localStorage.length, regulars.visitor()]") == [0, None]


def test_what_another_tab_decides_counts_here(context: BrowserContext, page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE))
    other = context.new_page()
    settle(other, shop.origin)
    visitor_id = page.evaluate("regulars.consent(true), regulars.visitor()")
    assert other.evaluate("regulars.visitor()") == visitor_id
    other.evaluate("regulars.consent(false)")

    assert page.evaluate("regulars.visitor()") is None


def test_where_storage_is_closed_the_id_lives_as_long_as_the_page(
    page: Page, shop: Shop, regulars: Regulars, noise: Noise
):
    page.add_init_script(CLOSED_STORAGE)
    settle(page, shop.open(regulars, ONE))
    assert page.evaluate("regulars.visitor()") is None
    visitor_id = page.evaluate("regulars.consent(true), regulars.visitor()")

    assert re.fullmatch("[0-9a-f]{32}", visitor_id)
    assert regulars.hear("consent_given")["visitor"] == visitor_id
    page.evaluate("regulars.consent(false)")
    assert page.evaluate("regulars.visitor()") is None
    assert noise.words == []


def test_an_id_that_is_none_of_ours_is_ignored(page: Page, shop: Shop, regulars: Regulars):
    page.add_init_script("localStorage.regulars_visitor = 'alice@example.com'")
    settle(page, shop.open(regulars, ONE))

    assert "visitor" not in regulars.asked[0]


def test_what_was_queued_before_the_script_is_done_in_order(page: Page, shop: Shop, regulars: Regulars, noise: Noise):
    queue = "regularsQueue = [['consent', true], ['viewed', '85123A'], ['unheardOf'], ['searched', 'holder']]"
    page.add_init_script(queue)
    settle(page, shop.open(regulars, ONE))
    page.evaluate("regularsQueue.push(['viewed', '22423'], ['searched', 'mug'])")
    regulars.hear("search_made")
    page.wait_for_timeout(700)

    assert regulars.asked[0]["visitor"] == [page.evaluate("regulars.visitor()")]
    assert regulars.types() == ["consent_given", "item_viewed", "search_made", "item_viewed", "search_made"]
    assert noise.words == []


def test_an_impression_is_half_of_it_for_a_second(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, f"{FAR}{ONE}{FAR}"))
    page.wait_for_timeout(1700)
    assert regulars.types() == []
    page.evaluate("scrollTo(0, 2300)")  # a hundred pixels of it
    page.wait_for_timeout(1700)
    assert regulars.types() == []
    page.evaluate("scrollTo(0, 2700)")
    page.wait_for_timeout(500)
    page.evaluate("scrollTo(0, 0)")  # seen, but only in passing
    page.wait_for_timeout(1700)
    assert regulars.types() == []
    page.evaluate("scrollTo(0, 2700)")
    body = regulars.hear("impression_seen")

    assert body["visitor"] is None
    assert body["events"] == [{"type": "impression_seen", "impression": answer("product", [])["impression_id"]}]
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(100)
    page.evaluate("scrollTo(0, 2700)")
    page.wait_for_timeout(1700)
    assert regulars.types() == ["impression_seen"]


def test_a_click_is_reported_although_the_page_is_left(page: Page, shop: Shop, regulars: Regulars):
    regulars.say = lambda _: {"answers": [answer("product", [item(1, url=shop.origin + "/next")])]}
    settle(page, shop.open(regulars, ONE), 1)
    page.get_by_role("link").click()
    body = regulars.hear("item_clicked")

    assert body["events"][-1] == {
        "type": "item_clicked",
        "impression": answer("product", [])["impression_id"],
        "item": "item-1",
    }


def test_reports_need_no_preflight_and_carry_no_cookie(page: Page, shop: Shop, regulars: Regulars):
    page.context.add_cookies([{"name": "session", "value": "secret", "url": regulars.origin}])
    settle(page, shop.open(regulars, ONE))
    page.evaluate("regulars.consent(true)")
    regulars.hear("consent_given")

    assert all("Cookie" not in headers for headers in regulars.headers)
    assert regulars.headers[-1]["Content-Type"].startswith("text/plain")


def test_a_cart_asks_again_after_it_was_told(page: Page, shop: Shop, regulars: Regulars):
    settle(page, shop.open(regulars, ONE + CART.replace(">", ' limit="4">', 1)), 8)
    page.evaluate("regulars.consent(true)")
    told_when_asked: list[int] = []
    regulars.say = lambda query: told_when_asked.append(len(regulars.told)) or plenty(query)
    page.evaluate("regulars.addedToCart('22423')")
    regulars.hear("cart_added")
    page.wait_for_timeout(300)

    assert [query["placement"] for query in regulars.asked] == [["product", "cart"], ["cart"]]
    assert told_when_asked == [1]


def test_a_hundred_events_fill_one_report_at_most(page: Page, shop: Shop, regulars: Regulars):
    page.goto(shop.open(regulars, "", script=""))
    page.evaluate("regulars.consent(true); for (let n = 0; n < 150; n++) regulars.viewed(n)")
    ends = time.monotonic() + 5
    while len(regulars.events) < 151 and time.monotonic() < ends:
        page.wait_for_timeout(100)
        page.evaluate("regulars.searched('more')")

    assert max(len(body["events"]) for body in regulars.told) <= 100
    assert regulars.types().count("item_viewed") == 150
