"""A Shopify order as facts: the order itself, and each refund it lists; and a refund told on its own."""

from typing import Any

from pydantic import Field

from plugins.errors import Malformed
from plugins.events import Line, Nothing, OrderChanged, OrderState, Parsed, RefundMade
from plugins.money import LARGEST_MINOR, to_minor
from plugins.platform import ShopFacts
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain

VISITOR_ATTRIBUTE = "_regulars_visitor"  # a cart attribute becomes a note attribute of the order
LARGEST_QUANTITY = 10**9

# A custom item, a tip or a product that is gone has no product id. The line stays, with its title and money, under the
# number WooCommerce gives in the same case: no item ever has it, so nothing is learned from it and nothing shown.
NO_ITEM = "0"

# Paid, authorized, partly paid, partly refunded, or a word that is new to us: the shop works on the order.
STATES = {
    "pending": OrderState.PENDING,
    "expired": OrderState.PENDING,
    "voided": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
SENT = {"partial", "fulfilled"}
FAILED = {"failure", "error"}


class _Person(Loose):
    id: ExternalId | None = None


class _Address(Loose):
    country_code: Text | None = None


class _Discount(Loose):
    amount: Text


class _Attribute(Loose):
    name: Text | None = None
    value: Any = None


class _Line(Loose):
    id: ExternalId
    product_id: ExternalId | None = None
    variant_id: ExternalId | None = None
    title: Text | None = None
    quantity: int = Field(ge=-LARGEST_QUANTITY, le=LARGEST_QUANTITY)
    price: Text
    total_discount: Text | None = None
    discount_allocations: list[_Discount] = []


class _Transaction(Loose):
    kind: Text | None = None
    status: Text | None = None
    test: bool | None = None
    amount: Text
    currency: Text | None = Field(default=None, min_length=3, max_length=3)


class _Refund(Loose):
    id: ExternalId
    created_at: Moment
    note: Text | None = None
    transactions: list[_Transaction] = []


class _OrdersRefund(_Refund):
    order_id: ExternalId


class _Order(Loose):
    id: ExternalId
    created_at: Moment
    processed_at: Moment | None = None
    updated_at: Moment
    cancelled_at: Moment | None = None
    financial_status: Text | None  # must be there: a checkout, which has none, is no order
    fulfillment_status: Text | None = None
    currency: Text = Field(min_length=3, max_length=3)
    total_price: Text
    email: Text | None = None
    contact_email: Text | None = None
    phone: Text | None = None
    customer: _Person | None = None
    billing_address: _Address | None = None
    shipping_address: _Address | None = None
    line_items: list[_Line] = []
    refunds: list[_Refund] = []
    note_attributes: list[_Attribute] = []


def read_order(body: dict[str, Any], shop: ShopFacts) -> Parsed:
    """Read an order. A test order moved no money and no goods."""
    if body.get("test") is True:
        return Parsed(nothing=Nothing(reason="A test order; nothing was bought."))
    order = read_as(_Order, body)
    refunds = (_refund(order.id, refund, shop.currency) for refund in order.refunds)
    return Parsed(events=(_order(order), *(refund for refund in refunds if refund is not None)))


def read_refund(body: dict[str, Any], shop: ShopFacts) -> Parsed:
    """Read a refund told on its own: the same fact as inside its order."""
    told = read_as(_OrdersRefund, body)
    refund = _refund(told.order_id, told, shop.currency)
    if refund is None:
        return Parsed(nothing=Nothing(reason="Goods came back or an order was edited, but no money was given back."))
    return Parsed(events=(refund,))


def _order(order: _Order) -> OrderChanged:
    return OrderChanged(
        external_id=order.id,
        version_at=order.updated_at,
        placed_at=order.processed_at or order.created_at,  # created_at of an imported order is the import's day
        state=_state(order),
        customer_external_id=order.customer.id if order.customer else None,
        email=(order.email or order.contact_email or "").strip().lower() or None,
        phone=order.phone or None,
        country=_country(order),
        currency=order.currency,
        # Not current_total_price: refunds are already out of that one, and they come as facts of their own.
        total_minor=to_minor(order.total_price, order.currency),
        visitor_id=_visitor(order),
        lines=tuple(_line(line, order.currency) for line in order.line_items),
    )


def _state(order: _Order) -> OrderState:
    if order.cancelled_at is not None:
        return OrderState.CANCELLED
    if order.financial_status == "pending" and order.fulfillment_status in SENT:
        return OrderState.PLACED  # cash on delivery, or paid by invoice: the shop has sent it, so it was bought
    return STATES.get(order.financial_status or "", OrderState.PLACED)


def _country(order: _Order) -> str | None:
    addresses = (order.billing_address, order.shipping_address)
    return next((one.country_code for one in addresses if one and one.country_code), None)


def _visitor(order: _Order) -> str | None:
    values = (one.value for one in order.note_attributes if one.name == VISITOR_ATTRIBUTE)
    return next((value for value in values if isinstance(value, str)), None)


def _line(line: _Line, currency: str) -> Line:
    return Line(
        external_id=line.id,
        item_external_id=line.product_id or NO_ITEM,
        variant_external_id=line.variant_id,
        title=plain(line.title or ""),
        quantity=line.quantity,  # as bought: current_quantity is already less what was refunded
        total_minor=_bounded(to_minor(line.price, currency) * line.quantity - _discount(line, currency)),
    )


def _discount(line: _Line, currency: str) -> int:
    """Return what was taken off a line: its share of all discounts; total_discount knows only the line's own."""
    if line.discount_allocations:
        return sum(to_minor(one.amount, currency) for one in line.discount_allocations)
    return to_minor(line.total_discount or "0", currency)


def _refund(order_id: str, refund: _Refund, shop_currency: str) -> RefundMade | None:
    """Return the money of a refund, or None when none moved.

    A payment still under way counts: the first word on a refund stands, whether its own or its order's came first.
    """
    paid = [one for one in refund.transactions if one.kind == "refund" and one.status not in FAILED and not one.test]
    currencies = {one.currency or shop_currency for one in paid}
    if len(currencies) > 1:
        raise Malformed(f"The refund {refund.id[:40]} mixes currencies: {', '.join(sorted(currencies))}.")
    currency = next(iter(currencies), shop_currency)
    amount = _bounded(sum(to_minor(one.amount, currency) for one in paid))
    if amount == 0:
        return None
    return RefundMade(
        external_id=refund.id,
        order_external_id=order_id,
        amount_minor=abs(amount),
        currency=currency,
        reason=plain(refund.note or ""),
        made_at=refund.created_at,
    )


def _bounded(minor: int) -> int:
    if abs(minor) > LARGEST_MINOR:
        raise Malformed("An amount is out of all bounds once it is added up.")
    return minor
