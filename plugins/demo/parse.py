"""The demo shop's messages as facts: `{"type": "order.changed", "data": {...}}`.

| type               | data |
|--------------------|----------------------------------------------------------------------------------------------|
| order.changed      | id, changed_at, placed_at, state (unpaid, pending, placed, cancelled, refunded), cart_id?,   |
|                    | customer_id?, email?, phone?, address?, country?, visitor_id?, currency, total,              |
|                    | lines: [{id, item_id, title, quantity, total}] |
| order.deleted      | id |
| refund.made        | id, order_id, amount, currency, reason?, made_at |
| cart.changed       | id, changed_at, stage (cart, checkout, ordered, emptied), locale?, and as in an order:       |
|                    | customer_id?, email?, phone?, address?, country?, visitor_id?, currency, total, lines        |
| cart.deleted       | id |
| item.changed       | id, changed_at, title, url, image, price, currency, categories, is_on_sale, stock |
| item.deleted       | id |
| stock.changed      | id, changed_at, stock |
| customer.changed   | id, changed_at, email?, phone?, first_name?, last_name?, country? |
| customer.deleted   | id |
| customer.merged    | from_id, into_id, merged_at |
| customer.redacted  | customer_id?, email?, phone?, order_ids? |
| data.requested     | request_id, customer_id?, email?, phone?, order_ids? |
| visitor.recognized | visitor_id, customer_id, recognized_at |
| consent.changed    | purpose (email_marketing, sms_marketing, personalization), is_given, occurred_at, source,    |
|                    | email?, phone?, customer_id?, visitor_id?, wording?, wording_version?, locale?               |
| address.suppressed | email, reason (unsubscribed, bounced, complained, blocked), occurred_at, source |
| shop.uninstalled   | nothing |
| shop.redacted      | nothing |

Times are ISO 8601, amounts decimal strings of major units, `address` is where it goes in one line.
"""

from collections.abc import Callable
from typing import Any

from plugins.demo.catalogue import read_item, read_stock
from plugins.demo.people import (
    read_consent,
    read_customer,
    read_merge,
    read_recognition,
    read_redaction,
    read_request,
    read_suppression,
)
from plugins.demo.purchases import read_cart, read_order, read_refund
from plugins.errors import Malformed
from plugins.events import (
    CartDeleted,
    CustomerDeleted,
    Event,
    ItemDeleted,
    OrderDeleted,
    Parsed,
    ShopRedacted,
    ShopUninstalled,
)
from plugins.platform import Delivery, ShopFacts
from plugins.reading import ExternalId, Loose, read_as, read_object


class _Gone(Loose):
    id: ExternalId


class _Nothing(Loose):
    pass


def topic_of(delivery: Delivery) -> str:
    """Return the type without parsing the body: it stands first, and only files the delivery."""
    start = delivery.body[:80].partition(b'"type":')[2].strip()
    word = start[1:].partition(b'"')[0]
    return word.decode("ascii", "replace") if 0 < len(word) <= 40 else "unknown"


def parse(delivery: Delivery, _shop: ShopFacts) -> Parsed:
    """Read one message. Raises Malformed."""
    message = read_object(delivery.body)
    kind, data = message.get("type"), message.get("data")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Malformed(f"The type {str(kind)[:40]!r} is unknown.")
    return Parsed(events=(reader(data),))


def _leave(data: Any) -> Event:
    read_as(_Nothing, data)
    return ShopUninstalled()


def _forget_shop(data: Any) -> Event:
    read_as(_Nothing, data)
    return ShopRedacted()


READERS: dict[str, Callable[[Any], Event]] = {
    "order.changed": read_order,
    "order.deleted": lambda data: OrderDeleted(external_id=read_as(_Gone, data).id),
    "refund.made": read_refund,
    "cart.changed": read_cart,
    "cart.deleted": lambda data: CartDeleted(external_id=read_as(_Gone, data).id),
    "item.changed": read_item,
    "item.deleted": lambda data: ItemDeleted(external_id=read_as(_Gone, data).id),
    "stock.changed": read_stock,
    "customer.changed": read_customer,
    "customer.deleted": lambda data: CustomerDeleted(external_id=read_as(_Gone, data).id),
    "customer.merged": read_merge,
    "customer.redacted": read_redaction,
    "data.requested": read_request,
    "visitor.recognized": read_recognition,
    "consent.changed": read_consent,
    "address.suppressed": read_suppression,
    "shop.uninstalled": _leave,
    "shop.redacted": _forget_shop,
}
