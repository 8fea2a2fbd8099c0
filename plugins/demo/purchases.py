"""The demo's carts, orders and refunds as facts."""

from decimal import Decimal
from typing import Any

from plugins.events import CartChanged, CartStage, Line, OrderChanged, OrderState, RefundMade
from plugins.money import to_minor
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain


class _Line(Loose):
    id: ExternalId
    item_id: ExternalId
    title: Text = ""
    quantity: Count
    total: Decimal


class _Purchase(Loose):
    id: ExternalId
    changed_at: Moment
    customer_id: ExternalId | None = None
    email: Text | None = None
    phone: Text | None = None
    address: Text | None = None
    country: Text | None = None
    visitor_id: Text | None = None
    currency: Text
    total: Decimal
    lines: list[_Line]


class _Order(_Purchase):
    placed_at: Moment
    state: OrderState
    cart_id: ExternalId | None = None


class _Cart(_Purchase):
    stage: CartStage
    locale: Text | None = None


class _Refund(Loose):
    id: ExternalId
    order_id: ExternalId
    amount: Decimal
    currency: Text
    reason: Text = ""
    made_at: Moment


def read_order(data: Any) -> OrderChanged:
    """Read an order."""
    order = read_as(_Order, data)
    return OrderChanged(
        placed_at=order.placed_at, state=order.state, cart_external_id=order.cart_id, **_what_both_say(order)
    )


def read_cart(data: Any) -> CartChanged:
    """Read a cart or an unfinished checkout."""
    cart = read_as(_Cart, data)
    return CartChanged(stage=cart.stage, locale=cart.locale or None, **_what_both_say(cart))


def read_refund(data: Any) -> RefundMade:
    """Read a refund."""
    refund = read_as(_Refund, data)
    return RefundMade(
        external_id=refund.id,
        order_external_id=refund.order_id,
        amount_minor=to_minor(refund.amount, refund.currency),
        currency=refund.currency,
        reason=plain(refund.reason),
        made_at=refund.made_at,
    )


def _what_both_say(told: _Purchase) -> dict[str, Any]:
    return {
        "external_id": told.id,
        "version_at": told.changed_at,
        "customer_external_id": told.customer_id,
        "email": told.email or None,
        "phone": told.phone or None,
        "address": told.address or None,
        "country": told.country or None,
        "visitor_id": told.visitor_id or None,
        "currency": told.currency,
        "total_minor": to_minor(told.total, told.currency),
        "lines": tuple(_line(line, told.currency) for line in told.lines),
    }


def _line(line: _Line, currency: str) -> Line:
    return Line(
        external_id=line.id,
        item_external_id=line.item_id,
        title=plain(line.title),
        quantity=line.quantity,
        total_minor=to_minor(line.total, currency),
    )
