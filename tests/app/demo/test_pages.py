"""A visitor looks round, fills a cart and orders; nothing they type becomes markup."""

import html
import json
import re
import sqlite3

import pytest

from app.demo import items


def told_by(page):
    """Return what a page has its browser report."""
    return json.loads(html.unescape(re.search(r'data-told="([^"]*)"', page)[1]))


PAGES = ["/", "/shelves/lights", "/search?q=bag", "/search", "/items/85123A", "/cart", "/checkout", "/you", "/office"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_without_regulars(quiet_visitor, path):
    page = quiet_visitor.see(path)

    assert "<h1>" in page
    assert 'data-shop="demo"' in page


@pytest.mark.parametrize(
    ("path", "element"),
    [
        ("/", '<regulars-recommendations placement="home"'),
        ("/items/85123A", '<regulars-recommendations placement="product" item="85123A"'),
    ],
)
def test_a_page_asks_for_recommendations_as_any_theme_would(quiet_visitor, path, element):
    assert element in quiet_visitor.see(path)


def test_the_cart_asks_with_everything_in_it(quiet_visitor):
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A")
    quiet_visitor.send("/items/20725", "/cart/add", item="20725")

    found = re.search(r'placement="cart" item="([^"]+)"', quiet_visitor.see("/cart"))
    assert set(found[1].split()) == {"85123A", "20725"}


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; DROP TABLE items"]
)
def test_markup_in_a_search_is_only_text(quiet_visitor, words):
    answer = quiet_visitor.client.get("/search", query_string={"q": words})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text


def test_a_wildcard_means_itself(shelf_db):
    assert items.search(shelf_db, "%", 1).total == 0
    assert items.search(shelf_db, "_", 1).total == 0
    assert [item.id for item in items.search(shelf_db, "BAGS lunch", 1).items] == ["20725"]


@pytest.mark.parametrize("path", ["/items/nothing", "/shelves/nothing", "/pictures/nothing.svg", "/nothing"])
def test_what_is_not_there_is_said_kindly(quiet_visitor, path):
    answer = quiet_visitor.client.get(path)

    assert answer.status_code == 404
    assert "To the front of the shop" in answer.text


@pytest.mark.parametrize("page", ["0", "-1", "99999", "x", "²"])
def test_an_odd_page_number_is_a_page(quiet_visitor, page):
    assert "Lights" in quiet_visitor.see(f"/shelves/lights?page={page}")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/cart/add",
            "/cart/change",
            "/cart/take-back",
            "/checkout",
            "/checkout/details",
            "/you/sign-in",
            "/you/sign-out",
            "/you/recognize",
        ),
        *("/office/stock", "/office/hurry", "/office/catalogue", "/office/leave-earlier", "/office/data-request"),
        "/office/redaction",
    ],
)
def test_a_form_of_another_page_is_refused(quiet_visitor, path):
    answer = quiet_visitor.client.post(path, data={"item": "85123A", "customer": "17850", "stock": "0"})

    assert answer.status_code == 400
    assert "too old" in answer.text


def test_nothing_may_run_but_the_shop_and_the_widget(quiet_visitor, receiver):
    answer = quiet_visitor.client.get("/search?q=bag")

    policy = answer.headers["Content-Security-Policy"]
    assert f"script-src 'self' {receiver.url};" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|\son\w+=|style=", answer.text)


def test_looking_round_sets_no_cookie(quiet_visitor):
    for path in ("/", "/shelves/lights", "/search?q=bag"):
        assert "Set-Cookie" not in quiet_visitor.client.get(path).headers


def test_the_browser_is_told_what_to_report_and_once(quiet_visitor):
    page = quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    assert told_by(page) == [["addedToCart", "85123A"]]
    assert told_by(quiet_visitor.see("/items/85123A")) == [["viewed", "85123A"]]

    page = quiet_visitor.send("/cart", "/cart/change", item="85123A", remove="1")
    assert told_by(page) == [["removedFromCart", "85123A"]]
    assert told_by(quiet_visitor.see("/search?q=bag")) == [["searched", "bag"]]


def test_a_cart_never_holds_more_than_there_is(quiet_visitor, shelf_db):
    stock = items.find(shelf_db, "85123A").stock
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="999")

    assert f'value="{min(stock, 99)}"' in quiet_visitor.see("/cart")


def test_an_order_takes_stock_and_empties_the_cart(quiet_visitor, shelf_db):
    before = items.find(shelf_db, "85123A").stock
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")

    page = quiet_visitor.send("/checkout", "/checkout")

    assert "Your order is" in page
    assert "£5.90" in page
    assert items.find(shelf_db, "85123A").stock == before - 2
    assert "Your cart is empty" in quiet_visitor.see("/cart")


def test_what_somebody_else_took_meanwhile_is_said_and_nothing_happens(quiet_visitor, shelf_db):
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    quiet_visitor.send("/items/20725", "/cart/add", item="20725")
    shelf_db.execute("UPDATE items SET stock = 1 WHERE id = '85123A'")

    page = quiet_visitor.send("/checkout", "/checkout")

    assert "Somebody was quicker" in page
    assert items.find(shelf_db, "85123A").stock == 1
    assert shelf_db.execute("SELECT count(*) FROM orders").fetchone()[0] == 0
    assert shelf_db.execute("SELECT count(*) FROM outbox").fetchone()[0] == 0


def test_stock_can_never_fall_below_nothing(shelf_db):
    with pytest.raises(sqlite3.IntegrityError):
        shelf_db.execute("UPDATE items SET stock = -1 WHERE id = '85123A'")


def test_a_visitor_becomes_a_regular_and_a_guest_again(quiet_visitor):
    page = quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    assert "You are customer 17850 now, with 2 orders" in page

    assert "What you bought most" in quiet_visitor.see("/you")
    assert told_by(quiet_visitor.send("/you", "/you/sign-out")) == [["startAfresh"]]
    assert "There is no customer 99" in quiet_visitor.send("/you", "/you/sign-in", customer="99")
