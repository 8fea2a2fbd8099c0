"""Shopify's words as facts.

Whatever a topic says happened, the body is the thing as it stood when the delivery was built, so all but the deletions
read alike. The topic is a header and headers are not signed: a body that names another kind of thing, or that is whole
where the topic says gone, is refused rather than read as what the header wants it to be.
"""

from collections.abc import Callable
from typing import Any

from plugins.errors import Malformed
from plugins.events import CustomerDeleted, Event, ItemDeleted, Nothing, OrderDeleted, Parsed
from plugins.platform import Delivery, ShopFacts
from plugins.reading import ExternalId, Loose, Text, read_as, read_object
from plugins.shopify.customers import read_customer
from plugins.shopify.items import read_item
from plugins.shopify.orders import read_order, read_refund
from plugins.shopify.signature import shop_domain_of, topic_of

ORDER_TOPICS = ("orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled")
READERS: dict[str, Callable[[dict[str, Any], ShopFacts], Parsed]] = {
    **dict.fromkeys(ORDER_TOPICS, read_order),
    "refunds/create": read_refund,
    "customers/create": read_customer,
    "customers/update": read_customer,
}
ITEM_TOPICS = ("products/create", "products/update")
DELETIONS: dict[str, Callable[[str], Event]] = {
    "orders/delete": lambda external_id: OrderDeleted(external_id=external_id),
    "products/delete": lambda external_id: ItemDeleted(external_id=external_id),
    "customers/delete": lambda external_id: CustomerDeleted(external_id=external_id),
}
# What each family of topics is called in `admin_graphql_api_id`.
KINDS = {"orders": "Order", "refunds": "Refund", "products": "Product", "customers": "Customer"}
# "Send test notification" in Shopify's admin sends these to everybody: an order, a product, a customer of nobody.
EXAMPLES = {"820982911946154508", "788032119674292922", "706405506930370084"}

# The law gives thirty days. In quarantine they are seen; as "nothing" they would be forgotten.
COMPLIANCE = {
    "customers/data_request": (
        "A customer asks what is known about them, and Regulars cannot gather it by itself yet. Ask whoever runs "
        "Regulars for the rows of the customer this delivery names, in customers, orders, order_lines, refunds and "
        "visitor_links, and answer the customer within 30 days."
    ),
    "customers/redact": (
        "Shopify asks to erase a customer, and Regulars cannot do so by itself yet. Ask whoever runs Regulars to "
        "delete the rows of the customer this delivery names, in customers, orders, order_lines, refunds and "
        "visitor_links, within 30 days."
    ),
    "shop/redact": (
        "Shopify asks to erase everything about this shop, and Regulars cannot do so by itself yet. Ask whoever runs "
        "Regulars to delete the shop and all its rows within 30 days."
    ),
}

UNUSED = {
    "orders/edited": "An edit lists what changed, not the order; orders/updated brings the whole order.",
    "customers/merge": "Two customers became one at Shopify. Regulars does not join customers yet.",
    "app/uninstalled": "The app was taken out of the shop: nothing more will come from it. What is here stays.",
    "shop/update": "The shop's own details are kept in Regulars' settings, not read from Shopify.",
}
UNUSED_FAMILIES = {
    "carts": "Carts are not used yet; an order says what was bought.",
    "checkouts": "Checkouts are not used yet; an order says what was bought.",
    "inventory_levels": "Stock is read from products/update, which carries it for the whole product.",
    "inventory_items": "Stock is read from products/update, which carries it for the whole product.",
    "bulk_operations": "Regulars has asked Shopify for no export.",
}


class _Named(Loose):
    id: ExternalId
    order_id: ExternalId | None = None
    admin_graphql_api_id: Text | None = None


def parse(delivery: Delivery, shop: ShopFacts) -> Parsed:
    """Read one delivery. Raises Malformed."""
    topic = topic_of(delivery)
    if not topic:
        raise Malformed("The header X-Shopify-Topic is missing or is not a topic, so the body could mean anything.")
    if topic in COMPLIANCE:
        raise Malformed(COMPLIANCE[topic])
    if topic not in READERS and topic not in ITEM_TOPICS and topic not in DELETIONS:
        return _nothing(_why_unused(topic))
    body = _read_body(delivery.body)
    named = _check_kind(body, topic)
    if EXAMPLES & {named.id, named.order_id}:
        return _nothing("Shopify's test notification. It came through; what it tells of does not exist.")
    if topic in DELETIONS:
        return Parsed(events=(_deletion(body, topic, named.id),))
    if topic in ITEM_TOPICS:
        return read_item(body, shop, shop_domain_of(delivery))
    return READERS[topic](body, shop)


def _read_body(body: bytes) -> dict[str, Any]:
    if body[:100].lstrip()[:1] == b"<":
        raise Malformed("The body is XML. Make this webhook again in Shopify with JSON as its format.")
    return read_object(body)


def _check_kind(body: dict[str, Any], topic: str) -> _Named:
    """Hold the header's topic against the id that the signed body carries."""
    named = read_as(_Named, body)
    kind = KINDS[topic.partition("/")[0]]
    told = named.admin_graphql_api_id
    if told and told != f"gid://shopify/{kind}/{named.id}":
        raise Malformed(f"The topic is {topic}, but the body is of something else: {told[:80]!r}.")
    return named


def _deletion(body: dict[str, Any], topic: str, external_id: str) -> Event:
    if body.get("updated_at") is not None:
        raise Malformed(f"The topic is {topic}, but the body is the whole thing as it stands, not a deletion.")
    return DELETIONS[topic](external_id)


def _why_unused(topic: str) -> str:
    return UNUSED.get(topic) or UNUSED_FAMILIES.get(topic.partition("/")[0]) or f"Regulars does not use {topic}."


def _nothing(reason: str) -> Parsed:
    return Parsed(nothing=Nothing(reason=reason))
