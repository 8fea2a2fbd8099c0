"""Lines of orders, in files that give each line a row: what a row says, and how a whole order's rows become lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from plugins.csvfile.cells import Columns, Fault, minor
from plugins.events import Line


class Row(NamedTuple):
    """One line of an order, and the record it stood in. item: empty where nothing names one."""

    order: str
    record: list[str]
    item: str
    variant: str | None
    title: str
    pieces: int
    total: Decimal


def first_record(rows: Sequence[Row], columns: Columns, placed: str) -> list[str]:
    """Return the record that speaks for the whole order; `placed` is the column of its date. Raises Fault."""
    first = rows[0].record
    if not columns.cell(first, placed):
        raise Fault("The first row of this order could not be read, so nobody knows whose and when it was.")
    return first


def lines_of(rows: Sequence[Row], currency: str) -> tuple[Line, ...]:
    """Return the lines of an order: the rows that name an item."""
    named = [row for row in rows if row.item]
    return tuple(
        Line(
            external_id=str(number),
            item_external_id=row.item,
            variant_external_id=row.variant,
            title=row.title,
            quantity=row.pieces,
            total_minor=minor(row.total, currency),
        )
        for number, row in enumerate(named, start=1)
    )


def sum_of(rows: Sequence[Row]) -> Decimal:
    """Return what an order's lines come to, where the file does not say."""
    return sum((row.total for row in rows if row.item), Decimal())
