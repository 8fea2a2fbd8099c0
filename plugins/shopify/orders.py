"""A Shopify order as facts: the order itself, and each refund it lists; and a refund told on its own."""

from pydantic import Field

from plugins.errors import Malformed
from plugins.events import Line, Nothing, OrderChanged, OrderState, Parsed, RefundMade
from plugins.money import LARGEST_MINOR, to_minor
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.carts import NO_ITEM, Token, cart_key
from plugins.shopify.contact import Contact, clean_email
from plugins.shopify.origin import Body, Origin
from plugins.text import plain

LARGEST_QUANTITY = 10**9

# Paid, authorized, partly paid, partly refunded, or a word that is new to us: the shop works on the order.
STATES = {
    "pending": OrderState.PENDING,
    "expired": OrderState.PENDING,
    "voided": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
SENT = {"partial", "fulfilled"}
FAILED = {"failure", "error"}


class _Discount(Loose):
    amount: Text


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


class _Order(Contact):
    id: ExternalId
    created_at: Moment
    processed_at: Moment | None = None
    updated_at: Moment
    cancelled_at: Moment | None = None
    financial_status: Text | None  # must be there: a checkout, which has none, is no order
    fulfillment_status: Text | None = None
    currency: Text = Field(min_length=3, max_length=3)
    total_price: Text
    contact_email: Text | None = None
    cart_token: Token | None = None
    checkout_token: Token | None = None
    line_items: list[_Line] = []
    refunds: list[_Refund] = []


def read_order(body: Body, origin: Origin) -> Parsed:
    """Read an order. A test order moved no money and no goods."""
    if body.get("test") is True:
        return Parsed(nothing=Nothing(reason="A test order; nothing was bought."))
    order = read_as(_Order, body)
    refunds = (_refund(order.id, refund, origin.shop.currency) for refund in order.refunds)
    return Parsed(events=(_order(order), *(refund for refund in refunds if refund is not None)))


def read_refund(body: Body, origin: Origin) -> Parsed:
    """Read a refund told on its own: the same fact as inside its order."""
    told = read_as(_OrdersRefund, body)
    refund = _refund(told.order_id, told, origin.shop.currency)
    if refund is None:
        return Parsed(nothing=Nothing(reason="Goods came back or an order was edited, but no money was given back."))
    return Parsed(events=(refund,))


def _order(order: _Order) -> OrderChanged:
    return OrderChanged(
        external_id=order.id,
        version_at=order.updated_at,
        placed_at=order.processed_at or order.created_at,  # created_at of an imported order is the import's day
        state=_state(order),
        customer_external_id=order.customer_id(),
        email=clean_email(order.email, order.contact_email),
        phone=order.phone_number(),
        address=order.address(),
        country=order.country(),
        currency=order.currency,
        # Not current_total_price: refunds are already out of that one, and they come as facts of their own.
        total_minor=to_minor(order.total_price, order.currency),
        visitor_id=order.visitor(),
        cart_external_id=cart_key(order.cart_token, order.checkout_token),
        lines=tuple(_line(line, order.currency) for line in order.line_items),
    )


def _state(order: _Order) -> OrderState:
    if order.cancelled_at is not None:
        return OrderState.CANCELLED
    if order.financial_status == "pending" and order.fulfillment_status in SENT:
        return OrderState.PLACED  # cash on delivery, or paid by invoice: the shop has sent it, so it was bought
    return STATES.get(order.financial_status or "", OrderState.PLACED)


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
