"""Shopify's words as facts.

Whatever a topic says happened, the body is the thing as it stood when the delivery was built, so all but the deletions
read alike. The topic is a header and headers are not signed: a body that names another kind of thing, or that is whole
where the topic says gone, is refused rather than read as what the header wants it to be. Whatever has no name of its
own (carts, checkouts, consents, wishes) is told apart by its fields, in the reader.
"""

from collections.abc import Callable

from plugins.errors import Malformed
from plugins.events import CustomerDeleted, Event, ItemDeleted, Nothing, OrderDeleted, Parsed
from plugins.platform import Delivery, ShopFacts
from plugins.reading import ExternalId, Loose, read_as, read_object
from plugins.shopify.carts import read_cart, read_checkout, read_checkout_deletion
from plugins.shopify.consents import read_email_consent, read_sms_consent
from plugins.shopify.customers import read_customer, read_merge
from plugins.shopify.items import read_item
from plugins.shopify.orders import read_order, read_refund
from plugins.shopify.origin import Body, Origin
from plugins.shopify.signature import shop_domain_of, told_at_of, topic_of
from plugins.shopify.stock import read_level
from plugins.shopify.wishes import read_data_request, read_redaction, read_shop_redaction, read_uninstall

Reader = Callable[[Body, Origin], Parsed]
# What has a name in `admin_graphql_api_id`, and what that calls it.
THINGS = {
    **dict.fromkeys(
        (
            "orders/create",
            "orders/updated",
            "orders/paid",
            "orders/cancelled",
            "orders/fulfilled",
            "orders/partially_fulfilled",
        ),
        ("Order", read_order),
    ),
    "refunds/create": ("Refund", read_refund),
    **dict.fromkeys(("products/create", "products/update"), ("Product", read_item)),
    **dict.fromkeys(("customers/create", "customers/update"), ("Customer", read_customer)),
}
DELETIONS: dict[str, tuple[str, Callable[[str], Event]]] = {
    "orders/delete": ("Order", lambda external_id: OrderDeleted(external_id=external_id)),
    "products/delete": ("Product", lambda external_id: ItemDeleted(external_id=external_id)),
    "customers/delete": ("Customer", lambda external_id: CustomerDeleted(external_id=external_id)),
}
NAMELESS: dict[str, Reader] = {
    **dict.fromkeys(("carts/create", "carts/update"), read_cart),
    **dict.fromkeys(("checkouts/create", "checkouts/update"), read_checkout),
    "checkouts/delete": read_checkout_deletion,
    "customers_email_marketing_consent/update": read_email_consent,
    "customers_marketing_consent/update": read_sms_consent,
    "customers/merge": read_merge,
    "customers/redact": read_redaction,
    "customers/data_request": read_data_request,
    "shop/redact": read_shop_redaction,
    "app/uninstalled": read_uninstall,
}
LIVING = {"sms_marketing_consent", "myshopify_domain"}  # what bodies have that carry an id and no version
LEVELS = "inventory_levels/update"

# Shopify's test notifications tell of an order, a product, a customer, a cart and a shop that are nobody's.
EXAMPLES = {
    "id": {"820982911946154508", "788032119674292922", "706405506930370084", "981820079255243537", "548380009"},
    "order_id": {"820982911946154508"},
    "customer_id": {"706405506930370084"},
    "inventory_item_id": {"271878346596884015"},
    "shop_id": {"954889"},
    "token": {"exampleCartId", "eeafa272cebfd4b22385bc4b645e762c", "123123123"},
    "cart_token": {"eeafa272cebfd4b22385bc4b645e762c"},
}

UNUSED = {
    "orders/edited": "An edit lists what changed, not the order; orders/updated brings the whole order.",
    "shop/update": "The shop's own details are kept in Regulars' settings, not read from Shopify.",
}
UNUSED_FAMILIES = {
    "inventory_items": "What an item costs the shop is not used; products/update says under what it is counted.",
    "bulk_operations": "Regulars has asked Shopify for no export.",
}


class _Gone(Loose):
    id: ExternalId


def parse(delivery: Delivery, shop: ShopFacts) -> Parsed:
    """Read one delivery. Raises Malformed."""
    topic = topic_of(delivery)
    if not topic:
        raise Malformed("The header X-Shopify-Topic is missing or is not a topic, so the body could mean anything.")
    if topic != LEVELS and topic not in THINGS and topic not in DELETIONS and topic not in NAMELESS:
        return _nothing(_why_unused(topic))
    body = _read_body(delivery.body)
    _check_kind(body, topic)
    if _is_example(body):
        return _nothing("Shopify's test notification. It came through; what it tells of does not exist.")
    domain, told_at = shop_domain_of(delivery), told_at_of(delivery)
    return _read(topic, body, Origin(shop=shop, domain=domain, told_at=told_at, heard_at=delivery.received_at))


def _read(topic: str, body: Body, origin: Origin) -> Parsed:
    if topic in DELETIONS:
        return _deletion(body, topic)
    if topic in THINGS:
        return THINGS[topic][1](body, origin)
    return read_level(body, origin) if topic == LEVELS else NAMELESS[topic](body, origin)


def _read_body(body: bytes) -> Body:
    if body[:100].lstrip()[:1] == b"<":
        raise Malformed("The body is XML. Make this webhook again in Shopify with JSON as its format.")
    return read_object(body)


def _check_kind(body: Body, topic: str) -> None:
    """Hold the header's topic against the name that the signed body carries, or rightly carries none."""
    told = body.get("admin_graphql_api_id")
    if not told or topic == LEVELS:  # a level's name is no simple one: its reader looks
        return
    kind = (THINGS.get(topic) or DELETIONS.get(topic) or ("",))[0]
    if not kind or told != f"gid://shopify/{kind}/{body.get('id')}":
        raise Malformed(f"The topic is {topic}, but the body is of something else: {str(told)[:80]!r}.")


def _is_example(body: Body) -> bool:
    return any(str(body[field]) in known for field, known in EXAMPLES.items() if isinstance(body.get(field), int | str))


def _deletion(body: Body, topic: str) -> Parsed:
    external_id = read_as(_Gone, body).id
    if body.get("updated_at") is not None or LIVING & body.keys():
        raise Malformed(f"The topic is {topic}, but the body is the whole thing as it stands, not a deletion.")
    return Parsed(events=(DELETIONS[topic][1](external_id),))


def _why_unused(topic: str) -> str:
    return UNUSED.get(topic) or UNUSED_FAMILIES.get(topic.partition("/")[0]) or f"Regulars does not use {topic}."


def _nothing(reason: str) -> Parsed:
    return Parsed(nothing=Nothing(reason=reason))
