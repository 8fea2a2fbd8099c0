"""The demo's items and their stock as facts."""

from decimal import Decimal
from typing import Any

from plugins.events import ItemChanged, ItemState, StockChanged
from plugins.money import to_minor
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain


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


def read_item(data: Any) -> ItemChanged:
    """Read an item."""
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


def read_stock(data: Any) -> StockChanged:
    """Read how many of an item are there."""
    stock = read_as(_Stock, data)
    return StockChanged(
        external_id=stock.id, version_at=stock.changed_at, is_in_stock=stock.stock > 0, stock_quantity=stock.stock
    )
