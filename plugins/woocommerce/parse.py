"""WooCommerce's words as facts.

Topics: {order,product,customer,coupon}.{created,updated,deleted,restored} and product.published. Whatever the topic
says happened, the body is the thing as it stands when the delivery leaves, so all but the deletions read alike.
Refunds and unfinished checkouts come inside the order. Fields nobody here uses (`related_ids` and other volatile ones)
never leave this file.
"""

from collections.abc import Callable
from typing import Any

from plugins.errors import Malformed
from plugins.events import CustomerDeleted, Event, ItemDeleted, Nothing, OrderDeleted, Parsed
from plugins.platform import Delivery, ShopFacts
from plugins.reading import ExternalId, Loose, read_as, read_object
from plugins.woocommerce.carts import cart_gone
from plugins.woocommerce.customers import read_customer
from plugins.woocommerce.items import read_item
from plugins.woocommerce.orders import read_order
from plugins.woocommerce.signature import is_site_event
from plugins.woocommerce.site_events import parse_site_event

READERS: dict[str, Callable[[dict[str, Any], ShopFacts], Parsed]] = {
    "order": read_order,
    "product": read_item,
    "customer": read_customer,
}
DELETIONS: dict[str, Callable[[str], tuple[Event, ...]]] = {
    "order": lambda external_id: (OrderDeleted(external_id=external_id), cart_gone(external_id)),
    "product": lambda external_id: (ItemDeleted(external_id=external_id),),
    "customer": lambda external_id: (CustomerDeleted(external_id=external_id),),
}


class _Gone(Loose):
    id: ExternalId


def parse(delivery: Delivery, shop: ShopFacts) -> Parsed:
    """Read one delivery, of WooCommerce or of our plugin in it. Raises Malformed."""
    if is_site_event(delivery):
        return parse_site_event(delivery)
    thing, _, verb = delivery.headers.get("x-wc-webhook-topic", "").partition(".")
    if thing == "coupon":
        return _nothing("Coupons are not used yet.")
    if thing == "action":
        return _nothing("Custom actions say neither who nor what.")
    if thing not in READERS:
        raise Malformed(f"The topic {thing[:40]!r} is unknown.")
    body = read_object(delivery.body)
    if "id" not in body and "code" in body:
        return _error(body)
    if verb == "deleted":
        return Parsed(events=DELETIONS[thing](_gone(body)))
    return READERS[thing](body, shop)


def _gone(body: dict[str, Any]) -> str:
    """Return the id of what is gone. The topic is a header and not signed: a whole thing is not deleted by its word."""
    if body.keys() != {"id"}:
        raise Malformed("The topic says that a thing is gone, but the body is the thing as it stands, not a deletion.")
    return read_as(_Gone, body).id


def _error(body: dict[str, Any]) -> Parsed:
    """Say what a signed REST error means: the thing was gone at delivery, or the webhook's owner lost their rights."""
    code = str(body["code"])[:80]
    if code.endswith("_invalid_id"):
        return _nothing("The thing was gone when the delivery left.")
    raise Malformed(
        f"WooCommerce sent an error instead of the thing ({code}). The WordPress user who made this webhook may no "
        "longer read it: make the webhook again as an administrator."
    )


def _nothing(reason: str) -> Parsed:
    return Parsed(nothing=Nothing(reason=reason))
