"""Webhooks are looked at and mended, and the storefront is asked whether shoppers see the widget."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rq import Queue

from app.jobs import clock
from app.jobs.watching import SEEN, UNSEEN, needs_look, watch_shop
from app.models import Connection, Delivery, Shop
from app.queues import FILES
from app.shops import connections
from plugins.errors import Refused, Rejected, Unreachable
from plugins.http import PoliteClient
from plugins.talking import Subscribed
from tests.app.jobs.platform import connect, play


@pytest.fixture
def played(monkeypatch, wiring, harbour):
    connect(wiring, harbour)
    return play(monkeypatch)


@contextmanager
def storefront(body: bytes, status: int = 200):
    """A storefront on loopback with one page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look(wiring, shop_id, front=None, *, is_private_allowed=True):
    """Look at a shop whose storefront is at `front`, and return what was found."""
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, shop_id).origins = [front] if front else []
    wiring = replace(wiring, client=PoliteClient(may_reach_private=is_private_allowed))
    watch_shop.__wrapped__(wiring, shop_id)
    return connection(wiring, shop_id).found


def connection(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get_one(Connection, shop_id)


def later(wiring, **spent):
    return replace(wiring, clock=lambda: wiring.clock() + timedelta(**spent))


def test_webhooks_that_were_off_are_made_anew_and_it_is_said_which(wiring, harbour, played):
    found = look(wiring, harbour)["webhooks"]
    assert (found["topics"], found["mended"], found["trouble"]) == (["order.created"], ["order.created"], "")
    played.said = Subscribed(topics=("order.created",), trouble="One topic could not be made.")
    assert look(wiring, harbour)["webhooks"]["trouble"] == "One topic could not be made."


@pytest.mark.parametrize(
    ("error", "state"), [(Refused("Rights were taken back."), "broken"), (Unreachable("Away."), "connected")]
)
def test_a_shop_that_does_not_let_us_look_is_told_of(wiring, harbour, played, error, state):
    played.errors = [error]
    assert look(wiring, harbour)["webhooks"]["trouble"] == str(error)
    assert (connection(wiring, harbour).state, connection(wiring, harbour).trouble) == (state, str(error))


def test_a_shop_that_takes_no_webhooks_says_so_and_stays_connected(wiring, harbour, played):
    played.errors = [Rejected("Only addresses that begin with https are taken.")]
    assert "https" in look(wiring, harbour)["webhooks"]["trouble"]
    assert (connection(wiring, harbour).state, connection(wiring, harbour).trouble) == ("connected", "")


@pytest.mark.parametrize(
    ("page", "is_seen", "words"),
    [
        (b'<script src="x.js" data-shop="harbour-tea" async></script>', True, SEEN),
        (b'<script data-regulars-engine="http://127.0.0.1:8000" data-shop-name="x"></script>', True, SEEN),
        (b'<script data-regulars-engine="https://another.example"></script>', False, UNSEEN),
        (b"<h1>Tea</h1>", False, UNSEEN),
    ],
)
def test_the_storefronts_first_page_is_searched_for_our_script(wiring, harbour, played, page, is_seen, words):
    with storefront(page) as front:
        found = look(wiring, harbour, front)["widget"]
    assert (found["is_seen"], found["words"]) == (is_seen, words)


def test_a_storefront_that_does_not_show_itself_is_not_called_empty(wiring, harbour, played):
    with storefront(b"Away", 503) as front:
        assert look(wiring, harbour, front)["widget"]["is_seen"] is None
    with storefront(b"Away", 401) as front:
        found = look(wiring, harbour, front)["widget"]
    assert (found["is_seen"], "401" in found["words"]) == (None, True)
    assert look(wiring, harbour)["widget"]["is_seen"] is None


def test_a_storefront_on_our_own_network_is_not_fetched(wiring, harbour, played):
    with storefront(b"harbour-tea") as front:
        found = look(wiring, harbour, front, is_private_allowed=False)["widget"]
    assert found["is_seen"] is None


def test_a_look_is_due_after_a_day_or_after_hours_of_silence(wiring, harbour, linden, played):
    assert needs_look(wiring, harbour)
    assert not needs_look(wiring, linden)
    look(wiring, harbour)

    assert not needs_look(later(wiring, hours=5), harbour)
    assert needs_look(later(wiring, hours=7), harbour)  # nothing came for so long
    with wiring.db.of_shop(harbour) as session:
        told = {"platform": "woocommerce", "topic": "t", "idempotency_key": "k", "headers": {}, "body": b"{}"}
        session.add(Delivery(shop_id=harbour, **told))
    assert not needs_look(later(wiring, hours=5.9), harbour)
    assert needs_look(later(wiring, hours=25), harbour)
    with wiring.db.of_shop(harbour) as session:
        seven_hours_ago = later(wiring, hours=-7).clock().isoformat()
        connections.note_found(session, harbour, "webhooks", {"at": seven_hours_ago})
    assert not needs_look(wiring, harbour)  # something came just now


def test_a_shop_just_set_up_is_still_looked_at_for_its_widget(wiring, harbour, played):
    with wiring.db.of_shop(harbour) as session:
        connections.note_found(session, harbour, "webhooks", {"at": wiring.clock().isoformat()})
    assert needs_look(wiring, harbour)
    look(wiring, harbour)
    assert not needs_look(wiring, harbour)


def test_the_clock_rings_for_shops_whose_look_is_due_and_sets_up_what_a_lost_bell_left(wiring, harbour, played):
    clock.watch(wiring)
    jobs = Queue(FILES, connection=wiring.queues.redis, serializer="json").jobs
    assert [job.func_name for job in jobs] == ["app.jobs.backfills.run_backfill", "app.jobs.watching.watch_shop"]


def test_a_shop_that_left_is_not_looked_at(wiring, harbour, played):
    with wiring.db.of_shop(harbour) as session:
        connections.mark_gone(session, harbour)
    assert not needs_look(wiring, harbour)
