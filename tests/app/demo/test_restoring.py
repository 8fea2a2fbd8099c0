"""A link fills exactly its cart, says what the shop no longer has, and takes nothing away."""

import re

import pytest

from app.demo import items
from app.demo.restoring import MOST_LINES, fill
from plugins.demo import Demo
from plugins.events import CartChanged
from plugins.platform import CartLine
from tests.app.demo.conftest import told


def in_cart(page):
    """Return what a page of the cart shows: how many of which item."""
    found = re.findall(r'name="item" value="([^"]+)".*?name="quantity"[^>]*value="(\d+)"', page, re.DOTALL)
    return {item: int(quantity) for item, quantity in found}


def test_the_link_of_the_platform_fills_exactly_that_cart(quiet_visitor, shelf_db):
    wanted = [CartLine(item_external_id="85123A", quantity=2), CartLine(item_external_id="20725", quantity=1)]
    link = Demo().cart_url("", wanted)

    page = quiet_visitor.see(link)

    assert in_cart(page) == {"85123A": 2, "20725": 1}
    assert "filled as you left it" in page
    assert told(shelf_db) == []


def test_it_signs_nobody_in_and_keeps_who_is_there(quiet_visitor):
    assert "Sign in" in quiet_visitor.see("/cart/restore?items=85123A:1")

    quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    assert "Customer 17850" in quiet_visitor.see("/cart/restore?items=20725:1")


def test_another_cart_that_was_there_is_offered_back(quiet_visitor):
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")

    page = quiet_visitor.see("/cart/restore?items=85123A:2")
    assert in_cart(page) == {"85123A": 2}
    assert "Another cart of yours waits, with 1 thing in it." in page

    page = quiet_visitor.send("/cart", "/cart/take-back")
    assert in_cart(page) == {"71053": 1}
    assert "with 2 things in it" in page
    assert in_cart(quiet_visitor.send("/cart", "/cart/take-back")) == {"85123A": 2}


def test_links_opened_one_after_the_other_lose_nothing(quiet_visitor):
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")
    for link in ("85123A:2", "85123A:2", "20725:1", "nothing:1", ""):
        quiet_visitor.see(f"/cart/restore?items={link}")

    assert in_cart(quiet_visitor.see("/cart")) == {"20725": 1}
    assert in_cart(quiet_visitor.send("/cart", "/cart/take-back")) == {"71053": 1}


def test_a_cart_that_a_person_changed_since_is_theirs_and_set_aside_too(quiet_visitor):
    quiet_visitor.see("/cart/restore?items=85123A:2")
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")

    quiet_visitor.see("/cart/restore?items=20725:1")

    assert in_cart(quiet_visitor.send("/cart", "/cart/take-back")) == {"85123A": 2, "71053": 1}


def test_the_same_cart_again_changes_nothing(quiet_visitor):
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")

    assert "waits" not in quiet_visitor.see("/cart/restore?items=85123A:2")


def test_taking_back_with_nothing_set_aside_is_just_the_cart(quiet_visitor):
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")

    assert in_cart(quiet_visitor.send("/cart", "/cart/take-back")) == {"85123A": 2}


def test_a_machine_that_looks_into_mail_changes_nothing_for_the_shopper(quiet_visitor, shelf_db):
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")
    quiet_visitor.send("/checkout", "/checkout/details", email="ada@example.com")
    count = len(told(shelf_db))
    scanner = quiet_visitor.client.application.test_client()

    for method in (scanner.get, scanner.head):
        assert method("/cart/restore?items=85123A:2").status_code == 302

    assert in_cart(quiet_visitor.see("/cart")) == {"71053": 1}
    assert len(told(shelf_db)) == count


def test_a_known_cart_filled_anew_is_told_as_it_is_now(quiet_visitor, shelf_db):
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")
    quiet_visitor.send("/checkout", "/checkout/details", email="ada@example.com")
    quiet_visitor.see("/cart/restore?items=85123A:2")

    first, second = [fact for fact in told(shelf_db) if isinstance(fact, CartChanged)]
    assert first.external_id == second.external_id
    assert [(line.item_external_id, line.quantity) for line in second.lines] == [("85123A", 2)]


def test_what_is_gone_sold_out_or_short_is_said(quiet_visitor, shelf_db):
    shelf_db.execute("UPDATE items SET stock = 0 WHERE id = '71053'")
    shelf_db.execute("UPDATE items SET stock = 1 WHERE id = '20725'")

    page = quiet_visitor.see("/cart/restore?items=85123A:1,71053:1,20725:4,POST:1,nothing:2")

    assert in_cart(page) == {"85123A": 1, "20725": 1}
    assert "as far as the shop still has it" in page
    assert "2 of its things are no longer in the shop." in page
    assert "Sold out: White metal lantern." in page
    assert "Fewer than you had: Lunch bag red retrospot (only 1)." in page


@pytest.mark.parametrize(
    "asked",
    [
        *("", ":", ",", ",,,", "85123A", "85123A:", "85123A:0", "85123A:-1", "85123A:1.5", "85123A:x", ":1"),
        *("85123A:²", "85123A:1e3", "'; DROP TABLE items:1", "<script>alert(1)</script>:1", "nothing:1", "\x00:1"),
        *("%00:1", "85123A\x00:1", "é" * 2000 + ":1"),
    ],
)
def test_a_link_that_means_nothing_leaves_the_cart_as_it_was(quiet_visitor, asked):
    quiet_visitor.send("/items/71053", "/cart/add", item="71053", quantity="1")

    answer = quiet_visitor.client.get("/cart/restore", query_string={"items": asked}, follow_redirects=True)

    assert answer.status_code == 200
    assert in_cart(answer.text) == {"71053": 1}
    assert "Nothing of that cart can be bought here at the moment" in answer.text
    assert "<script>alert" not in answer.text


def test_a_link_without_items_is_no_error(quiet_visitor):
    assert "Nothing of that cart" in quiet_visitor.see("/cart/restore")


def test_figures_and_lengths_are_bounded(shelf_db):
    with_many = ",".join(f"{n}:1" for n in range(5000)) + ",85123A:1"
    shelf_db.execute("UPDATE items SET stock = 9999 WHERE id = '85123A'")

    assert fill(shelf_db, with_many).lines == {}
    assert fill(shelf_db, "85123A:99999999999999999999").lines == {"85123A": 99}
    assert fill(shelf_db, "85123A:60,85123A:60").lines == {"85123A": 99}
    assert f"{MOST_LINES} of its things" in fill(shelf_db, with_many).sentences[1]


def test_the_largest_cart_and_the_one_set_aside_fit_a_cookie(quiet_visitor, shelf_db):
    for n in range(2 * MOST_LINES):
        copy = "SELECT ?, title, search, shelf, price_minor, 500, orders, first_sold FROM items WHERE id = '85123A'"
        shelf_db.execute(f"INSERT INTO items {copy}", (f"{90000 + n * 37}BL",))
    ids = [row[0] for row in shelf_db.execute("SELECT id FROM items WHERE id LIKE '%BL'")]
    for half in (ids[:MOST_LINES], ids[MOST_LINES:]):
        quiet_visitor.see("/cart/restore?items=" + ",".join(f"{item}:{n + 1}" for n, item in enumerate(half)))
        quiet_visitor.send("/cart", "/cart/change", item=half[0], quantity="2")

    assert len(quiet_visitor.client.get_cookie("shop_session").value) < 3800
    assert len(in_cart(quiet_visitor.see("/cart"))) == MOST_LINES
    assert items.find(shelf_db, ids[0]) is not None
