"""Carts, counted stock, and what platforms tell us of people: written once, in any order, for one shop only."""

import random
from datetime import timedelta

import pytest

from app.identity import Known
from app.models import Cart, CustomerMerge, DeletionReport, Erasure, Item, Shop
from plugins.events import (
    CartDeleted,
    CartStage,
    CustomerMerged,
    CustomerRedacted,
    DataRequested,
    ItemState,
    ShopRedacted,
    ShopUninstalled,
    StockCounted,
)
from tests.app.cast import ALICE, MONDAY, cart, item, order, tell

LATER = MONDAY + timedelta(hours=1)


def only(wiring, shop_id, kind):
    with wiring.db.of_shop(shop_id) as session:
        (row,) = session.query(kind).all()
        return row


def test_a_cart_is_kept_as_its_newest_version_says(wiring, harbour):
    facts = [
        cart("c1", "a", at=MONDAY, stage=CartStage.CART, visitor_id=ALICE),
        cart("c1", "a b", "Alice@Example.com", at=LATER, locale="de"),
        cart("c1", "a b c", at=LATER + timedelta(hours=1), stage=CartStage.EMPTIED),
    ]
    random.Random(3).shuffle(facts)
    for fact in [*facts, *facts]:
        tell(wiring, harbour, fact)

    kept = only(wiring, harbour, Cart)
    assert (kept.stage, len(kept.lines), kept.total_minor) == ("emptied", 3, 1350)


def test_who_was_once_named_in_a_cart_stays_named(wiring, harbour):
    tell(wiring, harbour, cart("c1", "a", "alice@example.com", phone="020 7946 0123", at=MONDAY))
    tell(wiring, harbour, cart("c1", "a b", at=LATER))

    kept = only(wiring, harbour, Cart)
    assert (kept.email, kept.phone) == ("alice@example.com", "02079460123")


def test_a_carts_lines_hold_what_putting_them_back_needs(wiring, harbour):
    tell(wiring, harbour, cart("c1", "a"))

    (line,) = only(wiring, harbour, Cart).lines
    assert line == {
        "item_external_id": "a", "variant_external_id": None, "title": "", "quantity": 1, "total_minor": 450,
    }  # fmt: skip


def test_a_cart_of_the_other_shop_is_another_cart(wiring, harbour, linden):
    tell(wiring, harbour, cart("c1", "a"))
    tell(wiring, linden, cart("c1", "a b"))

    assert len(only(wiring, harbour, Cart).lines) == 1


def test_a_cart_reported_gone_is_noted(wiring, harbour):
    tell(wiring, harbour, cart("c1", "a"), CartDeleted(external_id="c1"))

    assert only(wiring, harbour, DeletionReport).kind == "cart"


class TestCountedStock:
    def counted(self, key, quantity, *, at=LATER, location="main"):
        return StockCounted(stock_key=key, location=location, version_at=at, quantity=quantity)

    def stock(self, wiring, shop_id):
        kept = only(wiring, shop_id, Item)
        return kept.is_in_stock, kept.stock_quantity

    def test_pieces_anywhere_mean_that_it_can_be_bought(self, wiring, harbour):
        mug = item("mug", stock_keys=("red", "blue"), is_in_stock=False, stock_quantity=0)
        tell(wiring, harbour, mug, self.counted("red", 2))

        assert self.stock(wiring, harbour) == (True, None)

    def test_none_left_is_believed_when_every_key_was_counted(self, wiring, harbour):
        tell(wiring, harbour, item("mug", stock_keys=("red", "blue"), is_in_stock=True, stock_quantity=3))
        tell(wiring, harbour, self.counted("red", 0))
        assert self.stock(wiring, harbour) == (True, 3)

        tell(wiring, harbour, self.counted("blue", -1))
        assert self.stock(wiring, harbour) == (False, 0)

    def test_places_add_up_and_an_older_count_never_wins(self, wiring, harbour):
        tell(wiring, harbour, item("mug", stock_keys=("red",), is_in_stock=True, stock_quantity=1))
        tell(wiring, harbour, self.counted("red", 2), self.counted("red", 5, location="attic"))
        tell(wiring, harbour, self.counted("red", 9, at=MONDAY))

        assert self.stock(wiring, harbour) == (True, 7)

    def test_a_newer_picture_of_the_item_outweighs_an_older_count(self, wiring, harbour):
        tell(wiring, harbour, item("mug", stock_keys=("red",), is_in_stock=True, stock_quantity=1, at=LATER))
        tell(wiring, harbour, self.counted("red", 0, at=MONDAY))

        assert self.stock(wiring, harbour) == (True, 1)

    def test_an_item_for_which_nothing_is_counted_is_left_alone(self, wiring, harbour):
        tell(wiring, harbour, item("mug", state=ItemState.ON_SALE), self.counted("red", 0))

        assert self.stock(wiring, harbour) == (None, None)


def test_a_merge_is_kept_as_the_newest_word_says(wiring, harbour):
    tell(wiring, harbour, CustomerMerged(from_external_id="1", into_external_id="3", merged_at=LATER))
    tell(wiring, harbour, CustomerMerged(from_external_id="1", into_external_id="2", merged_at=MONDAY))

    assert only(wiring, harbour, CustomerMerge).into_external_id == "3"


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (CustomerRedacted(customer_external_id="7", email="Carol@Example.com", order_external_ids=("1", "2")), "erase"),
        (DataRequested(request_external_id="r", email="carol@example.com", order_external_ids=("1", "2")), "show"),
    ],
)
def test_a_platforms_wish_is_put_in_line_with_the_names_it_gives(wiring, harbour, fact, kind):
    tell(wiring, harbour, order("1", "a", email="guest@home.example"), order("2", "a", "dan", email="any@body.example"))
    tell(wiring, harbour, fact)

    row = only(wiring, harbour, Erasure)
    who = Known.from_json(row.subject)
    assert (row.kind, row.asked_by, row.state) == (kind, "platform", "waiting")
    assert who.emails == {"carol@example.com", "guest@home.example"}
    assert "dan" not in who.customers


def test_a_shop_that_took_us_out_is_marked_and_its_redaction_put_in_line(wiring, harbour):
    tell(wiring, harbour, ShopUninstalled(), ShopRedacted(), heard_at=LATER)

    with wiring.db.of_nobody() as session:
        assert session.get_one(Shop, harbour).uninstalled_at == LATER
    assert only(wiring, harbour, Erasure).kind == "shop"
