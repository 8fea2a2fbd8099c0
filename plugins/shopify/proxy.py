"""Shopify's app proxy: pages of the shop that we write, asked for by Shopify in a shopper's name.

Shopify signs the query: hex(hmac-sha256(secret, sorted `name=value`s, repeats joined by a comma, nothing in between)).
Only `logged_in_customer_id` says who somebody is, and only because it is signed. With nothing in between, two queries
can be one text; so no value may hold a `=`, and no name but `item` may come twice.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from plugins.errors import BadSignature

LONGEST_QUERY = 8000
MOST_SKEW_SECONDS = 90.0
MAY_REPEAT = "item"
SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com")
CUSTOMER = re.compile(r"[0-9]{1,20}")
STALE = "This page of the shop is no longer valid. Load it again."


@dataclass(frozen=True, kw_only=True)
class ProxyCall:
    """A request that Shopify handed on: from which shop, and from which of its customers if one is signed in."""

    shop: str  # harbour-tea.myshopify.com
    customer_external_id: str | None
    told: Mapping[str, str]  # everything that came once
    items: tuple[str, ...]


def claimed_shop(query: str) -> str:
    """Return the shop a query claims to come from, or nothing. It says whose secrets to try, and no more."""
    shops = [value for name, value in _pairs(query) if name == "shop"]
    return shops[0] if len(shops) == 1 and SHOP.fullmatch(shops[0]) else ""


def verify_proxy(query: str, secrets: Sequence[bytes], now: datetime) -> ProxyCall:
    """Check a query's signature, in constant time, and its age. Raises BadSignature."""
    pairs = _pairs(query)
    told: dict[str, str] = {}
    items = tuple(value for name, value in pairs if name == MAY_REPEAT)
    for name, value in pairs:
        if name in told or "=" in value:
            raise BadSignature("The address was put together by somebody else.")
        if name != MAY_REPEAT:
            told[name] = value
    given = told.pop("signature", "")
    message = _message(pairs)
    wanted = (hmac.new(secret, message, hashlib.sha256).hexdigest() for secret in secrets)
    if not sum(hmac.compare_digest(one.encode(), given.encode()) for one in wanted):
        raise BadSignature("The address is not signed with this app's secret.")
    if not told.get("timestamp", "").isascii() or not told.get("timestamp", "").isdecimal():
        raise BadSignature(STALE)
    if abs(now.timestamp() - int(told["timestamp"][:15])) > MOST_SKEW_SECONDS:
        raise BadSignature(STALE)
    if not SHOP.fullmatch(told.get("shop", "")):
        raise BadSignature("The address names no shop at Shopify.")
    customer = told.get("logged_in_customer_id", "")
    known = customer if CUSTOMER.fullmatch(customer) else None
    return ProxyCall(shop=told["shop"], customer_external_id=known, told=told, items=items)


def sign_proxy(pairs: Sequence[tuple[str, str]], secret: bytes) -> str:
    """Return the signature of a query, as Shopify makes it. For tests and for the fake."""
    return hmac.new(secret, _message(pairs), hashlib.sha256).hexdigest()


def _pairs(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST_QUERY:
        raise BadSignature("The address is too long.")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        raise BadSignature("The address cannot be read.") from None


def _message(pairs: Sequence[tuple[str, str]]) -> bytes:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "signature":
            values.setdefault(name, []).append(value)
    return "".join(f"{name}={','.join(many)}" for name, many in sorted(values.items())).encode()
