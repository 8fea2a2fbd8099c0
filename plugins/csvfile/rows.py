"""One record of a plain orders file as one row, or a Fault that says in words what is wrong with it."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from plugins.csvfile.cells import LONGEST_ID, Columns, Fault, Times, amount, currency_code, identifier, minor, quantity
from plugins.events import ItemState, OrderState
from plugins.platform import ShopFacts
from plugins.text import plain

ORDER_STATES = {
    "": OrderState.PLACED,
    "placed": OrderState.PLACED,
    "cancelled": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
ITEM_STATES = {"": ItemState.ON_SALE, "on_sale": ItemState.ON_SALE, "hidden": ItemState.HIDDEN}

State = TypeVar("State", OrderState, ItemState)


class Row(NamedTuple):
    """One line of an order. A named tuple, because a file has half a million of them."""

    order_id: str
    ordered_at: datetime
    order_state: OrderState
    customer_id: str
    email: str
    country: str
    currency: str
    item_id: str
    item_title: str
    item_state: ItemState
    item_category: str
    quantity: int
    price_minor: int
    total_minor: int


class RowReader:
    """Reads records of a file with a given header, for one shop."""

    def __init__(self, header: list[str], shop: ShopFacts, now: datetime) -> None:
        self._columns = Columns(header)
        self._currency = shop.currency
        self._times = Times(shop.time_zone, now)
        self._price = lru_cache(maxsize=4096)(lambda text: amount(text, "unit_price"))
        self._title = lru_cache(maxsize=16384)(plain)

    def read(self, record: list[str]) -> Row:
        """Read one record. Raises Fault."""
        self._columns.check(record)
        cell = self._columns.cell
        currency = cell(record, "currency").upper() or self._currency
        pieces = quantity(cell(record, "quantity"))
        price = self._price(cell(record, "unit_price"))
        return Row(
            order_id=identifier(cell(record, "order_id"), "order_id"),
            ordered_at=self._times.read(cell(record, "ordered_at"), "ordered_at"),
            order_state=_one_of(ORDER_STATES, cell(record, "order_state"), "order_state"),
            customer_id=cell(record, "customer_id")[:LONGEST_ID],
            email=cell(record, "email").lower(),
            country=cell(record, "country"),
            currency=currency_code(currency),
            item_id=identifier(cell(record, "item_id"), "item_id"),
            item_title=self._title(cell(record, "item_title")),
            item_state=_one_of(ITEM_STATES, cell(record, "item_state").lower(), "item_state"),
            item_category=self._title(cell(record, "item_category")),
            quantity=pieces,
            price_minor=minor(price, currency),
            total_minor=minor(price * pieces, currency),
        )

    def time(self, text: str) -> datetime | None:
        """Read a time alone; None where it cannot be one."""
        try:
            return self._times.read(text.strip(), "ordered_at")
        except Fault:
            return None


def _one_of(words: dict[str, State], text: str, name: str) -> State:
    try:
        return words[text]
    except KeyError:
        allowed = ", ".join(word for word in words if word)
        raise Fault(f"{name} is {text[:40]!r}; it can be {allowed}, or empty.") from None
