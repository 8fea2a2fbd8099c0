"""WooCommerce's exports, its own and that of the plugin most shops use for orders."""

from datetime import UTC, datetime

from plugins.events import CustomerChanged, ItemChanged, ItemState, OrderChanged, OrderState, RefundMade
from tests.plugins.csvfile.files import export, facts, faults, of, read


def test_products_and_variations_keep_their_ids_and_prices_of_the_shops_language():
    items = {item.external_id: item for item in of(ItemChanged, facts("woocommerce_products.csv"))}

    assert {key: item.price_minor for key, item in items.items()} == {
        "29": 795,  # the lowest of its variations
        "30": 795,
        "31": 1595,
        "32": 1000,
        "33": 2400,  # its sale is over
    }
    assert (items["30"].parent_external_id, items["31"].parent_external_id) == ("29", "29")
    assert items["29"].categories == ("Schwarz", "Geschenke")
    assert items["29"].image_url == "https://shop.example/a.jpg"
    assert items["29"].url == items["30"].url == "https://shop.example/?post_type=product&p=29"
    assert (items["30"].stock_quantity, items["31"].is_in_stock, items["31"].stock_quantity) == (4, False, None)
    assert [items[key].state for key in ("29", "32", "33")] == [ItemState.ON_SALE, ItemState.HIDDEN, ItemState.HIDDEN]
    assert items["30"].names == ("sku:tea-7-250", "title:assam - 250 g")


def test_a_variation_without_its_product_is_set_aside():
    lines = export("woocommerce_products.csv").decode().splitlines(keepends=True)

    told = read("".join([lines[0], lines[2]]).encode())

    assert "does not stand before it" in faults(told)[0][1]


def test_analytics_orders_are_known_by_titles_and_their_totals_shared_out():
    first, second = of(OrderChanged, facts("woocommerce_orders.csv"))

    assert (first.external_id, first.total_minor, first.customer_external_id) == ("501", 4190, None)
    assert [(line.item_external_id, line.quantity) for line in first.lines] == [
        ("title:assam - 250 g", 2),
        ("title:pot, small", 1),
    ]
    assert sum(line.total_minor for line in first.lines) == 4190
    assert second.state == OrderState.CANCELLED
    (refund,) = of(RefundMade, facts("woocommerce_orders.csv"))
    assert (refund.order_external_id, refund.amount_minor) == ("501", 895)


def test_the_plugins_file_names_people_prices_and_article_numbers():
    first, second = of(OrderChanged, facts("woocommerce_lines.csv"))

    assert (first.external_id, first.email, first.country) == ("501", "anna@example.com", "GB")
    assert first.placed_at == datetime(2026, 3, 12, 9, 14, tzinfo=UTC)
    assert first.total_minor == 4590
    assert [(line.item_external_id, line.total_minor) for line in first.lines] == [
        ("sku:tea-7-250", 1790),
        ("title:kleine kanne", 2400),
    ]
    assert second.state == OrderState.PLACED
    assert [one.amount_minor for one in of(RefundMade, facts("woocommerce_lines.csv"))] == [895]


def test_a_product_id_in_the_plugins_file_counts_before_its_article_number():
    text = (
        export("woocommerce_lines.csv")
        .decode()
        .replace('"Coupon Code"', '"Product Id"')
        .replace(",2,8.95,,", ",2,8.95,29,")
    )

    (order, *_) = of(OrderChanged, [fact for batch in read(text.encode()) for fact in batch.events])

    assert order.lines[0].item_external_id == "29"


def test_customers_of_analytics_go_by_their_address():
    told = read(export("woocommerce_customers.csv"))
    anna, ben = of(CustomerChanged, told[0].events)

    assert (anna.external_id, anna.first_name, anna.last_name) == ("email:anna@example.com", "Anna", "Ashe")
    assert anna.created_at == datetime(2025, 1, 2, 10, tzinfo=UTC)
    assert (ben.last_name, ben.created_at) == ("van Birch", None)
    assert faults(told) == [(3, "Email is empty.")]
