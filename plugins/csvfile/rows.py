"""One record as one row, or a Fault that says in words what is wrong with it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from plugins.events import ItemState, OrderState
from plugins.money import LARGEST_MINOR, exponent
from plugins.platform import ShopFacts
from plugins.text import plain

EARLIEST_YEAR = 1990
LARGEST_QUANTITY = 10**9
LONGEST_ID = 200
ORDER_STATES = {
    "": OrderState.PLACED,
    "placed": OrderState.PLACED,
    "cancelled": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
ITEM_STATES = {"": ItemState.ON_SALE, "on_sale": ItemState.ON_SALE, "hidden": ItemState.HIDDEN}


State = TypeVar("State", OrderState, ItemState)


class Fault(Exception):
    """What is wrong with a row."""


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
        self._places = {name: place for place, name in enumerate(header)}
        self._width = len(header)
        self._currency = shop.currency
        self._latest = now + timedelta(days=1)
        zone = ZoneInfo(shop.time_zone)
        self._moment = lru_cache(maxsize=4096)(lambda text: _moment(text, zone))
        self._price = lru_cache(maxsize=4096)(_price)
        self._title = lru_cache(maxsize=16384)(plain)

    def read(self, record: list[str]) -> Row:
        """Read one record. Raises Fault."""
        if len(record) != self._width:
            raise Fault(f"The row has {len(record)} cells; the first line names {self._width} columns.")
        currency = self._cell(record, "currency").upper() or self._currency
        quantity = _quantity(self._cell(record, "quantity"))
        price = self._price(self._cell(record, "unit_price"))
        return Row(
            order_id=_id(self._cell(record, "order_id"), "order_id"),
            ordered_at=self._time(self._cell(record, "ordered_at")),
            order_state=_one_of(ORDER_STATES, self._cell(record, "order_state"), "order_state"),
            customer_id=self._cell(record, "customer_id")[:LONGEST_ID],
            email=self._cell(record, "email").lower(),
            country=self._cell(record, "country"),
            currency=_currency(currency),
            item_id=_id(self._cell(record, "item_id"), "item_id"),
            item_title=self._title(self._cell(record, "item_title")),
            item_state=_one_of(ITEM_STATES, self._cell(record, "item_state").lower(), "item_state"),
            item_category=self._title(self._cell(record, "item_category")),
            quantity=quantity,
            price_minor=_minor(price, currency),
            total_minor=_minor(price * quantity, currency),
        )

    def time(self, text: str) -> datetime | None:
        """Read a time alone; None where it cannot be one."""
        try:
            return self._time(text.strip())
        except Fault:
            return None

    def _cell(self, record: list[str], name: str) -> str:
        place = self._places.get(name)
        if place is None:
            return ""
        cell = record[place].strip()
        if not cell.isascii():
            _check_text(cell, name)
        return cell.replace("\x00", "") if "\x00" in cell else cell

    def _time(self, text: str) -> datetime:
        moment = self._moment(text)
        if moment > self._latest:
            raise Fault(f"ordered_at lies in the future: {text[:40]!r}.")
        return moment


def _check_text(cell: str, name: str) -> None:
    try:
        cell.encode()
    except UnicodeEncodeError:
        raise Fault(f"{name} is not UTF-8. Save the file as UTF-8.") from None


def _id(text: str, name: str) -> str:
    if not text:
        raise Fault(f"{name} is empty.")
    if len(text) > LONGEST_ID:
        raise Fault(f"{name} is longer than {LONGEST_ID} characters.")
    return text


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        aware = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Fault(f"ordered_at is not a time like 2026-11-24 18:30: {text[:40]!r}.") from None
    if aware.year < EARLIEST_YEAR:
        raise Fault(f"ordered_at is before {EARLIEST_YEAR}: {text[:40]!r}.")
    return aware


def _quantity(text: str) -> int:
    try:
        number = int(text) if len(text) < 20 else LARGEST_QUANTITY + 1
    except ValueError:
        raise Fault(f"quantity is not a whole number: {text[:40]!r}.") from None
    if abs(number) > LARGEST_QUANTITY:
        raise Fault(f"quantity is out of all bounds: {text[:40]!r}.")
    return number


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        hint = " Write decimals with a point, without a currency sign." if "," in text else ""
        raise Fault(f"unit_price is not a number: {text[:40]!r}.{hint}") from None
    if not price.is_finite() or price.copy_abs() > LARGEST_QUANTITY:
        raise Fault(f"unit_price is out of all bounds: {text[:40]!r}.")
    return price


def _minor(amount: Decimal, currency: str) -> int:
    minor = int(amount.scaleb(exponent(currency)).to_integral_value())
    if abs(minor) > LARGEST_MINOR:
        raise Fault("quantity times unit_price is out of all bounds.")
    return minor


def _currency(text: str) -> str:
    if len(text) != 3 or not text.isalpha() or not text.isascii():
        raise Fault(f"currency is not three letters: {text[:40]!r}.")
    return text


def _one_of(words: dict[str, State], text: str, name: str) -> State:
    try:
        return words[text]
    except KeyError:
        allowed = ", ".join(word for word in words if word)
        raise Fault(f"{name} is {text[:40]!r}; it can be {allowed}, or empty.") from None
