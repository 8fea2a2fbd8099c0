"""How WooCommerce's order states read, by their keys and by the English words its pages show."""

from plugins.events import OrderState

STATES = {
    "pending": OrderState.PENDING,
    "pending payment": OrderState.PENDING,
    "cancelled": OrderState.CANCELLED,
    "failed": OrderState.CANCELLED,
    "trash": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
    "checkout-draft": OrderState.UNPAID,
    "draft": OrderState.UNPAID,
}


def order_state(text: str) -> OrderState:
    """Return what became of an order; a shop's own words mean that it works on it."""
    return STATES.get(text.lower().removeprefix("wc-"), OrderState.PLACED)
