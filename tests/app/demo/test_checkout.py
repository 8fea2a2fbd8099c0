"""At the checkout a shopper says who they are and whether they want a reminder; Regulars hears that, and no more."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from app.demo import carts, items, messages
from app.demo.database import writing
from plugins.events import CartChanged, CartStage, ConsentChanged, OrderChanged, Purpose
from tests.app.demo.conftest import told

ADA = "ada@example.com"
ALICE = "0123456789abcdef" * 2
SENTENCE = "Remind me by e-mail, once, if I leave this cart unfinished. I can stop this with one click."
STRANGE = [
    "<script>alert(1)</script>@example.com", '"><img src=x onerror=alert(1)>', "no address", "@", "a@b",
    "a b@example.com", "x" * 300 + "@example.com", "a@" + "b" * 300 + ".com", "two@at@example.com", "\u202ea@",
]  # fmt: skip


@pytest.fixture
def shopper(quiet_visitor):
    """Somebody with two things in the cart."""
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    return quiet_visitor


def leave(shopper, **typed):
    """Leave a field of the checkout, as the page's script tells it."""
    typed = {"from": "script", **typed}
    return shopper.send("/checkout", "/checkout/details", **typed)


def carts_told(db):
    return [fact for fact in told(db) if isinstance(fact, CartChanged)]


def words_told(db):
    return [fact for fact in told(db) if isinstance(fact, ConsentChanged)]


def test_the_box_is_in_plain_view_unticked_and_says_what_happens_without_it(shopper):
    page = shopper.see("/checkout")

    box = re.search(r'<input[^>]*name="agreed"[^>]*>', page)[0]
    assert "checked" not in box
    assert f'<label for="agreed">{SENTENCE}</label>' in page
    assert "Without the tick, nobody writes to you about this cart." in page
    assert "<details" not in page


def test_a_cart_of_somebody_who_said_nothing_is_told_to_nobody(shopper, shelf_db):
    shopper.see("/checkout")
    leave(shopper, phone="020 7946 0018", address="1 High Street", visitor=ALICE, agreed="yes")
    shopper.send("/cart", "/cart/change", item="85123A", remove="1")

    assert told(shelf_db) == []
    assert shelf_db.execute("SELECT count(*) FROM carts").fetchone()[0] == 0


def test_leaving_the_email_field_tells_the_whole_cart_and_no_consent(shopper, shelf_db):
    answer = leave(shopper, email=ADA, phone=" 020 7946\t0018 ", address="1 High Street\r\nLondon", visitor=ALICE)

    (cart,) = told(shelf_db)
    assert (cart.stage, cart.email, cart.phone, cart.address) == (
        CartStage.CHECKOUT,
        ADA,
        "020 7946 0018",
        "1 High Street, London",
    )
    assert (cart.visitor_id, cart.customer_external_id, cart.locale) == (ALICE, None, "en-GB")
    assert (cart.currency, cart.total_minor) == ("GBP", 590)
    assert [(line.item_external_id, line.quantity, line.total_minor) for line in cart.lines] == [("85123A", 2, 590)]
    assert cart.lines[0].title == "Cream hanging heart T-light holder"
    assert re.fullmatch(r"[0-9a-f]{32}", cart.external_id)
    assert "Nobody writes to you about it" in answer


def test_the_tick_tells_a_yes_with_its_whole_proof(shopper, shelf_db):
    before = datetime.now(UTC)
    leave(shopper, email=ADA)
    leave(shopper, email=ADA, agreed="yes")

    (word,) = words_told(shelf_db)
    assert (word.purpose, word.is_given, word.email) == (Purpose.EMAIL_MARKETING, True, ADA)
    assert (word.wording, word.wording_version, word.locale) == (SENTENCE, "2026-11", "en-GB")
    assert word.source == "checkout"
    assert before <= word.occurred_at <= datetime.now(UTC)
    assert len(carts_told(shelf_db)) == 1  # the cart itself had not changed


def test_the_sentence_told_is_the_sentence_shown(shopper):
    assert html.escape(messages.REMINDER) in shopper.see("/checkout")
    assert messages.REMINDER == SENTENCE


def test_taking_the_tick_out_tells_a_no(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    leave(shopper, email=ADA)

    assert [(word.is_given, word.email) for word in words_told(shelf_db)] == [(True, ADA), (False, ADA)]


def test_saying_the_same_twice_tells_it_once(shopper, shelf_db):
    for _ in range(3):
        leave(shopper, email=ADA, agreed="yes")

    assert len(told(shelf_db)) == 2


def test_a_corrected_address_takes_its_yes_along(shopper, shelf_db):
    leave(shopper, email="adda@example.com", agreed="yes")
    leave(shopper, email=ADA, agreed="yes")

    said = [(word.email, word.is_given) for word in words_told(shelf_db)]
    assert said == [("adda@example.com", True), ("adda@example.com", False), (ADA, True)]
    assert [cart.email for cart in carts_told(shelf_db)] == ["adda@example.com", ADA]


def test_an_address_that_was_taken_out_again_leaves_no_standing_yes(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    leave(shopper, email="", phone="020 7946 0018", agreed="yes")
    shopper.send("/items/20725", "/cart/add", item="20725")

    assert [(word.email, word.is_given) for word in words_told(shelf_db)] == [(ADA, True), (ADA, False)]
    assert [cart.email for cart in carts_told(shelf_db)] == [ADA, None]
    assert f'value="{ADA}"' not in shopper.see("/checkout")


def test_later_changes_of_that_cart_are_told_and_those_before_were_not(shopper, shelf_db):
    leave(shopper, email=ADA)
    shopper.send("/items/20725", "/cart/add", item="20725", visitor=ALICE)
    shopper.send("/cart", "/cart/change", item="85123A", quantity="1")

    first, second, third = carts_told(shelf_db)
    assert first.external_id == second.external_id == third.external_id
    assert first.version_at < second.version_at < third.version_at
    assert [len(cart.lines) for cart in (first, second, third)] == [1, 2, 2]
    assert [cart.stage for cart in (first, second, third)] == [CartStage.CHECKOUT] * 3
    assert (second.visitor_id, third.total_minor) == (ALICE, 295 + 165)


def test_ordering_tells_the_order_with_its_cart_and_that_the_cart_is_ordered(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    shopper.send(
        "/checkout", "/checkout", email=ADA, phone="020 7946 0018", address="1 High Street", agreed="yes", visitor=ALICE
    )

    (order,) = [fact for fact in told(shelf_db) if isinstance(fact, OrderChanged)]
    first, last = carts_told(shelf_db)
    assert order.cart_external_id == first.external_id == last.external_id
    assert (order.email, order.phone, order.address, order.visitor_id) == (
        ADA,
        "020 7946 0018",
        "1 High Street",
        ALICE,
    )
    assert (first.stage, last.stage) == (CartStage.CHECKOUT, CartStage.ORDERED)
    assert len(words_told(shelf_db)) == 1


def test_a_late_word_of_the_browser_never_opens_an_ordered_cart_again(shopper, shelf_db):
    leave(shopper, email=ADA)
    cookie = shopper.client.get_cookie("shop_session").value
    shopper.send("/checkout", "/checkout", email=ADA)
    count = len(told(shelf_db))

    shopper.client.set_cookie("shop_session", cookie)
    leave(shopper, email=ADA, phone="1", agreed="yes")

    assert len(told(shelf_db)) == count


@pytest.mark.parametrize("email", [ADA, ""])
def test_a_second_click_orders_nothing_a_second_time(shopper, shelf_db, email):
    cookie = shopper.client.get_cookie("shop_session").value
    shopper.send("/checkout", "/checkout", email=email)
    shopper.client.set_cookie("shop_session", cookie)

    page = shopper.send("/checkout", "/checkout", email=email)

    assert "not ordered twice" in page
    assert "Your cart is empty" in page
    assert shelf_db.execute("SELECT count(*) FROM orders").fetchone()[0] == 1


def test_an_emptied_cart_is_told_as_emptied_and_the_next_one_is_another(shopper, shelf_db):
    leave(shopper, email=ADA)
    shopper.send("/cart", "/cart/change", item="85123A", remove="1")
    shopper.send("/items/20725", "/cart/add", item="20725")
    leave(shopper, email=ADA)

    first, emptied, other = carts_told(shelf_db)
    assert (emptied.stage, emptied.lines, emptied.total_minor, emptied.email) == (CartStage.EMPTIED, (), 0, ADA)
    assert first.external_id == emptied.external_id != other.external_id


def test_a_yes_was_for_one_cart_and_ends_when_the_next_is_left_unticked(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    shopper.send("/checkout", "/checkout", email=ADA, agreed="yes")
    assert [word.is_given for word in words_told(shelf_db)] == [True]

    shopper.send("/items/20725", "/cart/add", item="20725")
    assert "checked" not in re.search(r'<input[^>]*name="agreed"[^>]*>', shopper.see("/checkout"))[0]
    leave(shopper, email=ADA)

    assert [word.is_given for word in words_told(shelf_db)] == [True, False]


def test_a_yes_ends_with_what_is_kept_of_its_cart(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="microseconds")
    shelf_db.execute("UPDATE carts SET changed_at = ?", (old,))

    carts.tidy(shelf_db)
    carts.tidy(shelf_db)

    assert [(word.is_given, word.source) for word in words_told(shelf_db)] == [
        (True, "checkout"),
        (False, "cart_forgotten"),
    ]
    assert shelf_db.execute("SELECT count(*) FROM carts").fetchone()[0] == 0


def test_of_a_finished_cart_nothing_is_kept_but_a_standing_yes(shopper, shelf_db):
    leave(shopper, email=ADA, phone="020 7946 0018", address="1 High Street")
    shopper.send("/checkout", "/checkout", email=ADA, phone="020 7946 0018", address="1 High Street")

    row = shelf_db.execute("SELECT * FROM carts").fetchone()
    assert (row["email"], row["phone"], row["address"], row["told"]) == ("", "", "", "")


def test_what_was_typed_stands_there_when_one_comes_back(shopper):
    leave(shopper, email=ADA, phone="020 7946 0018", address="1 High Street", agreed="yes")

    page = shopper.see("/checkout")

    assert f'value="{ADA}"' in page
    assert "1 High Street</textarea>" in page
    assert "checked" in re.search(r'<input[^>]*name="agreed"[^>]*>', page)[0]


def test_without_a_script_the_continue_button_tells_it(shopper, shelf_db):
    page = shopper.send("/checkout", "/checkout/details", email=ADA, agreed="yes")

    assert "one e-mail goes to ada@example.com" in page
    assert '<form method="post" action="/checkout"' in page
    assert "Place order" in shopper.see("/checkout/details")  # loaded again
    assert len(told(shelf_db)) == 2


@pytest.mark.parametrize("email", STRANGE)
def test_what_is_no_address_is_said_and_told_to_nobody(shopper, shelf_db, email):
    answers = [
        shopper.client.post(path, data={"csrf_token": token(shopper), "email": email, "agreed": "yes", **how})
        for path, how in (("/checkout/details", {}), ("/checkout/details", {"from": "script"}), ("/checkout", {}))
    ]

    assert [answer.status_code for answer in answers] == [422, 200, 422]
    assert all("does not look like an e-mail address" in answer.text for answer in answers)
    assert "<script>alert" not in answers[0].text
    assert "<img src=x" not in answers[0].text
    assert told(shelf_db) == []


def token(shopper):
    return re.search(r'name="csrf_token" value="([^"]+)"', shopper.see("/checkout"))[1]


def test_markup_in_phone_and_address_stays_text(shopper):
    bad = "</textarea><script>alert(1)</script>"
    leave(shopper, email=ADA, phone=bad, address=bad)

    page = shopper.see("/checkout")

    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;" in page


def test_absurd_lengths_are_cut_and_international_addresses_are_fine(shopper, shelf_db):
    leave(shopper, email="jörg@bücher.example", phone="9" * 5000, address="x\ud7ff\x00\n" * 2000)

    (cart,) = carts_told(shelf_db)
    assert cart.email == "jörg@bücher.example"
    assert (len(cart.phone), len(cart.address)) == (40, 300)


def test_a_form_larger_than_any_checkout_is_refused(shopper):
    answer = shopper.client.post("/checkout/details", data={"csrf_token": token(shopper), "address": "x" * 100_000})

    assert answer.status_code == 413


@pytest.mark.parametrize("cookie", ["", "x", "eyJjYXJ0Ijp7Ijg1MTIzQSI6OX19.aSUhmA.forged", "." * 4000])
def test_a_tampered_cookie_is_an_empty_cart(quiet_visitor, cookie, shelf_db):
    quiet_visitor.client.set_cookie("shop_session", cookie)

    assert "Your cart is empty" in quiet_visitor.see("/checkout")
    assert told(shelf_db) == []


def test_a_cart_from_before_carts_had_names_gets_one(quiet_visitor, shelf_db):
    with quiet_visitor.client.session_transaction() as session:
        session["cart"] = {"85123A": 2}
    leave(quiet_visitor, email=ADA)
    leave(quiet_visitor, email=ADA, phone="1")

    first, second = carts_told(shelf_db)
    assert first.external_id == second.external_id
    assert len(first.external_id) == 32


def test_a_signed_in_customers_cart_is_told_from_the_first_thing_in_it(quiet_visitor, shelf_db):
    quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    quiet_visitor.send("/items/20725", "/cart/add", item="20725")

    (cart,) = told(shelf_db)
    assert (cart.stage, cart.customer_external_id, cart.email) == (
        CartStage.CART,
        "17850",
        "customer-17850@example.com",
    )


def test_a_signed_in_customer_cannot_order_under_another_address(quiet_visitor, shelf_db):
    quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    quiet_visitor.send("/items/20725", "/cart/add", item="20725")
    leave(quiet_visitor, email=ADA, agreed="yes")

    assert {fact.email for fact in told(shelf_db)} == {"customer-17850@example.com"}
    assert words_told(shelf_db)[0].customer_external_id == "17850"


def test_a_cart_that_goes_on_under_another_name_has_ended_under_the_first(shopper, shelf_db):
    leave(shopper, email=ADA, agreed="yes")
    shopper.send("/you", "/you/sign-in", customer="17850")
    shopper.send("/you", "/you/sign-out")

    first, emptied, theirs, emptied_again = carts_told(shelf_db)
    assert (emptied.external_id, emptied.stage, emptied.email) == (first.external_id, CartStage.EMPTIED, ADA)
    assert (theirs.customer_external_id, theirs.email) == ("17850", "customer-17850@example.com")
    assert theirs.external_id != first.external_id
    assert (emptied_again.external_id, emptied_again.stage) == (theirs.external_id, CartStage.EMPTIED)
    assert "Your cart comes to £5.90" in shopper.see("/cart")
    assert f'value="{ADA}"' not in shopper.see("/checkout")


def test_what_the_office_shows_names_nobody(shopper):
    leave(shopper, email=ADA, agreed="yes")

    assert ADA not in shopper.client.get("/office/outbox").text


def test_a_cart_holds_its_own_prices_when_an_item_left_the_shop(shopper, shelf_db):
    shopper.send("/items/20725", "/cart/add", item="20725")
    with writing(shelf_db):
        shelf_db.execute("UPDATE items SET shelf = '' WHERE id = '85123A'")
    leave(shopper, email=ADA)

    (cart,) = carts_told(shelf_db)
    assert [line.item_external_id for line in cart.lines] == ["20725"]
    assert cart.total_minor == items.find(shelf_db, "20725").price_minor
