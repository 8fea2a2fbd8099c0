"""The office lets one leave a cart an hour ago, and passes on what people ask about their data."""

from datetime import UTC, datetime, timedelta

from app.demo import carts
from plugins.events import (
    CartChanged,
    CartStage,
    ConsentChanged,
    CustomerRedacted,
    DataRequested,
    OrderChanged,
)
from tests.app.demo.conftest import told

ADA = "ada@example.com"
CUSTOMER = "customer-17850@example.com"


def of_kind(db, kind):
    return [fact for fact in told(db) if isinstance(fact, kind)]


def test_the_office_says_how_to_see_a_letter(quiet_visitor, receiver):
    page = quiet_visitor.see("/office")

    assert "A cart left alone" in page
    assert f"{receiver.url}/admin/demo/messages" in page
    assert "<button disabled>Leave my cart as of an hour ago</button>" in page


def test_a_cart_left_an_hour_ago_is_told_late_under_a_name_of_its_own(quiet_visitor, shelf_db):
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    quiet_visitor.send("/checkout", "/checkout/details", email=ADA, agreed="yes")

    page = quiet_visitor.send("/office", "/office/leave-earlier")

    assert "You left an hour ago" in page
    first, emptied, left = of_kind(shelf_db, CartChanged)
    assert (first.external_id, emptied.stage) == (emptied.external_id, CartStage.EMPTIED)
    assert left.external_id != first.external_id
    assert (left.stage, left.email, [line.quantity for line in left.lines]) == (CartStage.CHECKOUT, ADA, [2])
    assert timedelta(minutes=59) < datetime.now(UTC) - left.version_at < timedelta(minutes=61)
    assert [word.is_given for word in of_kind(shelf_db, ConsentChanged)] == [True]  # said once
    assert "Your cart is empty" in quiet_visitor.see("/cart")
    assert carts.kept(shelf_db, left.external_id).person.has_agreed


def test_without_an_address_and_a_tick_nobody_has_left(quiet_visitor, shelf_db):
    assert "First fill a cart" in quiet_visitor.send("/office", "/office/leave-earlier")
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    quiet_visitor.send("/checkout", "/checkout/details", email=ADA)

    assert "the tick" in quiet_visitor.send("/office", "/office/leave-earlier")
    assert len(told(shelf_db)) == 1
    assert "Your cart comes to" in quiet_visitor.see("/cart")


def test_a_customer_asks_to_see_what_is_known(quiet_visitor, shelf_db):
    quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A")
    quiet_visitor.send("/checkout", "/checkout")

    quiet_visitor.send("/office", "/office/data-request")
    quiet_visitor.send("/office", "/office/data-request")

    first, second = of_kind(shelf_db, DataRequested)
    (order,) = of_kind(shelf_db, OrderChanged)
    assert (first.customer_external_id, first.email) == ("17850", CUSTOMER)
    assert first.order_external_ids == (order.external_id,)
    assert first.request_external_id != second.request_external_id


def test_a_customer_who_wants_to_be_forgotten_is_forgotten_here_too(quiet_visitor, shelf_db):
    quiet_visitor.send("/you", "/you/sign-in", customer="17850")
    quiet_visitor.send("/items/85123A", "/cart/add", item="85123A")
    quiet_visitor.send("/checkout", "/checkout")
    quiet_visitor.send("/items/20725", "/cart/add", item="20725")
    quiet_visitor.send("/checkout", "/checkout/details", agreed="yes")

    page = quiet_visitor.send("/office", "/office/redaction")

    facts = told(shelf_db)
    assert isinstance(facts[-1], CustomerRedacted)  # and nothing of them is told after it
    assert (facts[-1].customer_external_id, facts[-1].email) == ("17850", CUSTOMER)
    assert len(facts[-1].order_external_ids) == 1
    assert "You are a guest now" in page
    assert shelf_db.execute("SELECT count(*) FROM carts WHERE email <> ''").fetchone()[0] == 0
    assert shelf_db.execute("SELECT count(*) FROM orders WHERE customer IS NOT NULL").fetchone()[0] == 0


def test_a_guest_has_nothing_to_ask_with_these_buttons(quiet_visitor, shelf_db):
    quiet_visitor.see("/office")
    for path in ("/office/data-request", "/office/redaction"):
        token = quiet_visitor.see("/office").split('name="csrf_token" value="')[1].split('"')[0]
        assert quiet_visitor.client.post(path, data={"csrf_token": token}).status_code == 404

    assert told(shelf_db) == []
