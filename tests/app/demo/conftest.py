"""A small shop with a made-up history, and a receiver that checks every message as Regulars would."""

import lzma
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.demo.catalogue import prepare
from app.demo.database import connect
from app.demo.sender import Sender
from app.demo.settings import DemoSettings
from app.demo.web import create_app
from plugins.demo import Demo
from plugins.errors import BadSignature
from plugins.events import Event
from plugins.platform import Delivery, ShopFacts

SECRET = "a-secret-of-the-demo-shop"
HISTORY = """order_id,ordered_at,order_state,customer_id,country,item_id,item_title,item_state,quantity,unit_price
1,2010-12-01 08:26,,17850,United Kingdom,85123A,WHITE HANGING HEART T-LIGHT HOLDER,,6,2.55
1,2010-12-01 08:26,,17850,United Kingdom,71053,WHITE METAL LANTERN,,6,3.39
2,2010-12-02 09:00,,17850,United Kingdom,20725,LUNCH BAG RED RETROSPOT,,6,1.65
2,2010-12-02 09:00,,17850,United Kingdom,POST,POSTAGE,hidden,1,18.00
3,2011-02-02 09:00,,13047,United Kingdom,85123A,CREAM HANGING HEART T-LIGHT HOLDER,,6,2.95
C3,2011-02-03 09:00,cancelled,13047,United Kingdom,85123A,CREAM HANGING HEART T-LIGHT HOLDER,,-6,2.95
4,2011-02-04 09:00,,,United Kingdom,22423,,,3,0
5,2011-02-04 10:00,,,United Kingdom,22016,GIFT VOUCHER <b>20</b>,,1,20.00
"""


@dataclass
class Receiver:
    """What a Regulars would have heard. `answers` says what to answer; 200 where it says nothing."""

    url: str = ""
    heard: list[tuple[str, Event]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    secret: bytes = SECRET.encode()
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        delivery = Delivery(headers=headers, body=body, received_at=datetime.now(UTC))
        with self.changed:
            self.changed.notify_all()
            status = self.answers.pop(0) if self.answers else 200
            if path != "/webhooks/demo/demo" or status != 200:
                self.refused.append(path)
                return status if status != 200 else 404
            try:
                receipt = Demo().verify(delivery, [self.secret])
            except BadSignature as fault:
                self.refused.append(str(fault))
                return 401
            parsed = Demo().parse(delivery, ShopFacts(currency="GBP", time_zone="Europe/London"))
            self.heard += [(receipt.idempotency_key, event) for event in parsed.events]
            return 200

    def events(self, kind: type[Any]) -> list[Any]:
        """Return what was heard of one kind, each message once."""
        return [event for event in dict(self.heard).values() if isinstance(event, kind)]

    def wait_for(self, true: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is true of what was heard."""
        with self.changed:
            assert self.changed.wait_for(true, timeout=seconds), (self.heard, self.refused)


def open_door(receiver: Receiver, port: int) -> ThreadingHTTPServer:
    """Open the receiver's door."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = receiver.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    return server


@pytest.fixture
def listen() -> Iterator[Callable[..., tuple[Receiver, ThreadingHTTPServer]]]:
    """Open a receiver, on a port of its choice or of yours."""
    opened = []

    def start(port: int = 0) -> tuple[Receiver, ThreadingHTTPServer]:
        receiver = Receiver()
        opened.append(open_door(receiver, port))
        return receiver, opened[-1]

    yield start
    for server in opened:
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(listen: Callable[..., tuple[Receiver, ThreadingHTTPServer]]) -> Receiver:
    return listen()[0]


def told(db: Any) -> list[Any]:
    """Return what waits to be told, stock aside, as Regulars would read it, in the order it was written down."""
    rows = db.execute("SELECT body FROM outbox WHERE sent_at IS NULL AND type <> 'stock.changed' ORDER BY id")
    facts: list[Any] = []
    for row in rows:
        delivery = Delivery(headers={}, body=bytes(row["body"]), received_at=datetime.now(UTC))
        facts += Demo().parse(delivery, ShopFacts(currency="GBP", time_zone="Europe/London")).events
    return facts


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv.xz"
    path.write_bytes(lzma.compress(HISTORY.encode()))
    return path


@pytest.fixture
def demo_settings(tmp_path: Path, history: Path, receiver: Receiver) -> DemoSettings:
    return DemoSettings(data=tmp_path / "shop", regulars_url=receiver.url, webhook_secret=SECRET, history=history)


@pytest.fixture
def database(demo_settings: DemoSettings) -> Path:
    demo_settings.data.mkdir()
    return prepare(demo_settings.data, demo_settings.history)


@pytest.fixture
def shelf_db(database: Path) -> Iterator[Any]:
    connection = connect(database)
    yield connection
    connection.close()


@pytest.fixture
def sender(demo_settings: DemoSettings, database: Path) -> Iterator[Sender]:
    sender = Sender(demo_settings, database)
    sender.start()
    yield sender
    sender.stop()


class Visitor:
    """Somebody with a browser: loads a form before sending it, as a browser would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def see(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        return answer.text

    def send(self, form_on: str, action: str, **fields: object) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.see(form_on))
        assert token
        data = {"csrf_token": token[1], **fields}
        answer = self.client.post(action, data=data, follow_redirects=True)
        assert answer.status_code in {200, 204}, answer.text
        return answer.text


@pytest.fixture
def visitor(demo_settings: DemoSettings, database: Path, sender: Sender) -> Visitor:
    app = create_app(demo_settings, database, sender.ring)
    app.testing = True
    return Visitor(app.test_client())


@pytest.fixture
def quiet_visitor(demo_settings: DemoSettings, database: Path) -> Visitor:
    """Somebody in a shop that sends nothing, as while Regulars is away."""
    app = create_app(demo_settings, database, lambda: None)
    app.testing = True
    return Visitor(app.test_client())
