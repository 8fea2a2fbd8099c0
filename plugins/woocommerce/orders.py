"""A WooCommerce order as facts: the order itself, and each refund it lists."""

from typing import Any

from pydantic import Field

from plugins.events import Line, Nothing, OrderChanged, OrderState, Parsed, RefundMade
from plugins.money import to_minor
from plugins.platform import ShopFacts
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain

VISITOR_META = "_regulars_visitor"

# Custom statuses (a plugin's "awaiting pickup") mean the shop works on the order: placed.
STATES = {
    "pending": OrderState.PENDING,
    "on-hold": OrderState.PLACED,
    "processing": OrderState.PLACED,
    "completed": OrderState.PLACED,
    "cancelled": OrderState.CANCELLED,
    "failed": OrderState.CANCELLED,
    "trash": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
DRAFTS = {"checkout-draft", "auto-draft", "draft", "new"}


class _Billing(Loose):
    email: Text | None = None
    phone: Text | None = None
    country: Text | None = None


class _Line(Loose):
    id: ExternalId
    product_id: ExternalId
    variation_id: ExternalId = "0"
    name: Text = ""
    quantity: Count
    total: Text


class _Refund(Loose):
    id: ExternalId
    reason: Text | None = ""
    total: Text


class _Meta(Loose):
    key: Text = ""
    value: Any = None


class _Order(Loose):
    id: ExternalId
    status: Text
    currency: Text = Field(min_length=3, max_length=3)
    date_created_gmt: Moment
    date_modified_gmt: Moment
    total: Text
    customer_id: ExternalId = "0"
    billing: _Billing = _Billing()
    line_items: list[_Line] = []
    refunds: list[_Refund] = []
    meta_data: list[_Meta] = []


def read_order(body: dict[str, Any], _shop: ShopFacts) -> Parsed:
    """Read an order. A draft is somebody still at the checkout, not an order."""
    if str(body.get("status")) in DRAFTS:
        return Parsed(nothing=Nothing(reason="A checkout somebody has not finished; not an order yet."))
    order = read_as(_Order, body)
    return Parsed(events=(_order(order), *(_refund(order, refund) for refund in order.refunds)))


def _order(order: _Order) -> OrderChanged:
    return OrderChanged(
        external_id=order.id,
        version_at=order.date_modified_gmt,
        placed_at=order.date_created_gmt,
        state=STATES.get(order.status, OrderState.PLACED),
        customer_external_id=None if order.customer_id == "0" else order.customer_id,
        email=(order.billing.email or "").strip().lower() or None,
        phone=order.billing.phone or None,
        country=order.billing.country or None,
        currency=order.currency,
        total_minor=to_minor(order.total, order.currency),
        visitor_id=next((str(meta.value) for meta in order.meta_data if meta.key == VISITOR_META), None),
        lines=tuple(_line(line, order.currency) for line in order.line_items),
    )


def _line(line: _Line, currency: str) -> Line:
    return Line(
        external_id=line.id,
        item_external_id=line.product_id,
        variant_external_id=None if line.variation_id == "0" else line.variation_id,
        title=plain(line.name),
        quantity=line.quantity,
        total_minor=to_minor(line.total, currency),
    )


def _refund(order: _Order, refund: _Refund) -> RefundMade:
    # The order lists a refund without its time; the order's own creation is the one date that never moves.
    return RefundMade(
        external_id=refund.id,
        order_external_id=order.id,
        amount_minor=abs(to_minor(refund.total, order.currency)),
        currency=order.currency,
        reason=plain(refund.reason or ""),
        made_at=order.date_created_gmt,
    )
