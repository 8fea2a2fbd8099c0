"""Shopify's exports, as far as they tell."""

from datetime import UTC, datetime

import pytest

from plugins.events import CustomerChanged, ItemChanged, ItemState, OrderChanged, OrderState, RefundMade
from tests.plugins.csvfile.files import ASKED_AT, AT, counts, export, facts, faults, of, read

ORDERS = export("shopify_orders.csv").decode()


def test_the_rows_of_an_order_become_one_with_its_lines_named_by_article_number_or_title():
    first, *_ = of(OrderChanged, facts("shopify_orders.csv"))

    assert first.external_id == "5001001001001"
    assert (first.email, first.customer_external_id) == ("anna@example.com", "email:anna@example.com")
    assert (first.phone, first.country, first.currency) == ("+44 20 7946 0001", "GB", "GBP")
    assert first.placed_at == datetime(2026, 3, 12, 9, 13, 58, tzinfo=UTC)
    assert first.total_minor == 4590
    assert [(line.item_external_id, line.quantity, line.total_minor) for line in first.lines] == [
        ("sku:tea-7-250", 2, 1790),
        ("title:small teapot", 1, 2400),
    ]
    assert first.address == "1 Quay St, YO21 1AA, Whitby, GB"


def test_what_became_of_orders_and_what_was_given_back():
    told = facts("shopify_orders.csv")
    _, open_one, cancelled = of(OrderChanged, told)

    assert (open_one.state, open_one.customer_external_id, open_one.email) == (OrderState.PENDING, None, None)
    assert (cancelled.state, cancelled.lines[0].total_minor) == (OrderState.CANCELLED, 795)
    assert [(one.order_external_id, one.amount_minor, one.made_at.day) for one in of(RefundMade, told)] == [
        ("5001001001001", 1000, 13),
        ("5001001001003", 1295, 15),
    ]


def test_marketing_accepted_at_the_checkout_is_no_consent_without_its_time():
    assert {type(fact) for fact in facts("shopify_orders.csv")} == {OrderChanged, RefundMade}


def test_a_file_counts_as_older_than_anything_the_shop_says_itself_and_as_newer_than_an_earlier_file():
    (earlier, *_), now = of(OrderChanged, facts("shopify_orders.csv")), AT.asked_at
    later = read(ORDERS.encode(), at=type(AT)(shop=AT.shop, asked_at=AT.now, now=AT.now))[0].orders[0]

    assert earlier.version_at < later.version_at < datetime(1990, 1, 1, tzinfo=UTC)
    assert earlier.version_at > datetime(1970, 1, 1, tzinfo=UTC)
    assert now == ASKED_AT


def test_an_order_whose_first_row_cannot_be_read_is_set_aside_whole():
    text = ORDERS.replace(',2,"Assam', ',two,"Assam', 1).replace(",2,Assam", ",two,Assam", 1)

    told = read(text.encode())

    assert [number for number, _ in faults(told)] == [1, 2]
    assert "first row" in faults(told)[1][1]
    assert len(told[0].orders) == 2


def test_an_id_a_spreadsheet_rounded_is_refused_rather_than_believed():
    told = read(ORDERS.replace("5001001001001", "5.001E+12").encode())

    assert "rounded by a spreadsheet" in faults(told)[0][1]


def test_rows_of_one_order_that_stand_apart_are_told():
    lines = ORDERS.splitlines(keepends=True)

    told = read("".join([*lines, lines[1]]).encode())

    assert faults(told) == [(5, "#1001 ended earlier in the file. Sort the file by Name.")]


def test_the_rows_of_a_handle_become_one_item_with_all_its_names():
    assam, pot, cup = of(ItemChanged, facts("shopify_products.csv"))

    assert (assam.external_id, assam.title) == ("handle:assam", "Assam & friends")
    assert (assam.price_minor, assam.currency) == (895, "GBP")
    assert (assam.is_in_stock, assam.stock_quantity) == (True, 4)
    assert assam.url == "https://shop.example/products/assam"
    assert assam.image_url == "https://cdn.example/assam.jpg"
    assert assam.categories == ("Black tea", "malty", "morning")
    assert assam.names == (
        "handle:assam",
        "sku:tea-7-250",
        "sku:tea-7-500",
        "title:assam & friends",
        "title:assam & friends - 250 g",
        "title:assam & friends - 500 g",
    )
    assert (pot.is_in_stock, pot.stock_quantity, pot.state) == (False, 0, ItemState.ON_SALE)
    assert (cup.is_in_stock, cup.stock_quantity, cup.state) == (True, None, ItemState.HIDDEN)


def test_the_column_names_of_today_read_the_same():
    (assam,) = of(ItemChanged, facts("shopify_products_2025.csv"))

    assert (assam.external_id, assam.price_minor, assam.stock_quantity) == ("handle:assam", 895, 4)
    assert (assam.state, assam.image_url) == (ItemState.ON_SALE, "https://cdn.example/assam.jpg")
    assert "sku:tea-7-250" in assam.names


def test_customers_come_in_as_people_and_a_yes_without_a_time_is_counted():
    told = read(export("shopify_customers.csv"))
    anna, ben, phone = told[0].customers

    assert (anna.external_id, anna.email, anna.phone, anna.country) == (
        "7001",
        "anna@example.com",
        "+442079460001",
        "GB",
    )
    assert (anna.first_name, ben.last_name, phone.email) == ("Anna", "Birch", None)
    assert {type(fact) for fact in told[0].events} == {CustomerChanged}
    assert counts(told) == {"unproven": 1}


@pytest.mark.parametrize("email", ["a b@example.com", "nobody", "@", "x" * 400 + "@example.com"])
def test_an_address_that_is_none_sets_the_row_aside(email):
    told = read(export("shopify_customers.csv").replace(b"anna@example.com", email.encode()))

    assert faults(told) == [(1, "Email is not an e-mail address.")]
