"""What a letter shows of a cart: what can be had, at today's price."""

from dataclasses import replace

import pytest

from app.messaging import content
from plugins.events import ItemDeleted, ItemState, Line, StockChanged
from tests.app.cast import MONDAY, cart, customer, item, tell
from tests.app.stage import ANN, HOUR


def pieces(stage):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        return content.pieces_of(session, stage.shop_id, "c1")


def available(stage):
    return [one.item_external_id for one in pieces(stage) if one.is_available]


def test_todays_price_title_and_address_are_shown_in_the_carts_order(stage):
    stage.leave(items="2 1")
    stage.tell(item("1", "Green tea", price_minor=999, image_url="https://harbour-tea.example/1.jpg"), item("2"))

    second, first = pieces(stage)

    assert (first.title, first.price_minor, first.currency) == ("Green tea", 999, "GBP")
    assert first.url == "https://harbour-tea.example/1"
    assert first.image_url.endswith("1.jpg")
    assert second.item_external_id == "2"


@pytest.mark.parametrize(
    "gone",
    [
        ItemDeleted(external_id="1"),
        StockChanged(external_id="1", version_at=MONDAY + HOUR, is_in_stock=False),
        item("1", at=MONDAY + HOUR, state=ItemState.HIDDEN),
        item("1", at=MONDAY + HOUR, is_in_stock=False),
    ],
)
def test_what_is_gone_is_left_out(stage, gone):
    stage.leave(items="1 2")
    stage.tell(item("1"), item("2"))
    stage.tell(gone)

    assert available(stage) == ["2"]


def test_what_we_never_heard_of_is_shown_as_the_cart_has_it(stage):
    stage.tell(
        replace(
            cart("c1", "", ANN),
            lines=(Line(external_id="1", item_external_id="new", title="New tea", quantity=3, total_minor=1500),),
        )
    )

    (one,) = pieces(stage)

    assert (one.title, one.price_minor, one.quantity, one.is_available) == ("New tea", 500, 3, True)


def test_a_stock_that_came_before_its_item_does_not_hide_it(stage):
    stage.leave(items="1")
    stage.tell(StockChanged(external_id="1", version_at=MONDAY, is_in_stock=True))

    assert available(stage) == ["1"]


def test_a_variants_own_price_and_stock_count(stage):
    line = Line(external_id="1", item_external_id="1", variant_external_id="1-s", quantity=2, total_minor=900)
    stage.tell(
        replace(cart("c1", "", ANN), lines=(line,)),
        item("1", "Green tea", price_minor=900, is_in_stock=False),
        item("1-s", "Small", parent_external_id="1", price_minor=300, is_in_stock=True),
    )

    (one,) = pieces(stage)
    assert (one.title, one.price_minor, one.is_available) == ("Green tea", 300, True)

    stage.tell(StockChanged(external_id="1-s", version_at=MONDAY + HOUR, is_in_stock=False))
    assert available(stage) == []


def test_totals_are_of_one_currency_or_none(stage):
    stage.leave(items="1 2")
    stage.tell(item("1", price_minor=300), item("2", price_minor=450))
    both = pieces(stage)

    assert content.total(both, "en") == "£7.50"
    assert content.total(both, "de") == "7,50\xa0£"
    assert content.total([both[0], replace(both[1], currency="EUR")], "en") == ""
    assert content.money(1200, "JPY", "en") == "JP¥1,200"


def test_a_greeting_by_name_comes_from_the_account_or_the_address(stage):
    stage.tell(customer("ann", first_name="Ann"), customer("bob", first_name=""))
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        assert content.first_name_of(session, stage.shop_id, "ann", ANN) == "Ann"
        assert content.first_name_of(session, stage.shop_id, "ann", "mum@example.com") == ""
        assert content.first_name_of(session, stage.shop_id, None, ANN) == "Ann"
        assert content.first_name_of(session, stage.shop_id, "bob", "bob@example.com") == ""


def test_eves_items_are_not_ours(stage, linden):
    stage.leave(items="1")
    tell(stage.wiring, linden, item("1", "Linden's", price_minor=1), ItemDeleted(external_id="1"))

    (one,) = pieces(stage)
    assert (one.title, one.price_minor, one.is_available) == ("", 450, True)
