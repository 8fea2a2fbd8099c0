"""WooCommerce's product export: one product or variation in each row, with its id.

Prices are written in the shop's own language. A product with variations has no price of its own: it is told at the end
of the file, with the lowest price of its variations. The file knows no address, so one is made that leads there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, local_amount, minor, number_as_id
from plugins.events import ItemChanged, ItemState
from plugins.names import by_sku, by_title
from plugins.text import plain

NEEDED = (("id",), ("type",), ("sku",), ("name",), ("published",), ("regular price",))
SHOWN = {"", "visible", "catalog"}


class Row(NamedTuple):
    """One product or variation. `parent` is an id or, where that is unknown, what the file says: an article number."""

    item: ItemChanged
    sku: str
    parent: str
    is_variable: bool


def woocommerce_products(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    catalogue = _Catalogue(Columns(header), at)
    return Format(read=catalogue.read, facts=catalogue.facts, see=catalogue.see, late=catalogue.late)


class _Catalogue:
    """The rows of a file, and those products that wait for the prices of their variations."""

    def __init__(self, columns: Columns, at: Circumstances) -> None:
        self._columns = columns
        self._at = at
        self._ids: dict[str, str] = {}  # by article number
        self._waiting: dict[str, ItemChanged] = {}
        self._lowest: dict[str, int] = {}

    def read(self, record: list[str]) -> Row:
        """Read one row. Raises Fault."""
        self._columns.check(record)
        cell = self._columns.cell
        types = {one.strip() for one in cell(record, "type").lower().split(",")}
        sku, told = cell(record, "sku"), cell(record, "parent")
        is_variant = "variation" in types
        parent = (told.removeprefix("id:") if told.startswith("id:") else self._ids.get(told, "")) if is_variant else ""
        if is_variant and not parent:
            raise Fault("The product this variation belongs to does not stand before it in the file.")
        return Row(self._item(record, parent), sku, parent, "variable" in types)

    def see(self, row: Row) -> None:
        """Remember what a variation says about its product, and the other way round."""
        if row.is_variable:
            self._waiting[row.item.external_id] = row.item
            if row.sku:
                self._ids[row.sku] = row.item.external_id
        elif row.parent and row.item.price_minor is not None:
            self._lowest[row.parent] = min(row.item.price_minor, self._lowest.get(row.parent, row.item.price_minor))

    def facts(self, rows: Sequence[Row], _counts: Counter[str]) -> Iterator[ItemChanged]:
        """Tell of everything that has a price of its own."""
        yield from (row.item for row in rows if not row.is_variable)

    def late(self, is_last: bool) -> list[ItemChanged]:  # noqa: FBT001 - as a Format calls it
        """Tell of what has variations, once all of them are read."""
        if not is_last:
            return []
        priced = ((item, self._lowest.get(key, item.price_minor)) for key, item in self._waiting.items())
        return [ItemChanged(**{**item.__dict__, "price_minor": price}) for item, price in priced]

    def _item(self, record: list[str], parent: str) -> ItemChanged:
        cell, currency = self._columns.cell, self._at.shop.currency
        external_id, title = number_as_id(cell(record, "id"), "ID"), plain(cell(record, "name"))
        price, sku = self._price(record), cell(record, "sku").removeprefix("'")
        is_shown = cell(record, "published") == "1" and (
            bool(parent) or cell(record, "visibility in catalog").lower() in SHOWN
        )
        return ItemChanged(
            external_id=external_id,
            version_at=self._at.version_at,
            parent_external_id=parent or None,
            title=title or external_id,
            url=f"{self._at.storefront}/?post_type=product&p={parent or external_id}" if self._at.storefront else "",
            image_url=cell(record, "images").split(",")[0].strip(),
            price_minor=None if price is None else minor(price, currency),
            currency=currency,
            categories=_categories(cell(record, "categories")),
            state=ItemState.ON_SALE if is_shown else ItemState.HIDDEN,
            is_in_stock=cell(record, "in stock?") not in {"0", "outofstock"} if cell(record, "in stock?") else None,
            stock_quantity=_pieces(cell(record, "stock")),
            names=tuple([by_sku(sku)] if sku else []) + ((by_title(title),) if title else ()),
        )

    def _price(self, record: list[str]) -> Decimal | None:
        cell = self._columns.cell
        regular, sale = cell(record, "regular price"), cell(record, "sale price")
        is_on = not self._is_before(cell(record, "date sale price ends")) and not self._is_after(
            cell(record, "date sale price starts")
        )
        if sale and is_on:
            return local_amount(sale, "Sale price")
        return local_amount(regular, "Regular price") if regular else None

    def _is_before(self, text: str) -> bool:
        moment = self._moment(text)
        return moment is not None and moment < self._at.now

    def _is_after(self, text: str) -> bool:
        moment = self._moment(text)
        return moment is not None and moment > self._at.now

    def _moment(self, text: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.replace(tzinfo=ZoneInfo(self._at.shop.time_zone)) if moment.tzinfo is None else moment


def _categories(text: str) -> tuple[str, ...]:
    """Return the shelves themselves: "Tea > Black, Gifts" is Black and Gifts."""
    told = text.replace("\\,", "\0").split(",")
    return tuple(dict.fromkeys(name for one in told if (name := plain(one.replace("\0", ",").rpartition(" > ")[2]))))


def _pieces(text: str) -> int | None:
    """Return a count; variations may say that their product's counts."""
    try:
        pieces = int(float(text))
    except (ValueError, OverflowError):
        return None
    return pieces if abs(pieces) <= 10**12 else None
