"""The file of "Advanced Order Export For WooCommerce": a row for each line of an order, orders together.

Whether the order's own columns stand in each of its rows or in the first only is a setting there; the first counts. A
line names its item by "Product Id" where that column was chosen, else by article number, else by name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import (
    Columns,
    Times,
    country_code,
    currency_code,
    email_address,
    local_amount,
    minor,
    number_as_id,
    quantity,
)
from plugins.csvfile.order_lines import Row, first_record, lines_of, sum_of
from plugins.csvfile.woocommerce.states import order_state
from plugins.events import Event, OrderChanged, RefundMade
from plugins.names import FILE_REFUND, by_sku, by_title
from plugins.text import address_line, plain

ITEM_NAME = ("item name", "product name", "name")
PIECES = ("quantity", "quantity (- refund)")
ORDER = ("order number", "order id")
CURRENCY = ("currency", "order currency")
NEEDED = (ORDER, ("order status",), ("order date",), ITEM_NAME, PIECES)
ADDRESS = ("address 1&2", "postcode", "city", "country code")


def woocommerce_lines(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    reader = _Reader(Columns(header), Times(at.shop.time_zone, at.now), at)
    return Format(read=reader.read, facts=reader.facts, group=lambda row: str(row.order), group_name="Order Number")


class _Reader:
    def __init__(self, columns: Columns, times: Times, at: Circumstances) -> None:
        self._columns = columns
        self._times = times
        self._at = at

    def read(self, record: list[str]) -> Row:
        """Read what a row says of its line. Raises Fault."""
        self._columns.check(record)
        cell = self._columns.cell
        order = number_as_id(cell(record, "order id", "order number"), "Order Number")
        title, sku = plain(cell(record, *ITEM_NAME)), cell(record, "sku").removeprefix("'")
        pieces = quantity(cell(record, *PIECES) or "0", "Quantity")
        told = cell(record, "product id")
        item = told or (by_sku(sku) if sku else by_title(title) if title else "")
        variation = cell(record, "variation id")
        variant = variation if told and variation not in {"", "0"} else None
        return Row(order, record, item, variant, title, pieces, self._total(record, pieces))

    def facts(self, rows: Sequence[Row], _counts: Counter[str]) -> Iterator[Event]:
        """Tell of an order, and of what was given back. Raises Fault."""
        cell, first = self._columns.cell, first_record(rows, self._columns, "order date")
        order = self._order(rows, first)
        refund = local_amount(cell(first, "order refund amount") or "0", "Order Refund Amount")
        yield order
        if refund:
            yield RefundMade(
                external_id=FILE_REFUND,
                order_external_id=order.external_id,
                amount_minor=abs(minor(refund, order.currency)),
                currency=order.currency,
                made_at=order.placed_at,  # as with WooCommerce's webhooks: the one date that never moves
            )

    def _total(self, record: list[str], pieces: int) -> Decimal:
        line_total = self._columns.cell(record, "order line total", "order line (w/o tax)")
        if line_total:
            return local_amount(line_total, "Order Line Total")
        return local_amount(self._columns.cell(record, "item cost") or "0", "Item Cost") * pieces

    def _order(self, rows: Sequence[Row], first: list[str]) -> OrderChanged:
        cell = self._columns.cell
        currency = currency_code(cell(first, *CURRENCY).upper() or self._at.shop.currency, "Currency")
        total = cell(first, "order total amount")
        customer = cell(first, "customer user id", "customer id", "user id")
        country = cell(first, "country code (billing)") or cell(first, "country code (shipping)")
        return OrderChanged(
            external_id=rows[0].order,
            version_at=self._at.version_at,
            placed_at=self._times.read(cell(first, "order date"), "Order Date"),
            state=order_state(cell(first, "order status")),
            customer_external_id=customer if customer not in {"", "0"} else None,
            email=email_address(cell(first, "email (billing)"), "Email (Billing)") or None,
            phone=cell(first, "phone (billing)").removeprefix("'") or None,
            address=self._address(first, "shipping") or self._address(first, "billing"),
            country=country_code(country),
            currency=currency,
            total_minor=minor(local_amount(total, "Order Total Amount") if total else sum_of(rows), currency),
            lines=lines_of(rows, currency),
        )

    def _address(self, first: list[str], side: str) -> str | None:
        return address_line(*(self._columns.cell(first, f"{part} ({side})").removeprefix("'") for part in ADDRESS))
