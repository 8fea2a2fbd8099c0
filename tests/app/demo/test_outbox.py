"""What the shop tells Regulars arrives, whatever happens in between, and reads as facts."""

import time

from app.demo import messages, outbox
from app.demo.database import connect
from app.demo.sender import Sender
from plugins.events import ItemChanged, ItemState, OrderChanged, StockChanged, VisitorRecognized

ALICE = "0123456789abcdef" * 2


def waiting(db):
    return outbox.counts(db)["waiting"]


def test_the_whole_catalogue_is_told_once(demo_settings, shelf_db, sender, receiver):
    assert messages.tell_catalogue(shelf_db, demo_settings) == 4
    assert messages.tell_catalogue(shelf_db, demo_settings) == 0
    sender.ring()

    receiver.wait_for(lambda: len(receiver.events(ItemChanged)) == 4)
    told = {event.external_id: event for event in receiver.events(ItemChanged)}
    heart = told["85123A"]
    assert (heart.title, heart.price_minor, heart.currency) == ("Cream hanging heart T-light holder", 295, "GBP")
    assert heart.url == "http://127.0.0.1:8001/items/85123A"
    assert heart.image_url == "http://127.0.0.1:8001/pictures/85123A.svg"
    assert heart.categories == ("Lights & candles",)
    assert heart.stock_quantity is not None
    assert told["22016"].state == ItemState.HIDDEN


def test_a_shop_that_moved_tells_its_catalogue_again(demo_settings, shelf_db):
    messages.tell_catalogue(shelf_db, demo_settings)
    moved = type(demo_settings)(**{**vars(demo_settings), "port": 9001})

    assert messages.tell_catalogue(shelf_db, moved) == 4
    assert waiting(shelf_db) == 4  # what nobody heard yet was replaced, not added to


def test_an_order_and_the_stock_it_leaves_are_told(visitor, shelf_db, receiver):
    visitor.send("/items/85123A", "/cart/add", item="85123A", quantity="2")
    visitor.send("/checkout", "/checkout", visitor=ALICE)

    receiver.wait_for(lambda: receiver.events(OrderChanged) and receiver.events(StockChanged))
    (order,) = receiver.events(OrderChanged)
    (stock,) = receiver.events(StockChanged)
    assert (order.total_minor, order.visitor_id, order.customer_external_id) == (590, ALICE, None)
    assert [(line.item_external_id, line.quantity, line.total_minor) for line in order.lines] == [("85123A", 2, 590)]
    left = shelf_db.execute("SELECT stock FROM items WHERE id = '85123A'").fetchone()[0]
    assert (stock.external_id, stock.stock_quantity) == ("85123A", left)


def test_a_signed_in_order_names_the_customer(visitor, receiver):
    visitor.send("/you", "/you/sign-in", customer="17850")
    visitor.send("/items/85123A", "/cart/add", item="85123A")
    visitor.send("/checkout", "/checkout")

    receiver.wait_for(lambda: receiver.events(OrderChanged))
    assert receiver.events(OrderChanged)[0].customer_external_id == "17850"
    assert receiver.events(OrderChanged)[0].visitor_id is None


def test_signing_in_says_who_a_consenting_browser_is_and_says_it_once(visitor, receiver, shelf_db):
    visitor.send("/you", "/you/sign-in", customer="17850", visitor=ALICE)
    visitor.send("/you", "/you/recognize", visitor=ALICE)

    receiver.wait_for(lambda: receiver.events(VisitorRecognized))
    told = receiver.events(VisitorRecognized)
    assert [(event.visitor_id, event.customer_external_id) for event in told] == [(ALICE, "17850")]
    assert shelf_db.execute("SELECT count(*) FROM outbox").fetchone()[0] == 1


def test_without_consent_nobody_is_recognized(visitor, shelf_db):
    visitor.send("/you", "/you/sign-in", customer="17850", visitor="")
    visitor.send("/you", "/you/recognize", visitor="not-an-id")

    assert shelf_db.execute("SELECT count(*) FROM outbox").fetchone()[0] == 0


def test_a_yes_after_signing_in_is_told_too(visitor, receiver):
    visitor.send("/you", "/you/sign-in", customer="17850")
    visitor.send("/you", "/you/recognize", visitor=ALICE)

    receiver.wait_for(lambda: receiver.events(VisitorRecognized))


def test_the_office_sells_out_and_restocks(visitor, receiver):
    visitor.send("/office", "/office/stock", item="85123A", stock="0")
    visitor.send("/office", "/office/stock", item="85123A", stock="50")
    visitor.send("/office", "/office/stock", item="85123A", stock="many")

    receiver.wait_for(lambda: len(receiver.events(StockChanged)) == 2)
    first, second = receiver.events(StockChanged)
    assert (first.stock_quantity, second.stock_quantity) == (0, 50)
    assert first.version_at < second.version_at


def test_nothing_is_lost_while_regulars_is_down(demo_settings, database, quiet_visitor, listen, shelf_db):
    away, server = listen()
    port = server.server_port
    server.shutdown()
    server.server_close()  # nobody listens there now
    sender = Sender(type(demo_settings)(**{**vars(demo_settings), "regulars_url": away.url}), database)
    sender.start()
    for item in ("85123A", "71053", "20725"):
        quiet_visitor.send("/office", "/office/stock", item=item, stock="7")
    sender.ring()
    deadline = time.monotonic() + 10
    while not outbox.counts(shelf_db)["failed"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert waiting(shelf_db) == 3
    assert "no answer" in quiet_visitor.see("/office")

    away, server = listen(port)
    try:
        away.wait_for(lambda: len(away.events(StockChanged)) == 3, seconds=20)
    finally:
        sender.stop()
    assert waiting(shelf_db) == 0


def test_a_refusal_is_kept_shown_and_tried_again(visitor, receiver, shelf_db):
    receiver.secret = b"another secret"
    visitor.send("/office", "/office/stock", item="85123A", stock="7")
    receiver.wait_for(lambda: receiver.refused)
    deadline = time.monotonic() + 10
    while not outbox.counts(shelf_db)["failed"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "answered 401" in visitor.see("/office")

    receiver.secret = b"a-secret-of-the-demo-shop"
    visitor.send("/office", "/office/hurry")

    receiver.wait_for(lambda: receiver.events(StockChanged))


def test_one_message_that_is_never_taken_holds_up_no_other(visitor, receiver):
    receiver.answers = [413]
    visitor.send("/office", "/office/stock", item="85123A", stock="7")
    visitor.send("/office", "/office/stock", item="20725", stock="8")

    receiver.wait_for(lambda: any(event.external_id == "20725" for event in receiver.events(StockChanged)))


def test_news_goes_before_the_catalogue(demo_settings, database, quiet_visitor, receiver):
    connection = connect(database)
    messages.tell_catalogue(connection, demo_settings)
    connection.close()
    quiet_visitor.send("/office", "/office/stock", item="85123A", stock="7")
    sender = Sender(demo_settings, database)
    sender.start()
    try:
        receiver.wait_for(lambda: len(receiver.heard) == 5)
    finally:
        sender.stop()

    assert isinstance(receiver.heard[0][1], StockChanged)


def test_a_message_sent_again_keeps_its_id_and_body(demo_settings, database, quiet_visitor, receiver, shelf_db):
    quiet_visitor.send("/office", "/office/stock", item="85123A", stock="7")
    receiver.answers = [500, 503]
    sender = Sender(demo_settings, database)
    sender.start()
    try:
        receiver.wait_for(lambda: receiver.heard, seconds=15)
    finally:
        sender.stop()

    assert len(receiver.refused) == 2
    sent = shelf_db.execute("SELECT webhook_id, attempts FROM outbox").fetchone()
    assert (sent["webhook_id"], sent["attempts"]) == (receiver.heard[0][0], 3)
