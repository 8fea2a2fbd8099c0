"""The plain orders file: one row for each line of an order, in UTF-8, commas between the columns.

| column        | needed | meaning                                                                          |
|---------------|--------|----------------------------------------------------------------------------------|
| order_id      | yes    | rows of one order stand together                                                 |
| ordered_at    | yes    | 2026-11-24 18:30, in the shop's time zone, or with its own: 2026-11-24T18:30+01:00 |
| item_id       | yes    | the shop's own id or article number                                              |
| quantity      | yes    | a whole number; negative is a return                                             |
| unit_price    | yes    | 12.95                                                                            |
| item_title    |        | as shown in the shop                                                             |
| item_state    |        | hidden for what is never recommended, such as postage; else empty or on_sale     |
| item_category |        | one shelf                                                                        |
| customer_id   |        | empty is a guest                                                                 |
| email         |        |                                                                                  |
| country       |        |                                                                                  |
| currency      |        | ISO 4217; the shop's own where empty                                             |
| order_state   |        | placed (or empty), cancelled, refunded                                           |

Columns by other names are let by. An item is known by its newest row with a positive price and quantity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from plugins.csvfile.rows import Fault, Row, RowReader
from plugins.csvfile.stream import as_text, read_header
from plugins.csvfile.tracking import Tracking
from plugins.errors import Malformed
from plugins.events import CustomerChanged, Event, ItemChanged, Line, OrderChanged, Unreadable
from plugins.platform import ShopFacts

REQUIRED = ("order_id", "ordered_at", "item_id", "quantity", "unit_price")
OPTIONAL = ("item_title", "item_state", "item_category", "customer_id", "email", "country", "currency", "order_state")
COLUMNS = REQUIRED + OPTIONAL
BATCH_ROWS = 2000
LONGEST_RAW = 500  # characters kept of a row that is set aside
MOST_SET_ASIDE = 1_000_000  # rows; a file of a few packed kilobytes can hold billions that mean nothing


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some rows of the file as facts; `rows_read` is where to go on from after this batch."""

    items: tuple[ItemChanged, ...]
    customers: tuple[CustomerChanged, ...]
    orders: tuple[OrderChanged, ...]
    set_aside: tuple[Unreadable, ...]
    rows_read: int

    @property
    def events(self) -> tuple[Event, ...]:
        """All facts of the batch, what is referred to first."""
        return (*self.items, *self.customers, *self.orders)


def read_orders(stream: BinaryIO, shop: ShopFacts, *, now: datetime, skip_rows: int = 0) -> Iterator[Batch]:
    """Read the file in batches that never split an order.

    After an interruption, `skip_rows` goes on after a batch's `rows_read`; the rows before it are read once more for
    what they say about items, so that the outcome is the same. Raises Malformed when the whole file cannot be read.
    """
    text = as_text(stream)
    try:
        header, records = read_header(text, set(REQUIRED), set(COLUMNS))
        yield from _Reading(RowReader(header, shop, now), shop, skip_rows).batches(records)
    finally:
        text.detach()  # the stream is the caller's to close


def last_ordered_at(stream: BinaryIO, shop: ShopFacts, *, now: datetime) -> datetime | None:
    """Return the latest readable time in the file, None where there is none. Raises Malformed like `read_orders`."""
    text = as_text(stream)
    try:
        header, records = read_header(text, set(REQUIRED), set(COLUMNS))
        reader = RowReader(header, shop, now)
        place = header.index("ordered_at")
        told = {one[place] for one in records if not isinstance(one, str) and len(one) > place}
        return max((moment for one in told if (moment := reader.time(one)) is not None), default=None)
    finally:
        text.detach()


class _Reading:
    """One pass over a file: the order being gathered, and what waits for the next batch."""

    def __init__(self, reader: RowReader, shop: ShopFacts, skip_rows: int) -> None:
        self._reader = reader
        self._skip_rows = skip_rows
        self._tracking = Tracking(shop)
        self._finished_orders: set[str] = set()
        self._gathered: list[Row] = []
        self._orders: list[OrderChanged] = []
        self._set_aside: list[Unreadable] = []
        self._unreadable = 0
        self._batch_start = skip_rows
        self._is_new = self._order_is_new = False  # rows before skip_rows are read again, but only for the items

    def batches(self, records: Iterator[list[str] | str]) -> Iterator[Batch]:
        row_number = 0
        for row_number, record in enumerate(records, start=1):
            self._is_new = row_number > self._skip_rows
            row = self._row(row_number, record)
            starts_order = row is not None and not (self._gathered and self._gathered[0].order_id == row.order_id)
            if starts_order:
                self._finish_order()
                self._order_is_new = self._is_new
                if row_number - 1 - self._batch_start >= BATCH_ROWS:
                    yield self._batch(row_number - 1)
            if row is not None:
                self._take(row_number, row, record)
        self._finish_order()
        yield self._batch(row_number, is_last=True)

    def _row(self, row_number: int, record: list[str] | str) -> Row | None:
        if isinstance(record, str):
            self._put_aside(row_number, record, record)
            return None
        try:
            return self._reader.read(record)
        except Fault as fault:
            self._put_aside(row_number, str(fault), record)
            return None

    def _take(self, row_number: int, row: Row, record: list[str] | str) -> None:
        if row.order_id in self._finished_orders:
            reason = f"Order {row.order_id} ended earlier in the file. Sort the file by order_id."
            self._put_aside(row_number, reason, record)
            return
        self._gathered.append(row)
        self._tracking.see(row)

    def _put_aside(self, row_number: int, reason: str, record: list[str] | str) -> None:
        self._unreadable += 1
        if self._unreadable > MOST_SET_ASIDE:
            raise Malformed(f"More than {MOST_SET_ASIDE:,} rows cannot be read. Is this the file that was meant?")
        if not self._is_new:
            return
        raw = record if isinstance(record, str) else ",".join(record)
        clean = raw[:LONGEST_RAW].encode("utf-8", "replace").decode().replace("\x00", "")
        self._set_aside.append(Unreadable(row_number=row_number, reason=reason, raw=clean))

    def _finish_order(self) -> None:
        rows, self._gathered = self._gathered, []
        if rows:
            self._finished_orders.add(rows[0].order_id)
            if self._order_is_new:
                self._orders.append(_order(rows))

    def _batch(self, rows_read: int, *, is_last: bool = False) -> Batch:
        items, customers = self._tracking.changes(is_last=is_last)
        batch = Batch(
            items=items,
            customers=customers,
            orders=tuple(self._orders),
            set_aside=tuple(self._set_aside),
            rows_read=max(rows_read, self._skip_rows),
        )
        self._orders.clear()
        self._set_aside.clear()
        self._batch_start = rows_read
        return batch


def _order(rows: list[Row]) -> OrderChanged:
    first = rows[0]
    return OrderChanged(
        external_id=first.order_id,
        version_at=first.ordered_at,
        placed_at=first.ordered_at,
        state=first.order_state,
        customer_external_id=first.customer_id or None,
        email=first.email or None,
        country=first.country or None,
        currency=first.currency,
        total_minor=sum(row.total_minor for row in rows),
        lines=tuple(
            Line(
                external_id=str(number),
                item_external_id=row.item_id,
                title=row.item_title,
                quantity=row.quantity,
                total_minor=row.total_minor,
            )
            for number, row in enumerate(rows, start=1)
        ),
    )
