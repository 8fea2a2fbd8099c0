"""The corner shop: the smallest platform there can be. It shows what the contract asks for, and passes it.

A body is `{"tells": "order" | "cart" | "consent" | "stock" | "gone", ...}`; the hex HMAC-SHA256 over it stands in the
header Corner-Signature. Bodies carry versions, so the body alone tells one delivery from another.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from plugins.errors import BadSignature, Malformed, Unsupported
from plugins.events import (
    CartChanged,
    CartStage,
    ConsentChanged,
    Event,
    Line,
    OrderChanged,
    OrderDeleted,
    OrderState,
    Parsed,
    Purpose,
    StockChanged,
)
from plugins.money import to_minor
from plugins.platform import CartLine, Delivery, Receipt, ShopFacts
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as, read_object
from plugins.talking import Talks

SIGNATURE = "corner-signature"


class _Named(Loose):
    id: ExternalId


class _Versioned(_Named):
    at: Moment


class _Purchase(_Versioned):
    state: OrderState | CartStage
    email: Text | None = None
    total: Decimal
    item: ExternalId


class _Stock(_Versioned):
    pieces: Count


class _Word(Loose):
    at: Moment
    email: Text
    is_yes: bool


class Corner:
    """A shop that keeps its books on the counter."""

    name = "corner"
    label = "Corner shop"
    kept_headers: tuple[str, ...] = ("corner-",)
    talks: Talks | None = None

    def is_ping(self, delivery: Delivery) -> bool:
        return delivery.body == b"" and SIGNATURE not in delivery.headers

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        given = delivery.headers.get(SIGNATURE, "").encode()
        wanted = [hmac.new(secret, delivery.body, hashlib.sha256).hexdigest().encode() for secret in secrets]
        if not sum(hmac.compare_digest(one, given) for one in wanted):
            raise BadSignature
        return Receipt(topic="told", idempotency_key=hashlib.sha256(delivery.body).hexdigest())

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        body = read_object(delivery.body)
        reader = READERS.get(str(body.get("tells")))
        if reader is None:
            raise Malformed("The corner shop tells of nothing that is known.")
        return Parsed(events=(reader(body, shop),))

    def cart_url(self, _storefront: str, _lines: Sequence[CartLine]) -> str:
        raise Unsupported


def _order(body: dict[str, Any], shop: ShopFacts) -> Event:
    told = read_as(_Purchase, body)
    if not isinstance(told.state, OrderState):
        raise Malformed("An order is not in the state of a cart.")
    return OrderChanged(
        placed_at=told.at, state=told.state, customer_external_id=None, cart_external_id=told.id, **_whole(told, shop)
    )


def _cart(body: dict[str, Any], shop: ShopFacts) -> Event:
    told = read_as(_Purchase, body)
    if not isinstance(told.state, CartStage):
        raise Malformed("A cart is not in the state of an order.")
    return CartChanged(stage=told.state, **_whole(told, shop))


def _whole(told: _Purchase, shop: ShopFacts) -> dict[str, Any]:
    total = to_minor(told.total, shop.currency)
    line = Line(external_id="1", item_external_id=told.item, quantity=1, total_minor=total)
    return {
        "external_id": told.id,
        "version_at": told.at,
        "email": told.email,
        "currency": shop.currency,
        "total_minor": total,
        "lines": (line,),
    }


def _stock(body: dict[str, Any], _shop: ShopFacts) -> Event:
    told = read_as(_Stock, body)
    return StockChanged(
        external_id=told.id, version_at=told.at, is_in_stock=told.pieces > 0, stock_quantity=told.pieces
    )


def _consent(body: dict[str, Any], _shop: ShopFacts) -> Event:
    told = read_as(_Word, body)
    return ConsentChanged(
        purpose=Purpose.EMAIL_MARKETING, is_given=told.is_yes, occurred_at=told.at, email=told.email, source="counter"
    )


def _gone(body: dict[str, Any], _shop: ShopFacts) -> Event:
    return OrderDeleted(external_id=read_as(_Named, body).id)


READERS: dict[str, Callable[[dict[str, Any], ShopFacts], Event]] = {
    "order": _order,
    "cart": _cart,
    "stock": _stock,
    "consent": _consent,
    "gone": _gone,
}
