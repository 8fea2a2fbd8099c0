"""Shopify's products_export.csv, with the column names of today and of before 2025: rows of one handle are a product.

The first row tells of the product, further ones of its variants and images. There is no id in it, so the product goes
by its handle until the shop itself tells of it. The file is in the shop's own currency.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, amount, identifier, is_yes, minor, quantity
from plugins.events import ItemChanged, ItemState
from plugins.names import by_handle, by_sku, by_title
from plugins.text import plain

HANDLE = ("handle", "url handle")
PRICE = ("variant price", "price")
SKU = ("variant sku", "sku")
TRACKER = ("variant inventory tracker", "inventory tracker")
PIECES = ("variant inventory qty", "inventory quantity")
POLICY = ("variant inventory policy", "continue selling when out of stock")
PUBLISHED = ("published", "published on online store")
IMAGE = ("image src", "product image url")
NEEDED = (HANDLE, ("title",), PRICE, SKU, POLICY)
MOST_CATEGORIES = 250
MOST_NAMES = 2000


class Row(NamedTuple):
    """One row: of a variant where it has a price, else of a further image."""

    handle: str
    record: list[str]
    title: str
    price: Decimal | None
    is_counted: bool
    can_run_out: bool
    pieces: int | None


def shopify_products(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    reader = _Reader(Columns(header), at)
    return Format(read=reader.read, facts=reader.facts, group=lambda row: str(row.handle), group_name="Handle")


class _Reader:
    def __init__(self, columns: Columns, at: Circumstances) -> None:
        self._columns = columns
        self._at = at

    def read(self, record: list[str]) -> Row:
        """Read one row. Raises Fault."""
        self._columns.check(record)
        cell = self._columns.cell
        price, pieces = cell(record, *PRICE), cell(record, *PIECES)
        return Row(
            handle=identifier(cell(record, *HANDLE), "Handle"),
            record=record,
            title=plain(cell(record, "title")),
            price=amount(price, "Variant Price") if price else None,
            is_counted=bool(cell(record, *TRACKER)),
            can_run_out=cell(record, *POLICY).lower() not in {"continue", "true"},
            pieces=quantity(pieces, "Variant Inventory Qty") if pieces else None,
        )

    def facts(self, rows: Sequence[Row], _counts: Counter[str]) -> Iterator[ItemChanged]:
        """Tell of a product. Raises Fault."""
        first = next((row for row in rows if row.title), None)
        if first is None:
            raise Fault("No row of this handle has a title.")
        cell, currency = self._columns.cell, self._at.shop.currency
        variants = [row for row in rows if row.price is not None]
        is_in_stock, pieces = _stock(variants)
        yield ItemChanged(
            external_id=by_handle(first.handle),
            version_at=self._at.version_at,
            title=first.title,
            url=self._url(first.handle),
            image_url=next((image for row in rows if (image := cell(row.record, *IMAGE))), ""),
            price_minor=min((minor(row.price, currency) for row in variants if row.price is not None), default=None),
            currency=currency,
            categories=self._categories(first.record),
            state=ItemState.ON_SALE if self._is_shown(first.record) else ItemState.HIDDEN,
            is_in_stock=is_in_stock,
            stock_quantity=pieces,
            names=self._names(first, variants),
        )

    def _url(self, handle: str) -> str:
        return f"{self._at.storefront}/products/{quote(handle, safe='')}" if self._at.storefront else ""

    def _is_shown(self, record: list[str]) -> bool:
        status = self._columns.cell(record, "status").lower() or "active"
        published = self._columns.cell(record, *PUBLISHED)
        return status == "active" and (not published or is_yes(published))

    def _categories(self, record: list[str]) -> tuple[str, ...]:
        """Return what the shop's webhooks give too: type and tags."""
        told = [self._columns.cell(record, "type"), *self._columns.cell(record, "tags").split(",")]
        return tuple(dict.fromkeys(name for one in told if (name := plain(one))))[:MOST_CATEGORIES]

    def _names(self, first: Row, variants: Sequence[Row]) -> tuple[str, ...]:
        cell = self._columns.cell
        skus = [by_sku(sku) for row in variants if (sku := cell(row.record, *SKU).removeprefix("'"))]
        options = ([cell(row.record, f"option{n} value") for n in (1, 2, 3)] for row in variants)
        titles = [by_title(f"{first.title} - {plain(' / '.join(filter(None, told)))}") for told in options if any(told)]
        return tuple(dict.fromkeys([by_handle(first.handle), *skus, by_title(first.title), *titles]))[:MOST_NAMES]


def _stock(variants: Sequence[Row]) -> tuple[bool | None, int | None]:
    """Tell whether any variant can be bought, and how many of all there are where each is counted."""
    if not variants:
        return None, None
    can_buy = [_is_available(row) for row in variants]
    if True not in can_buy:
        return (None, None) if None in can_buy else (False, 0)
    counted = [row.pieces for row in variants if row.is_counted and row.can_run_out and row.pieces is not None]
    return True, sum(max(one, 0) for one in counted) if len(counted) == len(variants) else None


def _is_available(row: Row) -> bool | None:
    if not row.is_counted or not row.can_run_out:
        return True
    return None if row.pieces is None else row.pieces > 0
