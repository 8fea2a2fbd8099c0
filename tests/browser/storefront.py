"""A shop and a Regulars that says whatever a test wants: hostile, slow, broken. Two origins, as in real life.

The real server never answers like this; what it does answer is tested against the script in test_widget_and_server.py.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

SCRIPT = Path(__file__).parents[2] / "app" / "web" / "static" / "widget.js"
WORDS = {
    "heading": "You may also like",
    "why": "Why this?",
    "dismiss": "Not for me",
    "dismissed": "We will not show this again.",
}
PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9' fill='teal'/></svg>"
Query = dict[str, list[str]]


def item(number: int, **changed: Any) -> dict[str, Any]:
    """One recommended item."""
    return {
        "id": f"item-{number}",
        "title": f"Heart holder {number}",
        "url": f"http://127.0.0.1:1/products/{number}",
        "image": "",
        "price": "2.55",
        "currency": "GBP",
        "reason": f"Often bought with number {number}",
    } | changed


def answer(placement: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One placement's answer, shaped as the server's."""
    return {
        "placement": placement,
        "impression_id": str(uuid5(NAMESPACE_URL, placement)),
        "source": "ranker",
        "items": items,
        "words": WORDS,
    }


def plenty(query: Query) -> dict[str, Any]:
    """As many items as wanted for each placement, none twice."""
    limit = int(query["limit"][0])
    placements = enumerate(query["placement"])
    return {"answers": [answer(name, [item(at * 100 + n) for n in range(limit)]) for at, name in placements]}


@dataclass
class Regulars:
    """The stand-in server: what it will say, and what it has heard."""

    origin: str = ""
    say: Callable[[Query], Any] = plenty
    status: int = 200
    delay_seconds: float = 0
    script_delay_seconds: float = 0
    asked: list[Query] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    forgot: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.told for event in body["events"]]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def hear(self, kind: str, seconds: float = 5) -> dict[str, Any]:
        """Wait for an event of a kind, and hand over the whole body that brought it."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for body in self.told:
                if any(event["type"] == kind for event in body["events"]):
                    return body
            time.sleep(0.02)
        raise AssertionError(f"no {kind} in {self.types()}")


@dataclass
class Shop:
    """The shop's own server: pages are what a test put there."""

    origin: str = ""
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, regulars: Regulars, body: str, head: str = "", script: str = "async", lang: str = "en-GB") -> str:
        """Lay out a page with the usual snippet; return its address."""
        self.html = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title>'
            f'<meta name="viewport" content="width=device-width">{head}'
            f'<script src="{regulars.origin}/widget.js" data-shop="demo" {script}></script></head>'
            f"<body>{body}</body></html>"
        )
        return self.origin + "/"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def reply(self, body: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _regulars_handler(regulars: Regulars) -> type[_Handler]:
    readable = {"Access-Control-Allow-Origin": "*"}

    class Handler(_Handler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/widget.js":
                time.sleep(regulars.script_delay_seconds)
                self.reply(SCRIPT.read_bytes(), "text/javascript")
            elif address.path == "/picture.svg":
                self.reply(PICTURE, "image/svg+xml")
            elif address.path == "/v1/page":
                query = parse_qs(address.query)
                regulars.asked.append(query)
                regulars.headers.append(dict(self.headers))
                time.sleep(regulars.delay_seconds)
                said = regulars.say(query)
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.reply(body, "application/json", regulars.status, readable)
            else:
                self.reply(b"", "text/plain", 404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            (regulars.told if self.path == "/v1/events" else regulars.forgot).append(body)
            regulars.headers.append(dict(self.headers))
            self.reply(b"{}", "application/json", 202, readable)

    return Handler


def _shop_handler(shop: Shop) -> type[_Handler]:
    class Handler(_Handler):
        def do_GET(self) -> None:
            self.reply(shop.html.encode(), "text/html; charset=utf-8", 200, shop.headers)

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser hang up; that is what time-outs are tested with."""


@contextmanager
def _serving(handler: type[_Handler], host: str) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def open_regulars() -> Iterator[Regulars]:
    """Serve a stand-in for Regulars."""
    regulars = Regulars()
    with _serving(_regulars_handler(regulars), "127.0.0.1") as regulars.origin:
        yield regulars


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Serve a shop, from another site than Regulars."""
    shop = Shop()
    with _serving(_shop_handler(shop), "localhost") as shop.origin:
        yield shop
