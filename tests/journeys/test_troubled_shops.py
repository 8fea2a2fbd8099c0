"""Keys made by hand, tried in shops that are not as they should be: each time a clear sentence, and nothing kept."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.models import PersonRole, Shop
from app.settings import Settings
from app.shops import connections
from app.web import create_app
from app.wiring import Wiring, wire
from tests.app.web.admin.conftest import Browser, sign_in

KEYS = {"consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef"}
Answer = tuple[int, dict[str, str], bytes]
PAGE = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Back soon</title>")
TROUBLES: dict[str, tuple[Answer, str]] = {
    "html": (PAGE, "web page instead of data"),
    "metadata": ((302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""), "another address"),
    "elsewhere": ((301, {"Location": "https://eve.example/wp-json/"}, b""), "another address"),
    "fault": ((500, {}, b"<h1>There has been a critical error</h1>"), "fault of its own"),
    "garbled": ((200, {"Content-Type": "application/json"}, b'[{"id": '), "cannot be read"),
    "slow down": ((429, {"Retry-After": "600"}, b""), "slow"),
    "nothing there": ((404, {}, b""), "no WooCommerce at this address"),
    "no rights": (
        (401, {"Content-Type": "application/json"}, json.dumps({"code": "woocommerce_rest_cannot_view"}).encode()),
        "as an administrator",
    ),
}


@pytest.fixture
def shop() -> Iterator[Callable[[Answer], str]]:
    """Open a shop that answers everything alike, and return its address."""
    answers: list[Answer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[-1]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()

    def opened(answer: Answer) -> str:
        answers.append(answer)
        return f"http://127.0.0.1:{server.server_port}"

    yield opened
    server.shutdown()
    server.server_close()
    thread.join()


def owner(settings: Settings, shop_id: int, *, private_shops: bool) -> tuple[Wiring, Browser]:
    wired = wire(settings.model_copy(update={"private_shops": private_shops}), pool_size=2)
    app = create_app(wiring=wired)
    app.testing = False
    return wired, sign_in(app, wired, shop_id, "harbour-tea", "Olive", PersonRole.OWNER)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_shop_that_answers_wrongly_is_said_to_and_nothing_is_kept(wiring, settings, harbour, shop, trouble):
    answer, words = TROUBLES[trouble]
    wired, olive = owner(settings, harbour, private_shops=True)
    try:
        page = olive.post("/connection/keys", {**KEYS, "address": shop(answer)}, page="/connection")
    finally:
        wired.close()

    assert page.status_code == 400
    assert words in page.text
    assert "keeps trying" not in page.text
    assert KEYS["consumer_secret"] not in page.text
    with wiring.db.of_shop(harbour) as session:
        row = connections.connection_of(session, harbour)
        assert session.get_one(Shop, harbour).address is None
    assert row is None or row.credentials is None


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1", "https://127.0.0.1", "https://169.254.169.254", "https://10.1.2.3", "https://[::1]",
     "https://[::ffff:10.0.0.1]", "https://localhost", "http://shop.example"],
)  # fmt: skip
def test_an_address_inside_our_own_network_is_not_asked(wiring, settings, harbour, address):
    wired, olive = owner(settings, harbour, private_shops=False)
    try:
        page = olive.post("/connection/keys", {**KEYS, "address": address}, page="/connection")
    finally:
        wired.close()

    assert page.status_code == 400
    assert 'class="fault"' in page.text
