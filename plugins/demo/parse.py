"""The demo shop's messages as facts: `{"type": "order.changed", "data": {...}}`.

| type             | data |
|------------------|------------------------------------------------------------------------------------------------|
| order.changed    | id, changed_at, placed_at, state (pending, placed, cancelled, refunded), customer_id?, email?, |
|                  | visitor_id?, currency, total, lines: [{id, item_id, title, quantity, total}] |
| order.deleted    | id |
| refund.made      | id, order_id, amount, currency, reason?, made_at |
| item.changed     | id, changed_at, title, url, image, price, currency, categories, is_on_sale, stock |
| item.deleted     | id |
| stock.changed    | id, changed_at, stock |
| customer.changed | id, changed_at, email?, first_name?, last_name?, country? |
| customer.deleted | id |
| visitor.recognized | visitor_id, customer_id, recognized_at |

Times are ISO 8601, amounts decimal strings of major units.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from plugins.errors import Malformed
from plugins.events import (
    CustomerChanged,
    CustomerDeleted,
    Event,
    ItemChanged,
    ItemDeleted,
    ItemState,
    Line,
    OrderChanged,
    OrderDeleted,
    OrderState,
    Parsed,
    RefundMade,
    StockChanged,
    VisitorRecognized,
)
from plugins.money import to_minor
from plugins.platform import Delivery, ShopFacts
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as, read_object
from plugins.text import plain


class _Line(Loose):
    id: ExternalId
    item_id: ExternalId
    title: Text = ""
    quantity: Count
    total: Decimal


class _Order(Loose):
    id: ExternalId
    changed_at: Moment
    placed_at: Moment
    state: OrderState
    customer_id: ExternalId | None = None
    email: Text | None = None
    visitor_id: Text | None = None
    currency: Text
    total: Decimal
    lines: list[_Line]


class _Refund(Loose):
    id: ExternalId
    order_id: ExternalId
    amount: Decimal
    currency: Text
    reason: Text = ""
    made_at: Moment


class _Item(Loose):
    id: ExternalId
    changed_at: Moment
    title: Text
    url: Text = ""
    image: Text = ""
    price: Decimal
    currency: Text
    categories: list[Text] = []
    is_on_sale: bool = True
    stock: Count | None = None


class _Stock(Loose):
    id: ExternalId
    changed_at: Moment
    stock: Count


class _Customer(Loose):
    id: ExternalId
    changed_at: Moment
    email: Text | None = None
    first_name: Text = ""
    last_name: Text = ""
    country: Text | None = None


class _Recognition(Loose):
    visitor_id: Text
    customer_id: ExternalId
    recognized_at: Moment


class _Gone(Loose):
    id: ExternalId


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


def _order(data: Any) -> Event:
    order = read_as(_Order, data)
    return OrderChanged(
        external_id=order.id,
        version_at=order.changed_at,
        placed_at=order.placed_at,
        state=order.state,
        customer_external_id=order.customer_id,
        email=order.email,
        visitor_id=order.visitor_id,
        currency=order.currency,
        total_minor=to_minor(order.total, order.currency),
        lines=tuple(
            Line(
                external_id=line.id,
                item_external_id=line.item_id,
                title=plain(line.title),
                quantity=line.quantity,
                total_minor=to_minor(line.total, order.currency),
            )
            for line in order.lines
        ),
    )


def _refund(data: Any) -> Event:
    refund = read_as(_Refund, data)
    return RefundMade(
        external_id=refund.id,
        order_external_id=refund.order_id,
        amount_minor=to_minor(refund.amount, refund.currency),
        currency=refund.currency,
        reason=plain(refund.reason),
        made_at=refund.made_at,
    )


def _item(data: Any) -> Event:
    item = read_as(_Item, data)
    return ItemChanged(
        external_id=item.id,
        version_at=item.changed_at,
        title=plain(item.title),
        url=item.url,
        image_url=item.image,
        price_minor=to_minor(item.price, item.currency),
        currency=item.currency,
        categories=tuple(plain(name) for name in item.categories),
        state=ItemState.ON_SALE if item.is_on_sale else ItemState.HIDDEN,
        is_in_stock=None if item.stock is None else item.stock > 0,
        stock_quantity=item.stock,
    )


def _stock(data: Any) -> Event:
    stock = read_as(_Stock, data)
    return StockChanged(
        external_id=stock.id, version_at=stock.changed_at, is_in_stock=stock.stock > 0, stock_quantity=stock.stock
    )


def _customer(data: Any) -> Event:
    customer = read_as(_Customer, data)
    return CustomerChanged(
        external_id=customer.id,
        version_at=customer.changed_at,
        email=customer.email,
        first_name=plain(customer.first_name),
        last_name=plain(customer.last_name),
        country=customer.country,
    )


def _recognition(data: Any) -> Event:
    told = read_as(_Recognition, data)
    return VisitorRecognized(
        visitor_id=told.visitor_id, customer_external_id=told.customer_id, version_at=told.recognized_at
    )


READERS: dict[str, Callable[[Any], Event]] = {
    "order.changed": _order,
    "order.deleted": lambda data: OrderDeleted(external_id=read_as(_Gone, data).id),
    "refund.made": _refund,
    "item.changed": _item,
    "item.deleted": lambda data: ItemDeleted(external_id=read_as(_Gone, data).id),
    "stock.changed": _stock,
    "customer.changed": _customer,
    "customer.deleted": lambda data: CustomerDeleted(external_id=read_as(_Gone, data).id),
    "visitor.recognized": _recognition,
}
