"""Facts become rows: in any order, any number of times, the same rows."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.ingest.digest import digest
from app.models import Cart, Item, Order, OrderLine, Review, VisitorLink
from plugins.events import (
    AddressSuppressed,
    CartStage,
    ConsentChanged,
    CustomerMerged,
    ItemDeleted,
    ItemState,
    OrderState,
    RefundMade,
    ReviewDeleted,
    StockChanged,
    StockCounted,
    VisitorRecognized,
)
from tests.app.cast import ALICE, MONDAY, cart, customer, item, order, review, tell
from tests.conftest import add_shop

LATER = MONDAY + timedelta(hours=1)

FACTS = [
    item("3", "Red and blue tea", stock_keys=("k", "l"), is_in_stock=True, stock_quantity=9),
    StockCounted(stock_key="l", location="here", version_at=LATER, quantity=0),
    item("1", "Green tea"),
    item("1", "Green tea, new name", at=LATER, is_in_stock=True, stock_quantity=4),
    StockChanged(external_id="1", version_at=LATER + timedelta(hours=1), is_in_stock=False, stock_quantity=0),
    StockChanged(external_id="2", version_at=MONDAY, is_in_stock=True, stock_quantity=3),
    item("2"),
    customer("alice"),
    customer("alice", at=LATER, first_name="Alice"),
    order("100", "1 2", "alice", state=OrderState.PENDING),
    order("100", "1", "alice", version_at=LATER, visitor_id=ALICE),
    order("101", "2"),
    RefundMade(external_id="r1", order_external_id="100", amount_minor=450, currency="GBP", made_at=LATER),
    ItemDeleted(external_id="2"),
    VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY - timedelta(days=1)),
    cart("c1", "1", visitor_id=ALICE),
    cart("c1", "1 2", "alice@example.com", at=LATER, locale="en"),
    cart("c1", "1 2", "alice@work.example", phone="020 7946 0123", at=LATER + timedelta(minutes=1)),
    cart("c1", "2", at=LATER + timedelta(hours=1)),
    cart("c1", "1", at=LATER + timedelta(minutes=2), recovery_url="https://harbour-tea.example/?back=1"),
    cart("c1", "1", at=LATER + timedelta(minutes=3), recovery_url="https://harbour-tea.example/?back=2"),
    review("r1", rating=2),
    review("r1", at=LATER, words="Better the second time."),
    review("r2"),
    review("r2", at=LATER, is_public=False),
    ReviewDeleted(external_id="r2"),
    review("r3", at=LATER + timedelta(days=1)),
    ReviewDeleted(external_id="r3"),
    StockCounted(stock_key="k", location="here", version_at=LATER, quantity=3),
    StockCounted(stock_key="k", location="here", version_at=MONDAY, quantity=0),
    ConsentChanged(purpose="email_marketing", is_given=True, occurred_at=MONDAY, email="alice@example.com", source="x"),
    AddressSuppressed(email="alice@example.com", reason="unsubscribed", occurred_at=LATER, source="x"),
    AddressSuppressed(email="bob@example.com", reason="unsubscribed", occurred_at=MONDAY, source="x"),
    AddressSuppressed(email="bob@example.com", reason="complained", occurred_at=MONDAY, source="x"),
    ConsentChanged(purpose="email_marketing", is_given=True, occurred_at=LATER, email="bob@example.com", source="x"),
    CustomerMerged(from_external_id="old", into_external_id="alice", merged_at=MONDAY),
]


def digest_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return digest(session)


def test_any_order_and_any_repetition_ends_in_the_same_rows(wiring, harbour):
    tell(wiring, harbour, *FACTS)
    wanted = digest_of(wiring, harbour)
    chance = random.Random(7)

    for n in range(8):
        shop = add_shop(wiring.db, f"shop-{n}")
        told = chance.sample(FACTS * 2, k=2 * len(FACTS))
        size = chance.randint(1, 5)
        for start in range(0, len(told), size):
            tell(wiring, shop, *told[start : start + size])
        assert digest_of(wiring, shop) == wanted


def test_an_older_fact_never_overwrites_a_newer_one(wiring, harbour):
    tell(wiring, harbour, order("100", "1 2", version_at=LATER), item("1", "New name", at=LATER))
    tell(wiring, harbour, order("100", "3"), item("1", "Old name"))

    with wiring.db.of_shop(harbour) as session:
        assert {line.item_external_id for line in session.query(OrderLine)} == {"1", "2"}
        assert session.query(Item).filter_by(external_id="1").one().title == "New name"


def test_a_newer_stock_stays_when_an_older_full_picture_comes_late(wiring, harbour):
    tell(wiring, harbour, StockChanged(external_id="1", version_at=LATER, is_in_stock=False, stock_quantity=0))
    tell(wiring, harbour, item("1", is_in_stock=True, stock_quantity=9))

    with wiring.db.of_shop(harbour) as session:
        (row,) = session.query(Item).all()
    assert (row.state, row.is_in_stock, row.stock_quantity) == (ItemState.ON_SALE, False, 0)


def test_equal_versions_resolve_the_same_way_whatever_the_order(wiring, harbour, linden):
    tell(wiring, harbour, item("1", "Red"))
    tell(wiring, harbour, item("1", "Blue"))
    tell(wiring, linden, item("1", "Blue"))
    tell(wiring, linden, item("1", "Red"))

    assert digest_of(wiring, harbour) == digest_of(wiring, linden)


def test_of_two_words_of_one_second_the_purchase_stands(wiring, harbour, linden):
    unpaid, paid = (order("1", "1", state=state) for state in (OrderState.UNPAID, OrderState.PLACED))
    left, bought = (cart("c", "1", stage=stage) for stage in (CartStage.CHECKOUT, CartStage.ORDERED))
    for shop, told in ((harbour, (unpaid, left, paid, bought)), (linden, (paid, bought, unpaid, left))):
        for fact in told:
            tell(wiring, shop, fact)

        with wiring.db.of_shop(shop) as session:
            assert session.query(Order).one().state == "placed"
            assert session.query(Cart).one().stage == "ordered"
    assert digest_of(wiring, harbour) == digest_of(wiring, linden)


def test_of_two_names_of_one_second_the_same_stands_together_and_apart(wiring, harbour, linden):
    told = [cart("c", "1 " * n, f"{name}@example.com") for n, name in enumerate("acb", start=1)]
    tell(wiring, harbour, *told)
    for fact in told:
        tell(wiring, linden, fact)

    assert digest_of(wiring, harbour) == digest_of(wiring, linden)


def test_a_carts_phone_is_read_as_its_country_writes_it(wiring, harbour):
    tell(wiring, harbour, cart("c", "1", phone="030 1234567", country="DE"))
    tell(wiring, harbour, order("1", "1", phone="+49 30 1234567", country="AT"))

    with wiring.db.of_shop(harbour) as session:
        assert session.query(Cart).one().phone == session.query(Order).one().phone == "+49301234567"


def test_facts_of_one_shop_are_no_facts_of_the_other(wiring, harbour, linden):
    tell(wiring, harbour, *FACTS)

    with wiring.db.of_shop(linden) as session:
        assert session.query(Order).all() == []
        assert session.execute(text("SELECT count(*) FROM order_lines")).scalar() == 0


def test_the_newest_word_says_whose_browser_it_is(wiring, harbour):
    tell(wiring, harbour, VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY))
    tell(wiring, harbour, order("1", "1", "bob", at=LATER, visitor_id=ALICE))
    tell(wiring, harbour, VisitorRecognized(visitor_id="not an id", customer_external_id="x", version_at=LATER))

    with wiring.db.of_shop(harbour) as session:
        assert [link.customer_external_id for link in session.query(VisitorLink)] == ["bob"]


@pytest.mark.parametrize("visitor", ["", "A" * 32, "0" * 31, "0" * 33])
def test_what_is_no_visitor_id_links_nobody(wiring, harbour, visitor):
    tell(wiring, harbour, order("1", "1", "alice", visitor_id=visitor))

    with wiring.db.of_shop(harbour) as session:
        assert session.query(VisitorLink).all() == []
        assert session.query(Order).one().visitor_key is None


def reviews_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return {one.external_id: one for one in session.query(Review)}


def test_a_review_stands_as_its_newest_version_says_and_goes_when_it_is_deleted(wiring, harbour):
    heard_at = LATER + timedelta(days=2)
    tell(wiring, harbour, review("r1", at=LATER, rating=4), review("r1", rating=1), review("r2"))
    assert {name: one.rating for name, one in reviews_of(wiring, harbour).items()} == {"r1": 4, "r2": 5}

    tell(wiring, harbour, ReviewDeleted(external_id="r2"), heard_at=heard_at)
    tell(wiring, harbour, review("r2", at=LATER))  # late
    assert set(reviews_of(wiring, harbour)) == {"r1"}

    tell(wiring, harbour, review("r2", at=heard_at + timedelta(hours=1)))  # put back by the merchant
    assert set(reviews_of(wiring, harbour)) == {"r1", "r2"}


def test_a_carts_way_back_stays_when_a_later_version_does_not_repeat_it(wiring, harbour):
    tell(wiring, harbour, cart("c1", "1", recovery_url="https://harbour-tea.example/?back=1"))
    tell(wiring, harbour, cart("c1", "1 2", at=LATER))
    with wiring.db.of_shop(harbour) as session:
        kept = session.query(Cart).one()
    assert (kept.recovery_url, len(kept.lines)) == ("https://harbour-tea.example/?back=1", 2)
