"""What of a WooCommerce order is still a cart: a checkout that somebody began and nobody paid.

WooCommerce tells of no carts. But it makes the order when the checkout is sent off, before any money came, and so an
unpaid, failed or half-made order with an e-mail address is a cart that was left. It is called after its order, and the
order closes it, in whatever order the two are told.
"""

from plugins.events import CartChanged, CartDeleted, CartStage, Line
from plugins.money import to_minor
from plugins.woocommerce.shapes import Order

NO_ITEM = "0"  # a product that is gone: no item ever has this number
LEFT = {"pending", "failed", "checkout-draft"}
# On hold is ordered: the money comes by bank or at the door. So is any status that some plugin made.
NEITHER = {"cancelled"}  # WooCommerce cancels by itself what stayed unpaid for an hour: still a cart that was left
# Made by shoppers at the checkout. What the shop's people, a till or a renewal made was in nobody's cart.
SHOPPERS_OWN = {"", "checkout", "store-api"}


def cart_of(order: Order, lines: tuple[Line, ...]) -> CartChanged | None:
    """Return what an order says about the cart it came from, or nothing where it says nothing."""
    stage = _stage(order)
    if stage is None:
        return None
    return CartChanged(
        external_id=cart_key(order.id),
        version_at=order.date_modified_gmt,
        stage=stage,
        customer_external_id=order.customer(),
        email=order.email(),
        phone=order.phone(),
        address=order.address(),
        country=order.billing.country or None,
        visitor_id=order.visitor(),
        currency=order.currency,
        total_minor=to_minor(order.total, order.currency),
        lines=lines,
    )


def cart_gone(order_id: str) -> CartDeleted:
    """Return that the cart of an order is gone with it."""
    return CartDeleted(external_id=cart_key(order_id))


def cart_key(order_id: str) -> str:
    """Return what the cart of an order is called."""
    return f"order-{order_id}"


def is_shoppers_own(order: Order) -> bool:
    """Tell whether a shopper made the order at the checkout."""
    return (order.created_via or "") in SHOPPERS_OWN


def _stage(order: Order) -> CartStage | None:
    if not is_shoppers_own(order) or order.status in NEITHER:
        return None
    if order.status == "trash":
        return CartStage.EMPTIED  # the shop threw it away: nobody is to be reminded of it
    if order.status not in LEFT:
        return CartStage.ORDERED
    if not order.email():
        return None
    if order.is_reminded():
        return CartStage.EMPTIED  # by the shop itself; twice would be once too often
    return CartStage.CHECKOUT if order.line_items else CartStage.EMPTIED
