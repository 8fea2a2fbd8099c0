import json
from dataclasses import replace
from datetime import timedelta

import pytest

from plugins.errors import Refused, Rejected, Throttled, Unreachable, Unsupported
from plugins.events import ConsentChanged, CustomerChanged, ItemChanged, OrderChanged, OrderState, RefundMade
from plugins.platform import ShopFacts
from plugins.shopify import admin, bulk, spool
from plugins.shopify.fetch import KINDS, fetch, list_ids
from plugins.talking import Kind, Page, Window
from tests.plugins.shopify.fake.nodes import DAY, customer, line, order, product, refund, stamp

SHOP = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
ALL = Window(since=None, until=DAY + timedelta(days=1))


def read(kind, access, window=ALL, cursor="") -> list[Page]:
    return list(fetch(kind, access, SHOP, window, cursor))


def events(pages) -> list:
    return [one for page in pages for one in page.events]


@pytest.fixture
def shop(fake):
    shop = fake.add_shop()
    shop.rows["products"] = [product(1), product(2)]
    shop.rows["orders"] = [order(number) for number in range(1, 41)]
    shop.rows["customers"] = [customer(1), customer(2, state="UNSUBSCRIBED")]
    return shop


def test_orders_come_whole_though_their_lines_lie_anywhere_in_the_file(fake, shop):
    told = {one.external_id: one for one in events(read(Kind.ORDERS, fake.access(shop)))}

    assert sorted(told, key=int) == [str(number) for number in range(1, 41)]
    assert all(len(one.lines) == 2 for one in told.values())
    assert sorted(line.external_id for line in told["7"].lines) == ["71", "72"]


def test_an_order_says_what_its_webhook_would(fake, shop):
    given_back = [refund(5, "10.00")]
    shop.rows["orders"] = [
        order(
            9,
            refunds=given_back,
            displayFinancialStatus="PENDING",
            displayFulfillmentStatus="FULFILLED",
            customAttributes=[{"key": "_regulars_visitor", "value": "v1"}],
            lineItems=[line(92, 2, quantity=2, off="2.50")],
        )
    ]

    changed, made = events(read(Kind.ORDERS, fake.access(shop)))

    assert isinstance(changed, OrderChanged)
    assert (changed.state, changed.total_minor, changed.visitor_id) == (OrderState.PLACED, 3500, "v1")
    assert (changed.cart_external_id, changed.country) == ("cart9", "DE")
    assert [(one.item_external_id, one.quantity, one.total_minor) for one in changed.lines] == [("2", 2, 2250)]
    assert isinstance(made, RefundMade)
    assert (made.external_id, made.order_external_id, made.amount_minor) == ("5", "9", 1000)


def test_a_custom_line_and_a_guest_are_read_as_in_webhooks(fake, shop):
    shop.rows["orders"] = [order(9, customer=None, lineItems=[line(91, None)])]

    (changed,) = events(read(Kind.ORDERS, fake.access(shop)))

    assert changed.customer_external_id is None
    assert changed.lines[0].item_external_id == "0"


def test_products_come_with_price_stock_and_what_is_counted(fake, shop):
    changed, _ = sorted(events(read(Kind.ITEMS, fake.access(shop))), key=lambda one: one.external_id)

    assert isinstance(changed, ItemChanged)
    assert (changed.external_id, changed.price_minor, changed.is_in_stock, changed.stock_quantity) == (
        "1",
        1250,
        True,
        7,
    )
    assert changed.url == "https://harbour-tea.myshopify.com/products/tea-1"
    assert changed.stock_keys == ("102",)


def test_customers_come_with_what_they_said_to_marketing(fake, shop):
    told = events(read(Kind.CUSTOMERS, fake.access(shop)))

    answers = {one.customer_external_id: one.is_given for one in told if isinstance(one, ConsentChanged)}
    assert answers == {"1": True, "2": False}
    assert {one.email for one in told if isinstance(one, CustomerChanged)} == {
        "shopper1@example.com",
        "shopper2@example.com",
    }


def test_where_personal_data_are_not_approved_the_rest_is_still_read(fake, shop):
    shop.sees_personal_data = False

    told = events([*read(Kind.ORDERS, fake.access(shop)), *read(Kind.CUSTOMERS, fake.access(shop))])

    assert len(told) == 42
    assert all(getattr(one, "email", None) is None for one in told)


def test_where_customers_are_kept_from_us_orders_are_read_without_whose_they_are(fake, shop):
    shop.denies_personal_data = True

    pages = read(Kind.ORDERS, fake.access(shop))

    told = events(pages)
    assert len(told) == 40
    assert all(one.email is one.customer_external_id is one.address is None and len(one.lines) == 2 for one in told)
    assert [page.unread for page in pages if page.unread] == [(bulk.NOBODYS,)]
    with pytest.raises(Refused, match="not approved"):
        read(Kind.CUSTOMERS, fake.access(shop))


def test_while_shopify_writes_the_file_nobody_waits(fake, shop):
    shop.bulk_looks = 2

    pages = read(Kind.ORDERS, fake.access(shop))

    waits = [page.waits_seconds for page in pages]
    assert [wait > 0 for wait in waits] == [True, True, True, False, False]
    assert waits[:3] == sorted(waits[:3])
    assert pages[-1].total == 40


def test_a_reading_goes_on_from_its_cursor_after_a_crash(fake, shop, monkeypatch):
    monkeypatch.setattr(bulk, "PAGE", 4)
    monkeypatch.setattr(spool, "PIECE_BYTES", 20_000)
    whole = [one.external_id for one in events(read(Kind.ORDERS, fake.access(shop)))]
    access, got, cursor = fake.access(shop), [], ""

    for _ in range(100):  # the process dies after each page
        page = next(fetch(Kind.ORDERS, access, SHOP, ALL, cursor), None)
        if page is None:
            break
        got += [one.external_id for one in page.events]
        cursor = page.cursor

    assert got == whole
    assert len(shop.bulk) == 2


def test_memory_holds_a_piece_and_not_the_file(fake, shop, monkeypatch):
    monkeypatch.setattr(spool, "PIECE_BYTES", 4_000)
    (one,) = {spool.count_pieces_of(60_000)}

    told = events(read(Kind.ORDERS, fake.access(shop)))

    assert one == 15
    assert len({each.external_id for each in told}) == 40


def test_while_a_long_file_is_sorted_the_reading_keeps_saying_that_it_is_at_it(fake, shop, monkeypatch):
    monkeypatch.setattr(spool, "LINES_A_BREATH", 20)

    pages = [page for page in read(Kind.ORDERS, fake.access(shop)) if not page.waits_seconds]

    first = next(place for place, page in enumerate(pages) if page.rows)
    assert first >= 3
    assert len({page.cursor for page in pages[:first]}) == 1  # whoever dies here begins the file anew
    assert len(events(pages)) == 40


def test_a_shop_without_orders_is_read_at_once(fake, shop):
    shop.rows["orders"] = []

    pages = read(Kind.ORDERS, fake.access(shop))

    assert (events(pages), pages[-1].total) == ([], 0)
    assert read(Kind.ORDERS, fake.access(shop), cursor=pages[-1].cursor) == []


def test_a_window_holds_what_changed_from_its_beginning_on_and_before_its_end(fake, shop):
    shop.rows["orders"] = [order(n, updatedAt=stamp(DAY + timedelta(hours=n))) for n in range(1, 6)]

    window = Window(since=DAY + timedelta(hours=2), until=DAY + timedelta(hours=4))
    told = events(read(Kind.ORDERS, fake.access(shop), window))

    assert sorted(one.external_id for one in told) == ["2", "3"]


def test_where_another_list_is_being_written_ours_waits_its_turn(fake, shop):
    shop.bulk_busy = 2

    pages = read(Kind.ORDERS, fake.access(shop))

    assert len(events(pages)) == 40
    assert [page.waits_seconds for page in pages[:2]] == [bulk.BUSY_SECONDS] * 2


def test_a_list_that_failed_is_written_anew_and_in_the_end_given_up_with_a_sentence(fake, shop):
    shop.bulk_ends = ["INTERNAL_SERVER_ERROR"]
    assert len(events(read(Kind.ORDERS, fake.access(shop)))) == 40

    shop.bulk_ends = ["TIMEOUT"] * 4
    with pytest.raises(Rejected, match="4 times"):
        read(Kind.ORDERS, fake.access(shop))


def test_a_list_that_shopify_forgot_is_written_anew(fake, shop):
    cursor = next(fetch(Kind.ORDERS, fake.access(shop), SHOP, ALL)).cursor
    shop.bulk.clear()

    assert len(events(read(Kind.ORDERS, fake.access(shop), cursor=cursor))) == 40


def test_a_permission_lost_mid_way_is_a_refusal(fake, shop):
    shop.scopes.remove("read_orders")

    with pytest.raises(Refused, match="permission is missing"):
        read(Kind.ORDERS, fake.access(shop))


def test_a_file_that_breaks_off_costs_nothing_that_was_kept(fake, shop):
    pages = fetch(Kind.ORDERS, fake.access(shop), SHOP, ALL)
    cursors = [next(pages).cursor for _ in range(2)]
    (file,) = fake.files.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])

    with pytest.raises(Unreachable, match="broken off"):
        next(pages)

    file.write_bytes(whole)
    assert len(events(read(Kind.ORDERS, fake.access(shop), cursor=cursors[-1]))) == 40


def test_a_file_that_is_gone_is_trouble_that_passes(fake, shop):
    pages = fetch(Kind.ORDERS, fake.access(shop), SHOP, ALL)
    next(pages), next(pages)
    next(fake.files.iterdir()).unlink()

    with pytest.raises(Unreachable):
        next(pages)


def test_an_entry_that_cannot_be_read_costs_itself_alone(fake, shop):
    shop.rows["orders"][3]["totalPriceSet"] = {"shopMoney": {"amount": "a lot", "currencyCode": "EUR"}}
    shop.rows["orders"][4]["customAttributes"] = None

    pages = read(Kind.ORDERS, fake.access(shop))

    assert len(events(pages)) == 38
    assert len([reason for page in pages for reason in page.unread]) == 2


def test_old_orders_are_there_only_where_all_may_be_read(fake, shop):
    shop.rows["orders"] = [order(1, at=fake.now() - timedelta(days=90)), order(2, at=fake.now())]

    assert [one.external_id for one in events(read(Kind.ORDERS, fake.access(shop)))] == ["2"]
    shop.scopes.add("read_all_orders")
    assert len(events(read(Kind.ORDERS, fake.access(shop)))) == 2


def test_ids_are_listed_in_pieces_and_waited_for_where_shopify_asks_for_patience(fake, shop, monkeypatch):
    slept = []
    monkeypatch.setattr(
        admin.time, "sleep", lambda seconds: (slept.append(seconds), fake.pass_time(timedelta(seconds=seconds)))
    )
    shop.rows["products"] = [product(number) for number in range(1, 601)]
    shop.bucket.available = 300

    pieces = list(list_ids(Kind.ITEMS, fake.access(shop)))

    assert frozenset().union(*pieces) == {str(number) for number in range(1, 601)}
    assert slept


def test_a_list_of_ids_does_not_wait_for_ever(fake, shop, monkeypatch):
    monkeypatch.setattr(admin.time, "sleep", lambda _seconds: None)
    shop.bucket.shut_until = fake.now() + timedelta(hours=3)

    with pytest.raises(Throttled):
        list(list_ids(Kind.ITEMS, fake.access(shop)))


def test_orders_nobody_may_see_are_not_taken_for_deleted(fake, shop):
    with pytest.raises(Unsupported, match="60 days"):
        list_ids(Kind.ORDERS, fake.access(shop))

    shop.scopes.add("read_all_orders")
    assert len(frozenset().union(*list_ids(Kind.ORDERS, fake.access(shop)))) == 40


def test_what_shopify_has_no_list_of_is_said(fake, shop):
    assert Kind.REVIEWS not in KINDS
    with pytest.raises(Unsupported, match="reviews"):
        fetch(Kind.REVIEWS, fake.access(shop), SHOP, ALL)


def test_the_other_shops_list_cannot_be_read_with_our_cursor(fake, shop):
    cursor = next(fetch(Kind.ORDERS, fake.access(shop), SHOP, ALL)).cursor
    eve = fake.add_shop("eve.myshopify.com")

    assert events(read(Kind.ORDERS, fake.access(eve), cursor=cursor)) == []
    assert json.loads(cursor)["operation"] in shop.bulk


def test_a_windows_document_is_one_of_ours_with_the_window_in_it(fake, shop):
    eight = Window(since=DAY, until=DAY + timedelta(hours=1))

    assert "updated_at:>='2026-11-20T09:00:00Z' AND updated_at:<'2026-11-20T10:00:00Z'" in bulk.windowed(
        "orders", eight
    )
    assert replace(ALL, until=DAY).since is None
