"""WooCommerce's own order export (Analytics, Orders, Download): one order in each row.

It names products by their titles only, nobody by an address, and no line's price: the order's total is shared out
evenly among the pieces. Good enough to learn what is bought together, and no more; `lines.py` reads a better file.
A row with a negative total is a refund.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, Times, local_amount, minor, number_as_id, quantity
from plugins.csvfile.woocommerce.states import order_state
from plugins.events import Event, Line, OrderChanged, RefundMade
from plugins.names import by_title
from plugins.text import plain

NET = ("net sales", "n. revenue")
NEEDED = (("date",), ("order #",), ("status",), ("product(s)",), ("items sold",), NET)
BETWEEN = re.compile(r", (?=-?\d+× )")  # a title may hold a comma
PIECE = re.compile(r"(-?\d{1,9})×\s+(.+)", re.DOTALL)


class Row(NamedTuple):
    """One order, or one refund."""

    fact: OrderChanged | RefundMade


def woocommerce_orders(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    columns, times = Columns(header), Times(at.shop.time_zone, at.now)

    def read(record: list[str]) -> Row:
        columns.check(record)
        return Row(_read(columns, times, at, record))

    return Format(read=read, facts=_facts)


def _facts(rows: Sequence[Row], _counts: Counter[str]) -> Iterator[Event]:
    yield from (row.fact for row in rows)


def _read(columns: Columns, times: Times, at: Circumstances, record: list[str]) -> OrderChanged | RefundMade:
    order_id = number_as_id(columns.cell(record, "order #"), "Order #")
    placed_at = times.read(columns.cell(record, "date"), "Date")
    currency = at.shop.currency
    total = minor(local_amount(columns.cell(record, *NET), "Net Sales"), currency)
    if total < 0:
        name = f"file {placed_at.isoformat()}"
        return RefundMade(
            external_id=name, order_external_id=order_id, amount_minor=-total, currency=currency, made_at=placed_at
        )
    return OrderChanged(
        external_id=order_id,
        version_at=at.version_at,
        placed_at=placed_at,
        state=order_state(columns.cell(record, "status")),
        customer_external_id=None,
        currency=currency,
        total_minor=total,
        lines=tuple(_lines(columns.cell(record, "product(s)"), total)),
    )


def _lines(text: str, total: int) -> Iterator[Line]:
    told = [PIECE.fullmatch(one.strip()) for one in BETWEEN.split(text)] if text else []
    if None in told:
        raise Fault("Product(s) does not read like “2× Small teapot, 1× Assam”.")
    pieces = [(quantity(one[1], "Product(s)"), plain(one[2])) for one in told if one]
    left, of = total, sum(max(count, 0) for count, _ in pieces)
    for number, (count, title) in enumerate(pieces, start=1):
        share = round(left * max(count, 0) / of) if of else 0
        left, of = left - share, of - max(count, 0)
        yield Line(
            external_id=str(number), item_external_id=by_title(title), title=title, quantity=count, total_minor=share
        )
