"""A WooCommerce shop on loopback: keys and rights, lists with windows and offsets, webhooks, coupons, and bad days.

It does what a real one (11.0.1) was seen to do, and no more; what it does not know it answers with 404, loudly.
"""

import base64
import binascii
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlsplit

from tests.plugins.loopback import Answer, Asked, serve

Row = dict[str, Any]
KEY, SECRET, READ_KEY = "ck_" + "a1" * 20, "cs_" + "b2" * 20, "ck_" + "c3" * 20
LISTS = {
    "products": "products",
    "orders": "orders",
    "customers": "customers",
    "products/reviews": "reviews",
    "webhooks": "webhooks",
    "coupons": "coupons",
}
WINDOWED = {"products", "orders"}


@dataclass
class Store:
    """A shop. Its rows may be changed while somebody reads; `fault`, where it answers, answers in place of the shop."""

    tls: Any = None
    strips_authorization: bool = False
    has_plugin: bool = False
    time_zone: str = "Europe/Berlin"
    hours_ahead: int = 1
    products: list[Row] = field(default_factory=list)
    variations: dict[int, list[Row]] = field(default_factory=dict)
    orders: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    webhooks: list[Row] = field(default_factory=list)
    coupons: list[Row] = field(default_factory=list)
    secrets: dict[int, str] = field(default_factory=dict)  # of webhooks; no answer ever holds one
    connected: Row | None = None  # what the plugin was told
    heard: list[Asked] = field(default_factory=list)
    fault: Callable[[Asked], Answer | None] = lambda _asked: None
    before: Callable[[Asked], None] = lambda _asked: None
    url: str = ""

    def __enter__(self) -> Self:
        self._stack, self._lock = ExitStack(), threading.Lock()
        self.url = self._stack.enter_context(serve(self._hear, tls=self.tls))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _hear(self, asked: Asked) -> Answer:
        with self._lock:
            self.heard.append(asked)
            self.before(asked)
            return self.fault(asked) or self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.target)
        params, path = dict(parse_qsl(parts.query)), parts.path
        if path == "/wp-json/":
            zone = {"timezone_string": self.time_zone, "gmt_offset": self.hours_ahead}
            return _told({"name": "Harbour Tea", "home": self.url, **zone})
        refusal = self._check_keys(asked, params)
        if refusal is not None:
            return refusal
        if path.startswith("/wp-json/wc-regulars/v1/") and self.has_plugin:
            return self._plugin(path, asked)
        if not path.startswith("/wp-json/wc/v3/"):
            return _no_route()
        return self._woocommerce(asked.method, path.removeprefix("/wp-json/wc/v3/"), params, asked.body)

    def _check_keys(self, asked: Asked, params: dict[str, str]) -> Answer | None:
        key = self._basic(asked) if self.tls is not None else ""
        key = key or self._oauth(asked, params)
        if key not in {KEY, READ_KEY}:
            return _error(401, key or "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if key == READ_KEY and asked.method != "GET":
            words = "The API key provided does not have write permissions."
            return _error(401, "woocommerce_rest_authentication_error", words)
        return None

    def _basic(self, asked: Asked) -> str:
        kind, _, word = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or self.strips_authorization:
            return ""
        try:
            key, _, secret = base64.b64decode(word).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return key if secret == SECRET else "woocommerce_rest_authentication_error"

    def _oauth(self, asked: Asked, params: dict[str, str]) -> str:
        """Check an OAuth 1.0a signature, written from RFC 5849 and not from any client."""
        given = params.pop("oauth_signature", "")
        pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in params.items())
        line = "&".join(f"{name}={value}" for name, value in pairs)
        place = self.url + urlsplit(asked.target).path
        base = "&".join((asked.method, quote(place, safe=""), quote(line, safe="")))
        wanted = base64.b64encode(hmac.new(f"{SECRET}&".encode(), base.encode(), hashlib.sha256).digest()).decode()
        key = params.pop("oauth_consumer_key", "")
        for name in ("oauth_timestamp", "oauth_nonce", "oauth_signature_method"):
            params.pop(name, None)
        return key if given == wanted else ""

    def _plugin(self, path: str, asked: Asked) -> Answer:
        if path.endswith("/connect"):
            self.connected = json.loads(asked.body)
        if path.endswith("/disconnect"):
            self.connected = None
        return _told({"version": "0.1.0", "is_connected": self.connected is not None})

    def _woocommerce(self, method: str, path: str, params: dict[str, str], body: bytes) -> Answer:
        if method == "GET":
            return self._read(path, params)
        if (method, path) == ("POST", "webhooks/batch"):
            return _told({})
        if method == "POST" and path in {"webhooks", "coupons"}:
            return self._make(path, json.loads(body))
        if method == "DELETE" and path.startswith(("webhooks/", "coupons/")):
            return self._delete(path, params)
        return _no_route()

    def _read(self, path: str, params: dict[str, str]) -> Answer:
        if path == "system_status":
            environment = {"home_url": self.url, "version": "11.0.1", "wp_cron": True}
            return _told({"environment": environment, "settings": {"currency": "EUR"}})
        if path in LISTS:
            return self._list(path, getattr(self, LISTS[path]), params)
        if path.startswith("products/") and path.endswith("/variations"):
            return self._list("variations", self.variations.get(int(path.split("/")[1]), []), params)
        return _no_route()

    def _list(self, path: str, rows: list[Row], params: dict[str, str]) -> Answer:
        per_page = int(params.get("per_page", "10"))
        if per_page > 100:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        rows = [row for row in rows if self._is_asked(path, row, params)]
        by = "date_created_gmt" if params.get("orderby") == "registered_date" else "id"
        rows = sorted(rows, key=lambda row: (row[by], row["id"]), reverse=params.get("order", "desc") == "desc")
        start = int(params.get("offset", (int(params.get("page", "1")) - 1) * per_page))
        piece = rows[start : start + per_page]
        if "_fields" in params:
            piece = [{name: row[name] for name in params["_fields"].split(",") if name in row} for row in piece]
        return _told(piece, {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // per_page))})

    def _is_asked(self, path: str, row: Row, params: dict[str, str]) -> bool:
        if path == "coupons" and "code" in params:
            return bool(row["code"] == params["code"])
        if path == "customers" and params.get("role", "customer") not in {"all", row["role"]}:
            return False
        if path == "products/reviews":
            local = datetime.fromisoformat(row["date_created_gmt"]) + timedelta(hours=self.hours_ahead)
            is_held = row["status"] != "approved" and params.get("status", "approved") != "all"
            return not is_held and local.isoformat() > params.get("after", "")
        if path in WINDOWED and {"modified_after", "modified_before"} & params.keys():
            changed = datetime.fromisoformat(row["date_modified_gmt"])
            if params.get("dates_are_gmt") != "true":
                changed += timedelta(hours=self.hours_ahead)
            after, before = params.get("modified_after", ""), params.get("modified_before", "9")
            return after < changed.isoformat() < before
        return True

    def _make(self, path: str, told: Row) -> Answer:
        rows: list[Row] = getattr(self, path)
        number = 1 + max((row["id"] for row in rows), default=0)
        if path == "coupons" and any(row["code"] == told["code"].lower() for row in rows):
            return _error(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
        if path == "webhooks":
            self.secrets[number] = told.pop("secret", "")
        if path == "coupons":
            told["code"] = told["code"].lower()
        rows.append({**told, "id": number})
        return _told(rows[-1], status=201)

    def _delete(self, path: str, params: dict[str, str]) -> Answer:
        kind, number = path.split("/")
        rows: list[Row] = getattr(self, kind)
        found = [row for row in rows if row["id"] == int(number)]
        if params.get("force") != "true":
            return _error(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
        if not found:
            return _error(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
        rows.remove(found[0])
        return _told(found[0])


def _told(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers or {})


def _error(status: int, code: str, message: str) -> Answer:
    return _told({"code": code, "message": message, "data": {"status": status}}, status=status)


def _no_route() -> Answer:
    return _error(404, "rest_no_route", "No route was found matching the URL and request method.")


def at(moment: datetime) -> str:
    """Return a time as WooCommerce writes its UTC ones: without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def product(number: int, changed: datetime, **more: Any) -> Row:
    """Return a product on sale."""
    return {
        "id": number, "name": f"Tea {number}", "sku": f"T-{number}", "type": "simple", "status": "publish",
        "catalog_visibility": "visible", "parent_id": 0, "price": "4.50", "stock_status": "instock",
        "date_created_gmt": at(changed), "date_modified_gmt": at(changed), "variations": [], **more,
    }  # fmt: skip


def order(number: int, changed: datetime, **more: Any) -> Row:
    """Return a guest's order that is paid."""
    return {
        "id": number, "status": "processing", "created_via": "checkout", "currency": "EUR", "total": "4.50",
        "date_created_gmt": at(changed), "date_modified_gmt": at(changed), "customer_id": 0,
        "billing": {"email": f"guest{number}@example.com"},
        "line_items": [{"id": 1, "product_id": 1, "variation_id": 0, "name": "Tea", "quantity": 1, "total": "4.50"}],
        "refunds": [], **more,
    }  # fmt: skip


def customer(number: int, made: datetime, **more: Any) -> Row:
    """Return a shopper with an account that was never changed."""
    return {
        "id": number, "email": f"c{number}@example.com", "role": "customer", "first_name": "", "last_name": "",
        "date_created_gmt": at(made), "date_modified_gmt": None, **more,
    }  # fmt: skip


def review(number: int, made: datetime, **more: Any) -> Row:
    """Return a review that the shop shows."""
    return {
        "id": number, "product_id": 1, "status": "approved", "reviewer_email": f"R{number}@example.com", "rating": 4,
        "review": "<p>Warm</p>\n", "verified": True, "date_created_gmt": at(made), **more,
    }  # fmt: skip
