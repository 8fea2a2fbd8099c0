"""A WooCommerce order as facts: the order itself, the cart it was, and each refund it lists."""

from typing import Any

from plugins.events import Line, Nothing, OrderChanged, OrderState, Parsed, RefundMade
from plugins.money import to_minor
from plugins.platform import ShopFacts
from plugins.reading import read_as
from plugins.text import plain
from plugins.woocommerce.carts import cart_key, cart_of, is_shoppers_own
from plugins.woocommerce.shapes import Order, OrderLine, Refund

# Custom statuses (a plugin's "awaiting pickup") mean the shop works on the order: placed.
STATES = {
    "on-hold": OrderState.PLACED,
    "processing": OrderState.PLACED,
    "completed": OrderState.PLACED,
    "cancelled": OrderState.CANCELLED,
    "failed": OrderState.CANCELLED,
    "trash": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
DRAFTS = {"checkout-draft", "auto-draft", "draft", "new"}


def read_order(body: dict[str, Any], _shop: ShopFacts) -> Parsed:
    """Read an order. A draft is somebody still at the checkout: a cart perhaps, not an order."""
    is_draft = str(body.get("status")) in DRAFTS
    if is_draft and body.get("status") != "checkout-draft":
        return Parsed(nothing=Nothing(reason="An order the shop has only begun to write; not an order yet."))
    order = read_as(Order, body)
    lines = tuple(_line(line, order.currency) for line in order.line_items)
    cart = cart_of(order, lines)
    carts = () if cart is None else (cart,)
    if is_draft and not carts:
        return Parsed(nothing=Nothing(reason="A checkout somebody has not finished; not an order yet."))
    if is_draft:
        return Parsed(events=carts)
    return Parsed(events=(_order(order, lines), *carts, *(_refund(order, refund) for refund in order.refunds)))


def _order(order: Order, lines: tuple[Line, ...]) -> OrderChanged:
    return OrderChanged(
        external_id=order.id,
        version_at=order.date_modified_gmt,
        placed_at=order.date_created_gmt,
        state=_state(order),
        customer_external_id=order.customer(),
        email=order.email(),
        phone=order.phone(),
        address=order.address(),
        country=order.billing.country or None,
        currency=order.currency,
        total_minor=to_minor(order.total, order.currency),
        visitor_id=order.visitor(),
        cart_external_id=order.cart() or cart_key(order.id),
        lines=lines,
    )


def _state(order: Order) -> OrderState:
    """Return what became of an order. What the shop itself wrote up and waits to be paid for was ordered."""
    if order.status == "pending":
        return OrderState.UNPAID if is_shoppers_own(order) else OrderState.PENDING
    return STATES.get(order.status, OrderState.PLACED)


def _line(line: OrderLine, currency: str) -> Line:
    return Line(
        external_id=line.id,
        item_external_id=line.product_id,
        variant_external_id=None if line.variation_id == "0" else line.variation_id,
        title=plain(line.name),
        quantity=line.quantity,
        total_minor=to_minor(line.total, currency),
    )


def _refund(order: Order, refund: Refund) -> RefundMade:
    # The order lists a refund without its time; the order's own creation is the one date that never moves.
    return RefundMade(
        external_id=refund.id,
        order_external_id=order.id,
        amount_minor=abs(to_minor(refund.total, order.currency)),
        currency=order.currency,
        reason=plain(refund.reason or ""),
        made_at=order.date_created_gmt,
    )
