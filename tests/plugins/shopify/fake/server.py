"""A Shopify on loopback: `with Fake() as fake`. It knows our documents, and nothing else passes unnoticed.

`fake.client()` is a client for whom every *.myshopify.com, and where Shopify keeps its files, is this server. Time can
be moved (`fake.pass_time`), so that tokens end and buckets fill without anybody waiting.
"""

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from plugins.http import Client, PoliteClient, Reply
from plugins.shopify.version import API_VERSION
from plugins.talking import Access, App, Credentials
from tests.plugins.shopify.fake.graphql import Unexpected, answer
from tests.plugins.shopify.fake.hooks import Hooks
from tests.plugins.shopify.fake.shop import FakeShop
from tests.plugins.shopify.fake.tokens import Pair, Tokens

STORAGE = "storage.googleapis.com"
CLIENT_ID = "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "shpss_of_the_app"
BASE_URL = "https://regulars.example"


class Led:
    """A client for whom Shopify lies on loopback. Everything else is none of its business."""

    def __init__(self, url: str, inner: Client) -> None:
        self._url = url
        self._inner = inner

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        timeout_seconds: float = 30.0,
    ) -> Reply:
        """See Client."""
        led = self._led(url)
        return self._inner.ask(method, led, headers=headers, params=params, json=json, timeout_seconds=timeout_seconds)

    def lines(self, url: str) -> AbstractContextManager[Iterator[bytes]]:
        """See Client."""
        return self._inner.lines(self._led(url))

    def _led(self, url: str) -> str:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" or not (host == STORAGE or host.endswith(".myshopify.com")):
            raise AssertionError(f"Asked of Shopify over a strange address: {url}")
        return f"{self._url}/{host}{parts.path}" + (f"?{parts.query}" if parts.query else "")


class Fake:
    """The server, its shops and its app."""

    def __init__(self) -> None:
        self.tokens = Tokens(client_id=CLIENT_ID, client_secrets=[CLIENT_SECRET])
        self.hooks = Hooks(secrets=self.tokens.client_secrets)
        self.shops: dict[str, FakeShop] = {}
        self.unexpected: list[str] = []
        self.requests: list[str] = []
        self.files = Path(tempfile.mkdtemp(prefix="regulars-fake-"))
        self._moved = timedelta()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self.files, ignore_errors=True)
        if kind is None:
            assert self.unexpected == []

    def now(self) -> datetime:
        """Return the fake's time."""
        return datetime.now(UTC) + self._moved

    def pass_time(self, by: timedelta) -> None:
        """Let time pass."""
        self._moved += by

    @property
    def app(self) -> App:
        """Return who we are here."""
        secrets = tuple(one.encode() for one in self.tokens.client_secrets)
        return App(client_id=CLIENT_ID, client_secrets=secrets, base_url=BASE_URL)

    def client(self) -> Client:
        """Return a client that is led here."""
        return Led(self.url, PoliteClient(may_reach_private=True))

    def add_shop(self, domain: str = "harbour-tea.myshopify.com") -> FakeShop:
        """Open a shop where the app is installed."""
        shop = self.shops[domain] = FakeShop(domain=domain, files=self.files)
        return shop

    def credentials(self, shop: FakeShop, *, is_expiring: bool = True) -> Credentials:
        """Return what a finished installation would hold."""
        pair: Pair = self.tokens.grant(shop, self.now(), is_expiring=is_expiring)
        secrets = {"access_token": pair.access} | ({"refresh_token": pair.refresh} if pair.refresh else {})
        return Credentials(
            secrets=secrets,
            scopes=tuple(sorted(shop.scopes)),
            expires_at=pair.ends_at,
            renewable_until=pair.renewable_until,
        )

    def access(self, shop: FakeShop, *, is_expiring: bool = True) -> Access:
        """Return the shop's API, opened."""
        return Access(
            address=shop.domain,
            credentials=self.credentials(shop, is_expiring=is_expiring),
            app=self.app,
            client=self.client(),
            now=self.now,
        )

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Answer a request: status, kind and body."""
        _, host, rest = (path.partition("?")[0] + "/").split("/", 2)
        rest = rest.rstrip("/")
        self.requests.append(f"{host}/{rest}")
        shop = self.shops.get(host)
        if shop is None:
            return 404, "text/html", b"<!doctype html><title>Not found</title>"
        with self._lock:
            if rest == "admin/oauth/access_token":
                status, told = self.tokens.answer(_read(headers, body), shop, self.now())
            elif rest == f"admin/api/{API_VERSION}/graphql.json":
                status, told = self._graphql(shop, headers, body)
            elif not rest or rest.startswith(("products/", "cart", "collections/")):
                return 200, "text/html; charset=utf-8", shop.storefront.encode()
            else:
                self.unexpected.append(path)
                status, told = 404, {"errors": "Not Found"}
        return status, "application/json; charset=utf-8", json.dumps(told).encode()

    def _graphql(self, shop: FakeShop, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if shop.status != 200:
            return shop.status, {"errors": "Something is not as it should be"}
        if not self.tokens.opens(headers.get("x-shopify-access-token", ""), shop, self.now()):
            return 401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
        try:
            return 200, answer(shop, json.loads(body), self.now())
        except Exception as error:  # noqa: BLE001, whatever it is: the test has to hear of it
            self.unexpected.append(f"{type(error).__name__}: {error}")
            return 400, {"errors": str(error)} if isinstance(error, Unexpected) else {"errors": "The fake broke"}


def _read(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if "json" in headers.get("content-type", ""):
        return dict(json.loads(body))
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith(f"/{STORAGE}/"):
            self._file(self.fake.files / Path(urlsplit(self.path).path).name)
        else:
            self._send(*self.fake.answer(self.path, _lower(self.headers), b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(*self.fake.answer(self.path, _lower(self.headers), body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, path: Path) -> None:
        if not path.is_file():
            self._send(403, "application/xml", b"<Error><Code>ExpiredToken</Code></Error>")
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/jsonl")
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        try:
            with path.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # who reads may stop early


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
