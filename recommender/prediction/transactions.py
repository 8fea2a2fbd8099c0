"""A file of transactions, CSV or Parquet, to arrays; with sentences that say what to do where it cannot be read.

Rows of the same order are one order. Where there is no column `order`, rows of one customer at the same moment are. An
order whose rows sum to less than nothing is a return: it is taken off the customer's order before it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from recommender.errors import Unreadable
from recommender.interactions import Float64s, Int32s
from recommender.prediction.histories import Bools, Purchases

Texts = npt.NDArray[np.str_]
REQUIRED = ("customer", "occurred_at", "amount")
OPTIONAL = ("item", "order")
SECONDS_A_DAY = 86_400
MILLISECONDS = 1e11  # read as seconds, this is the year 5138
COMPACT_DATES = (19_000_101, 21_001_231)  # 19970131, which as seconds would be a day of 1970


@dataclass(frozen=True)
class Transactions:
    """What was read. names: str [customers], the file's own words for each customer, in the order of `purchases`.

    Lines are rows that name an item: line_customer, line_item int32 [lines], line_day float64 [lines]; items: str
    [items]. without_customer: rows set aside because they name nobody. returns: orders that were only given back.
    """

    names: Texts
    purchases: Purchases
    items: Texts
    line_customer: Int32s
    line_item: Int32s
    line_day: Float64s
    without_customer: int
    returns: int


def read_transactions(path: Path, cutoff: float) -> Transactions:
    """Read a file of transactions. Returns made at or after `cutoff` (days since 1970) never change what is before it.

    Columns: customer (text or number), occurred_at (ISO 8601, without a zone UTC; or Unix seconds), amount (a number),
    and perhaps item and order. Raises Unreadable, with a sentence saying what to change.
    """
    table = _read(path)
    named = pc.and_(pc.is_valid(table["customer"]), pc.not_equal(pc.utf8_trim_whitespace(table["customer"]), ""))
    without = table.num_rows - int(pc.sum(named).as_py() or 0)
    table = table.filter(pc.fill_null(named, fill_value=False))
    if not table.num_rows:
        raise Unreadable("The file holds no row that names a customer. Each needs a customer, occurred_at and amount.")
    day, amount = _days(table["occurred_at"]), _amounts(table["amount"])
    customer, names = _codes(table["customer"])
    order = _codes(table["order"])[0] if "order" in table.column_names else np.full(len(day), -1, np.int32)
    orders = _orders(customer, order, day, amount, len(names))
    purchases = net_of_returns(orders, cutoff)
    lines, items = _lines(table)
    return Transactions(
        names,
        purchases,
        items,
        customer[lines >= 0],
        lines[lines >= 0],
        day[lines >= 0],
        without,
        len(orders) - len(purchases),
    )


def net_of_returns(orders: Purchases, cutoff: float) -> Purchases:
    """Take orders below 0 off the same customer's order before them, on their own side of `cutoff`; drop them."""
    is_return = orders.amount < 0
    last = np.maximum.accumulate(np.where(is_return, -1, np.arange(len(orders))))
    hit = np.flatnonzero(is_return & (last >= 0))
    to = last[hit]
    fits = (orders.customer[to] == orders.customer[hit]) & ((orders.day[to] < cutoff) == (orders.day[hit] < cutoff))
    amount = orders.amount.copy()
    np.add.at(amount, to[fits], orders.amount[hit[fits]])
    keep = ~is_return
    return Purchases(orders.customer[keep], orders.day[keep], amount[keep], orders.customer_count)


def _read(path: Path) -> Any:
    if not path.is_file():
        raise Unreadable(f"There is no file {path}. Name a CSV or Parquet file of transactions.")
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            table = parquet.read_table(path)
        else:
            texts = dict.fromkeys((*REQUIRED, *OPTIONAL), pa.string())
            table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=texts))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = str(error).split("\n", maxsplit=1)[0]
        raise Unreadable(
            f"{path.name} is neither a CSV file in UTF-8 with one line of names on top nor Parquet: {told}"
        ) from error
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        found = ", ".join(table.column_names)
        raise Unreadable(f"There is no column {missing[0]}. The columns are {found}: rename the one that is meant.")
    kept = [name for name in (*REQUIRED, *OPTIONAL) if name in table.column_names]
    table = table.select(kept)
    return table.set_column(0, "customer", _texts(table["customer"]))


def _texts(column: Any) -> Any:
    """Return a column as text; whole numbers kept as floats lose their `.0`."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.equal(pc.floor(column), column)).as_py()
        column = column.cast(pa.int64()) if whole else column
    return column.cast(pa.string())


def _codes(column: Any) -> tuple[Int32s, Texts]:
    """Number the distinct texts of a column from 0; missing ones are -1."""
    coded = _texts(column).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, np.array(coded.dictionary.to_pylist(), np.str_)


def _lines(table: Any) -> tuple[Int32s, Texts]:
    if "item" not in table.column_names:
        return np.full(table.num_rows, -1, np.int32), np.array([], np.str_)
    return _codes(table["item"])


def _orders(customer: Int32s, order: Int32s, day: Float64s, amount: Float64s, count: int) -> Purchases:
    """Sum rows to orders: of one customer and one order number, or where there is none, of one moment."""
    moment = np.where(order >= 0, 0.0, day)
    by = np.lexsort((day, moment, order, customer))
    keys = (customer[by], order[by], moment[by])
    fresh = np.ones(len(by), np.bool_)
    fresh[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    start = np.flatnonzero(fresh)
    return Purchases(customer[by][start], day[by][start], np.add.reduceat(amount[by], start), count)


def _amounts(column: Any) -> Float64s:
    try:
        numbers: Float64s = column.cast(pa.float64()).to_numpy().astype(np.float64)
    except pa.ArrowInvalid as error:
        raise Unreadable(f"An amount is not a number: {error}. Write 1234.50, without signs or currencies.") from error
    _all_finite(np.isfinite(numbers), "amount is missing or not finite", "Write a number, such as 12.50 or 0.")
    return numbers


def _days(column: Any) -> Float64s:
    """Return days since 1970-01-01 UTC of ISO texts, dates, timestamps or Unix seconds."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _numbers_if_all(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _days_of_texts(column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return _days_of_numbers(column.cast(pa.float64()).to_numpy())
    try:
        stamps = column.cast(pa.timestamp("us")).to_numpy()
    except pa.ArrowException as error:
        raise Unreadable(f"occurred_at holds {column.type}. Write ISO dates, or Unix seconds.") from error
    _all_finite(~np.isnat(stamps), "date is missing", "Write 2024-05-31 or 2024-05-31T09:30:00.")
    days: Float64s = stamps.astype("datetime64[us]").astype(np.int64) / (1e6 * SECONDS_A_DAY)
    return days


def _numbers_if_all(column: Any) -> Any:
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        return column


def _days_of_numbers(numbers: Float64s) -> Float64s:
    _all_finite(np.isfinite(numbers), "date is missing", "Write 2024-05-31 or 2024-05-31T09:30:00.")
    if numbers.min() >= COMPACT_DATES[0] and numbers.max() <= COMPACT_DATES[1]:
        return _days_of_texts(pa.chunked_array([pa.array(numbers.astype(np.int64).astype(str))]))
    if np.abs(numbers).max() > MILLISECONDS:
        raise Unreadable("occurred_at seems to hold milliseconds. Divide by 1000: whole numbers are read as seconds.")
    return numbers / SECONDS_A_DAY


def _days_of_texts(column: Any) -> Float64s:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return _days(column.cast(kind).cast(pa.timestamp("us")))
        except pa.ArrowInvalid:
            continue
    return np.array([_day_of(text, row) for row, text in enumerate(column.to_pylist())])


def _day_of(text: str | None, row: int) -> float:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError as error:
        told = f"Row {row + 1} has the date {text!r}, which cannot be read."
        raise Unreadable(f"{told} Write 2024-05-31, 2024-05-31T09:30:00 or Unix seconds.") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.timestamp() / SECONDS_A_DAY


def _all_finite(fine: Bools, fault: str, remedy: str) -> None:
    if not fine.all():
        raise Unreadable(f"In row {int(np.flatnonzero(~fine)[0]) + 1} the {fault}. {remedy}")
