"""The permissions Regulars asks of a Shopify shop, and what a merchant misses without each.

A permission to write includes the one to read the same. `read_all_orders` is Shopify's to give and stays optional.
"""

from collections.abc import Iterable

SCOPES: dict[str, str] = {
    "read_products": "Regulars cannot read the products, so it has nothing to recommend.",
    "read_inventory": "Regulars cannot tell what is in stock, and may recommend what is sold out.",
    "read_orders": "Regulars cannot read orders, carts and checkouts, so it learns nothing from purchases.",
    "read_customers": "Regulars cannot read customers and their consent to e-mails, so it writes to nobody.",
    "write_customers": "Regulars cannot tell Shopify who unsubscribed, nor add the tags given on a customer's page.",
    "write_discounts": "Regulars cannot make the discount codes given on a customer's page.",
    "write_pixels": "Regulars cannot switch on its web pixel, so it does not learn from the checkout's pages.",
    "read_customer_events": "Regulars' web pixel hears nothing.",
    "write_app_proxy": "Recommendations cannot be part of the page itself and show a little later.",
    "write_marketing_events": "Campaigns do not show on Shopify's own marketing pages.",
}
ALL_ORDERS = "read_all_orders"


def missing_scopes(granted: Iterable[str]) -> tuple[str, ...]:
    """Return which of the permissions were not given."""
    given = set(granted)
    return tuple(scope for scope in SCOPES if scope not in given and _writing(scope) not in given)


def has_scope(granted: Iterable[str], scope: str) -> bool:
    """Tell whether a permission was given, alone or with the one to write."""
    given = set(granted)
    return scope in given or _writing(scope) in given


def _writing(scope: str) -> str:
    return scope.replace("read_", "write_", 1)
