"""What our WordPress plugin tells, since WooCommerce has no webhook for it: carts, answers, reviews, final deletions.

`{"v": 1, "topic", "event_id", "occurred_at", "data"}`. The topic stands in the signed body; the header only repeats it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from plugins.errors import Malformed
from plugins.events import (
    CartChanged,
    CartStage,
    ConsentChanged,
    CustomerDeleted,
    CustomerRedacted,
    DataRequested,
    Event,
    ItemDeleted,
    Line,
    OrderDeleted,
    Parsed,
    Purpose,
    ReviewDeleted,
    ShopUninstalled,
    VisitorRecognized,
)
from plugins.money import to_minor
from plugins.platform import Delivery
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as, read_object
from plugins.text import plain
from plugins.woocommerce.carts import cart_gone
from plugins.woocommerce.reviews import read_told

LONGEST_URL = 2000
VERSION = 1


class _Told(Loose):
    v: int
    topic: Text
    event_id: ExternalId
    occurred_at: Moment
    data: dict[str, Any]


class _Line(Loose):
    id: ExternalId
    product_id: ExternalId
    variation_id: ExternalId | None = None
    title: Text = ""
    quantity: Count
    total: Text


class _Person(Loose):
    customer_id: ExternalId | None = None
    email: Text | None = None
    phone: Text | None = None
    visitor_id: ExternalId | None = None

    def customer(self) -> str | None:
        """Return the account's id; a guest's is 0."""
        return None if self.customer_id == "0" else self.customer_id

    def address(self) -> str | None:
        """Return the e-mail address in small letters."""
        return (self.email or "").strip().lower() or None


class _Cart(_Person):
    cart_id: ExternalId
    stage: CartStage
    locale: Text | None = None
    currency: Text
    total: Text
    lines: list[_Line] = []
    recovery_url: Text | None = None


class _Answer(_Person):
    purpose: Purpose
    is_given: bool
    wording: Text = ""
    wording_version: Text = ""
    locale: Text | None = None
    source: Text = ""


class _Gone(Loose):
    id: ExternalId


class _Recognized(Loose):
    visitor_id: ExternalId
    customer_id: ExternalId


class _Request(_Person):
    request_id: ExternalId


Told = dict[str, Any]


def parse_site_event(delivery: Delivery) -> Parsed:
    """Read what the plugin told. Raises Malformed."""
    told = read_as(_Told, read_object(delivery.body))
    if told.v != VERSION:
        raise Malformed("The plugin in the shop is newer than this Regulars. Bring Regulars up to date.")
    if delivery.headers.get("x-regulars-topic", told.topic) != told.topic:
        raise Malformed("The header names another topic than the signed body.")
    reader = READERS.get(told.topic)
    if reader is None:
        raise Malformed(f"The topic {told.topic[:40]!r} is unknown.")
    return Parsed(events=reader(told.data, told.occurred_at))


def _cart(data: Told, at: datetime) -> tuple[Event, ...]:
    cart = read_as(_Cart, data)
    is_link = cart.recovery_url is not None and cart.recovery_url.startswith(("https://", "http://"))
    if len(cart.currency) != len("EUR") or (is_link and len(cart.recovery_url or "") > LONGEST_URL):
        raise Malformed("The cart's currency or its link cannot be read.")
    changed = CartChanged(
        external_id=cart.cart_id,
        version_at=at,
        stage=cart.stage,
        phone=cart.phone or None,
        visitor_id=cart.visitor_id,
        locale=cart.locale or None,
        currency=cart.currency,
        total_minor=to_minor(cart.total, cart.currency),
        lines=tuple(_line(line, cart.currency) for line in cart.lines),
        recovery_url=cart.recovery_url if is_link else None,
        customer_external_id=cart.customer(),
        email=cart.address(),
    )
    return (changed,)


def _line(line: _Line, currency: str) -> Line:
    return Line(
        external_id=line.id,
        item_external_id=line.product_id,
        variant_external_id=None if line.variation_id in {None, "0"} else line.variation_id,
        title=plain(line.title),
        quantity=line.quantity,
        total_minor=to_minor(line.total, currency),
    )


def _consent(data: Told, at: datetime) -> tuple[Event, ...]:
    answer = read_as(_Answer, data)
    if not any((answer.customer(), answer.address(), answer.visitor_id)):
        raise Malformed("An answer about consent names nobody.")
    changed = ConsentChanged(
        purpose=answer.purpose,
        is_given=answer.is_given,
        occurred_at=at,
        visitor_id=answer.visitor_id,
        source=answer.source or "woocommerce",
        wording=answer.wording,
        wording_version=answer.wording_version,
        locale=answer.locale or "",
        customer_external_id=answer.customer(),
        email=answer.address(),
    )
    return (changed,)


def _recognized(data: Told, at: datetime) -> tuple[Event, ...]:
    seen = read_as(_Recognized, data)
    return (VisitorRecognized(visitor_id=seen.visitor_id, customer_external_id=seen.customer_id, version_at=at),)


def _redacted(data: Told, _at: datetime) -> tuple[Event, ...]:
    person = read_as(_Person, data)
    if not (person.customer() or person.address()):
        raise Malformed("A wish to be forgotten names nobody.")
    named = CustomerRedacted(customer_external_id=person.customer(), email=person.address(), phone=person.phone or None)
    return (named,)


def _requested(data: Told, _at: datetime) -> tuple[Event, ...]:
    asked = read_as(_Request, data)
    if not (asked.customer() or asked.address()):
        raise Malformed("A wish to see what is known names nobody.")
    named = DataRequested(
        request_external_id=asked.request_id,
        customer_external_id=asked.customer(),
        email=asked.address(),
        phone=asked.phone or None,
    )
    return (named,)


def _gone(make: Callable[[str], tuple[Event, ...]]) -> Callable[[Told, datetime], tuple[Event, ...]]:
    return lambda data, _at: make(read_as(_Gone, data).id)


READERS: dict[str, Callable[[Told, datetime], tuple[Event, ...]]] = {
    "cart.changed": _cart,
    "consent.changed": _consent,
    "review.changed": lambda data, at: (read_told(data, at),),
    "review.deleted": _gone(lambda one: (ReviewDeleted(external_id=one),)),
    "item.deleted": _gone(lambda one: (ItemDeleted(external_id=one),)),
    "order.deleted": _gone(lambda one: (OrderDeleted(external_id=one), cart_gone(one))),
    "customer.deleted": _gone(lambda one: (CustomerDeleted(external_id=one),)),
    "visitor.recognized": _recognized,
    "customer.redacted": _redacted,
    "data.requested": _requested,
    "plugin.removed": lambda _data, _at: (ShopUninstalled(),),
}
