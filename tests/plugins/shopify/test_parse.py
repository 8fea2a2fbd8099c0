"""Every trap that Shopify's documentation and its merchants' shops are known to set: orders, products, customers."""

import pytest

from plugins.events import CustomerChanged, ItemState, OrderChanged, OrderState, RefundMade
from plugins.shopify.parse import THINGS
from tests.plugins.shopify.bodies import CUSTOMER, ORDER, PRODUCT, REFUND, parse, refusal


def order(**fields):
    return parse("orders/updated", {**ORDER, **fields}).events[0]


def line(**fields):
    return order(line_items=[{**ORDER["line_items"][0], **fields}]).lines[0]


def item(*, domain=None, **fields):
    more = {} if domain is None else {"shop_domain": domain}
    return parse("products/update", {**PRODUCT, **fields}, **more).events[0]


def stock(*variants):
    one = item(variants=[{"id": n, "price": "1.00", **variant} for n, variant in enumerate(variants)])
    return one.is_in_stock, one.stock_quantity


# Orders


@pytest.mark.parametrize("topic", [topic for topic, (kind, _) in THINGS.items() if kind == "Order"])
def test_an_order_reads_alike_under_every_topic_of_a_whole_order(topic):
    (told,) = parse(topic, ORDER).events

    assert isinstance(told, OrderChanged)
    assert (told.external_id, told.customer_external_id, told.email) == (
        "6120411111111", "7401122222222", "greta.muster@example.com",
    )  # fmt: skip
    assert (told.state, told.total_minor, told.currency, told.country) == (OrderState.PLACED, 5430, "EUR", "DE")
    assert told.version_at.isoformat() == "2026-11-20T10:04:11+00:00"


def test_a_line_costs_what_is_left_after_its_share_of_all_discounts():
    assert [(one.item_external_id, one.variant_external_id, one.total_minor) for one in order().lines] == [
        ("8201", "44101", 3591), ("8202", "44102", 1349),
    ]  # fmt: skip


def test_without_shares_a_lines_own_discount_counts():
    assert line(discount_allocations=[], total_discount="0.90").total_minor == 3900


def test_a_line_without_a_product_keeps_title_and_money_under_a_number_no_item_has():
    custom = line(
        product_id=None, variant_id=None, title="Trinkgeld", quantity=1, price="2.00", discount_allocations=[]
    )

    assert (custom.item_external_id, custom.variant_external_id) == ("0", None)
    assert (custom.title, custom.total_minor) == ("Trinkgeld", 200)


def test_what_was_refunded_later_was_still_bought():
    assert line(current_quantity=0).quantity == 3


def test_a_refund_is_not_taken_off_twice():
    told, refund = parse(
        "orders/updated", {**ORDER, "current_total_price": "40.81", "financial_status": "partially_refunded",
                           "refunds": [REFUND]}
    ).events  # fmt: skip

    assert (told.total_minor, told.state, refund.amount_minor) == (5430, OrderState.PLACED, 1349)


def test_another_currency_at_the_checkout_changes_nothing_about_the_shops_own():
    told = order(presentment_currency="CHF", total_price_set={"presentment_money": {"amount": "50.00"}})

    assert (told.currency, told.total_minor) == ("EUR", 5430)


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 1250), ("JPY", 12), ("KWD", 12500)])
def test_money_follows_the_currencys_decimals(currency, minor):
    assert order(currency=currency, total_price="12.50").total_minor == minor


@pytest.mark.parametrize(
    ("status", "state"),
    [("paid", "placed"), ("authorized", "placed"), ("partially_paid", "placed"), ("partially_refunded", "placed"),
     ("pending", "pending"), ("expired", "pending"), ("refunded", "refunded"), ("voided", "cancelled"),
     ("a word of next year", "placed"), (None, "placed")],
)  # fmt: skip
def test_the_payment_decides_what_became_of_an_order(status, state):
    assert order(financial_status=status).state == state


def test_what_is_cancelled_stays_cancelled_however_it_was_paid():
    assert order(cancelled_at="2026-11-21T09:00:00+01:00", financial_status="refunded").state is OrderState.CANCELLED


@pytest.mark.parametrize("sent", ["partial", "fulfilled"])
def test_an_unpaid_order_that_was_sent_is_cash_on_delivery_and_was_bought(sent):
    assert order(financial_status="pending", fulfillment_status=sent).state is OrderState.PLACED


def test_a_test_order_is_no_order():
    assert "test order" in parse("orders/create", {**ORDER, "test": True}).nothing.reason


@pytest.mark.parametrize("customer", [None, {}, {"id": None}])
def test_without_a_customer_it_is_a_guest(customer):
    assert order(customer=customer).customer_external_id is None


def test_where_people_are_protected_the_order_still_counts():
    bare = order(email="", contact_email=None, phone=None, billing_address=None, shipping_address=None, customer=None)

    assert (bare.email, bare.phone, bare.country, len(bare.lines)) == (None, None, None, 2)


def test_an_order_names_its_cart_by_token_and_else_its_checkout():
    assert order().cart_external_id == "Z2NwLWV1cm9wZQ"
    assert order(cart_token=None).cart_external_id == "0f1e2d"
    assert order(cart_token="", checkout_token=None).cart_external_id is None


def test_where_it_goes_is_one_line_without_names_and_the_bill_stands_in():
    assert order().address == "Lindengasse 12, Top 4, 1070, Wien, AT"
    assert order(shipping_address=None).address == "Am Bach 3, 10115, Berlin, DE"
    assert order(shipping_address={"city": "Wien", "country_code": "AT"}, billing_address=None).address is None


def test_the_first_phone_number_given_is_theirs():
    assert order(phone="+4912345").phone == "+4912345"
    assert order().phone == "030 1234567"


def test_an_imported_order_stands_on_the_day_it_was_placed():
    assert order(processed_at="2024-03-01T10:00:00+01:00").placed_at.isoformat() == "2024-03-01T09:00:00+00:00"
    assert order(processed_at=None).placed_at.isoformat() == "2026-11-20T10:04:09+00:00"


def test_our_visitor_id_travels_in_the_note_attributes():
    attributes = [{"name": "gift", "value": "yes"}, {"name": "_regulars_visitor", "value": "a" * 32}]

    assert order(note_attributes=attributes).visitor_id == "a" * 32
    assert order(note_attributes=[{"name": "_regulars_visitor", "value": {"a": 1}}]).visitor_id is None


def test_a_checkout_sent_as_an_order_is_refused():
    checkout = {
        name: value for name, value in ORDER.items() if name not in ("financial_status", "admin_graphql_api_id")
    }

    assert "financial_status" in refusal("orders/create", checkout)


def test_an_edit_says_nothing_because_the_whole_order_follows():
    edit = {"order_edit": {"id": 78912, "order_id": 6120411111111, "line_items": {"additions": [], "removals": []}}}

    assert "orders/updated" in parse("orders/edited", edit).nothing.reason


# Refunds


def test_a_refund_is_the_same_fact_alone_and_inside_its_order():
    alone = parse("refunds/create", REFUND).events[0]

    assert parse("orders/updated", {**ORDER, "refunds": [REFUND]}).events[1] == alone
    assert isinstance(alone, RefundMade)
    assert (alone.order_external_id, alone.amount_minor, alone.reason) == ("6120411111111", 1349, "zu klein")
    assert alone.made_at.isoformat() == "2026-11-22T08:00:00+00:00"


def transactions(*several):
    return {**REFUND, "transactions": [{**REFUND["transactions"][0], **one} for one in several]}


@pytest.mark.parametrize("one", [{"status": "failure"}, {"status": "error"}, {"kind": "void"}, {"test": True}])
def test_what_gave_no_money_back_is_no_refund(one):
    assert "no money" in parse("refunds/create", transactions(one)).nothing.reason
    assert len(parse("orders/updated", {**ORDER, "refunds": [transactions(one)]}).events) == 1


def test_goods_put_back_on_the_shelf_without_money_are_no_refund():
    assert "no money" in parse("refunds/create", transactions()).nothing.reason


def test_a_refund_in_two_payments_is_their_sum():
    told = parse("refunds/create", transactions({"amount": "10.00"}, {"amount": "3.49", "status": "pending"}))

    assert told.events[0].amount_minor == 1349


def test_a_refund_keeps_the_currency_it_was_paid_in():
    told = parse("refunds/create", transactions({"amount": "12", "currency": "JPY"})).events[0]

    assert (told.currency, told.amount_minor) == ("JPY", 12)


def test_a_refund_in_two_currencies_is_refused():
    assert "EUR, USD" in refusal("refunds/create", transactions({}, {"currency": "USD"}))


# Products


def test_a_product_carries_price_stock_and_shelf():
    told = item()

    assert (told.external_id, told.title, told.parent_external_id) == ("8201", "Garn & Wolle, blau", None)
    assert (told.price_minor, told.currency) == (720, "EUR")
    assert told.categories == ("Garn", "blau", "merino")
    assert told.url == "https://linden-und-garn.myshopify.com/products/garn-blau"
    assert told.image_url.startswith("https://cdn.shopify.com/")
    assert told.state is ItemState.ON_SALE


@pytest.mark.parametrize(
    "fields", [{"status": "draft"}, {"status": "archived"}, {"status": "unlisted"}, {"published_at": None}]
)
def test_what_a_shop_does_not_show_everybody_is_hidden(fields):
    assert item(**fields).state is ItemState.HIDDEN


@pytest.mark.parametrize(
    "domain",
    ["evil.example", "evil.example/x.myshopify.com", "a.myshopify.com.evil.example", "a@b.myshopify.com",
     "a.b.myshopify.com", "a.myshopify.com:81", "-a.myshopify.com", "", "https://a.myshopify.com"],
)  # fmt: skip
def test_an_address_is_never_made_from_a_header_that_names_no_shop_at_shopify(domain):
    assert item(domain=domain).url == ""


def test_a_handle_stays_inside_its_path():
    assert item(handle="../../?x=//evil.example#é").url.endswith(
        "/products/..%2F..%2F%3Fx%3D%2F%2Fevil.example%23%C3%A9"
    )
    assert item(handle="\ud800").url.endswith("/products/%3F")


COUNTED = {"inventory_management": "shopify", "inventory_policy": "deny"}


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ([{**COUNTED, "inventory_quantity": 4}, {**COUNTED, "inventory_quantity": -1}], (True, 4)),
        ([{**COUNTED, "inventory_quantity": 0}, {**COUNTED, "inventory_quantity": -3}], (False, 0)),
        ([{**COUNTED, "inventory_quantity": 0, "inventory_policy": "continue"}], (True, None)),  # sold on backorder
        ([{"inventory_management": None, "inventory_policy": "deny", "inventory_quantity": 0}], (True, None)),
        ([{**COUNTED, "inventory_quantity": 0}, {"inventory_management": None}], (True, None)),
        ([{"inventory_policy": "deny", "inventory_quantity": 3}], (True, 3)),  # newer versions: nothing about counting
        ([{"inventory_policy": "deny", "inventory_quantity": 0}], (None, None)),
        ([{"inventory_policy": "deny", "inventory_quantity": -2}], (False, 0)),
        ([{}], (None, None)),
        ([], (None, None)),
    ],
)  # fmt: skip
def test_stock_is_what_the_variants_say_and_unknown_where_they_do_not(variants, told):
    assert stock(*variants) == told


def keys(*variants):
    return item(variants=[{"id": n, "inventory_item_id": 90 + n, **one} for n, one in enumerate(variants)]).stock_keys


def test_what_is_counted_names_what_it_is_counted_under():
    assert item().stock_keys == ("46001", "46003")
    assert keys({"inventory_policy": "deny", "inventory_quantity": 0}, {"inventory_policy": "deny"}) == ("90", "91")


@pytest.mark.parametrize(
    "variant", [{"inventory_management": None}, {"inventory_policy": "continue"}, {"inventory_item_id": None}]
)
def test_what_can_be_bought_whatever_is_counted_names_nothing(variant):
    assert keys(COUNTED, {**COUNTED, **variant}) == ()


def test_a_product_without_variants_or_pictures_has_neither_price_nor_picture():
    told = item(variants=[], image=None, images=[], tags="", product_type=None)

    assert (told.price_minor, told.image_url, told.categories) == (None, "", ())


def test_the_first_picture_stands_in_for_a_missing_main_one():
    assert item(image=None).image_url.endswith("blau.jpg?v=1")


# Customers


@pytest.mark.parametrize("topic", ["customers/create", "customers/update"])
def test_a_customer_is_known_by_what_shopify_says(topic):
    (told,) = parse(topic, CUSTOMER).events

    assert isinstance(told, CustomerChanged)
    assert (told.external_id, told.email, told.first_name, told.country) == (
        "7401122222222", "greta.muster@example.com", "Greta", "DE",
    )  # fmt: skip


def test_a_protected_customer_is_a_number():
    bare = {name: CUSTOMER[name] for name in ("id", "updated_at")}
    told = parse("customers/update", {**bare, "email": None, "first_name": None, "default_address": None}).events[0]

    assert (told.email, told.phone, told.first_name, told.country) == (None, None, "", None)
