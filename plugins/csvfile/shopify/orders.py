"""Shopify's orders_export.csv: a row for each line; what is said of the whole order stands in its first row only.

A line names its item by article number or, without one, by title. A refund comes as a sum without a date: it is dated
with the last thing that is known to have happened to the order, and gives way to refunds the shop itself tells of.
"Accepts Marketing" does not say when and to what, so it is no consent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import (
    Columns,
    Times,
    amount,
    country_code,
    currency_code,
    email_address,
    identifier,
    minor,
    number_as_id,
    quantity,
)
from plugins.csvfile.order_lines import Row, first_record, lines_of, sum_of
from plugins.events import Event, OrderChanged, OrderState, RefundMade
from plugins.names import FILE_REFUND, by_email, by_sku, by_title
from plugins.platform import ShopFacts
from plugins.text import address_line, plain

NEEDED = (
    ("name",),
    ("created at",),
    ("financial status",),
    ("lineitem quantity",),
    ("lineitem name",),
    ("lineitem price",),
)
STATES = {
    "pending": OrderState.PENDING,
    "expired": OrderState.PENDING,
    "voided": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
SENT = {"fulfilled", "partial"}
HAPPENED = (("created at",), ("paid at",), ("fulfilled at",), ("cancelled at", "canceled at"))
ADDRESS = ("address1", "address2", "zip", "city", "country")


def shopify_orders(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    reader = _Reader(Columns(header), Times(at.shop.time_zone, at.now), at)
    return Format(read=reader.read, facts=reader.facts, group=lambda row: str(row.order), group_name="Name")


class _Reader:
    def __init__(self, columns: Columns, times: Times, at: Circumstances) -> None:
        self._columns = columns
        self._times = times
        self._shop: ShopFacts = at.shop
        self._version_at = at.version_at

    def read(self, record: list[str]) -> Row:
        """Read what a row says of its line. Raises Fault."""
        self._columns.check(record)
        cell = self._columns.cell
        name = identifier(cell(record, "name"), "Name")
        title, sku = plain(cell(record, "lineitem name")), cell(record, "lineitem sku").removeprefix("'")
        pieces = quantity(cell(record, "lineitem quantity") or "0", "Lineitem quantity")
        price = amount(cell(record, "lineitem price") or "0", "Lineitem price")
        discount = amount(cell(record, "lineitem discount") or "0", "Lineitem discount")
        item = by_sku(sku) if sku else by_title(title) if title else ""
        return Row(name, record, item, None, title, pieces, price * pieces - discount)

    def facts(self, rows: Sequence[Row], _counts: Counter[str]) -> Iterator[Event]:
        """Tell of an order, and of what was given back. Raises Fault."""
        first = first_record(rows, self._columns, "created at")
        order = self._order(rows, first)
        refund = self._refund(order, first)
        yield order
        if refund is not None:
            yield refund

    def _order(self, rows: Sequence[Row], first: list[str]) -> OrderChanged:
        cell = self._columns.cell
        currency = currency_code(cell(first, "currency").upper() or self._shop.currency, "Currency")
        total = cell(first, "total")
        email = email_address(cell(first, "email"), "Email")
        return OrderChanged(
            external_id=number_as_id(cell(first, "id") or rows[0].order, "Id"),
            version_at=self._version_at,
            placed_at=self._times.read(cell(first, "created at"), "Created at"),
            state=self._state(first),
            customer_external_id=by_email(email) if email else None,
            email=email or None,
            phone=next((told for told in self._phones(first) if told), None),
            address=self._address(first, "shipping") or self._address(first, "billing"),
            country=country_code(cell(first, "billing country")) or country_code(cell(first, "shipping country")),
            currency=currency,
            total_minor=minor(amount(total, "Total") if total else sum_of(rows), currency),
            lines=lines_of(rows, currency),
        )

    def _phones(self, first: list[str]) -> list[str]:
        return [
            self._columns.cell(first, name).removeprefix("'") for name in ("phone", "billing phone", "shipping phone")
        ]

    def _address(self, first: list[str], side: str) -> str | None:
        return address_line(*(self._columns.cell(first, f"{side} {part}").removeprefix("'") for part in ADDRESS))

    def _state(self, first: list[str]) -> OrderState:
        cell = self._columns.cell
        if cell(first, "cancelled at", "canceled at"):
            return OrderState.CANCELLED
        status = cell(first, "financial status").lower()
        if status == "pending" and cell(first, "fulfillment status").lower() in SENT:
            return OrderState.PLACED  # cash on delivery, or paid by invoice
        return STATES.get(status, OrderState.PLACED)

    def _refund(self, order: OrderChanged, first: list[str]) -> RefundMade | None:
        given_back = amount(self._columns.cell(first, "refunded amount") or "0", "Refunded Amount")
        if not given_back:
            return None
        return RefundMade(
            external_id=FILE_REFUND,
            order_external_id=order.external_id,
            amount_minor=abs(minor(given_back, order.currency)),
            currency=order.currency,
            made_at=max(self._happened(first)),
        )

    def _happened(self, first: list[str]) -> Iterator[datetime]:
        for names in HAPPENED:
            moment = self._times.maybe(self._columns.cell(first, *names), names[0].capitalize())
            if moment is not None:
                yield moment
