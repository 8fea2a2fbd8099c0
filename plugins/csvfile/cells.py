"""Cells of strangers' files: a value, or a Fault that says in words what is wrong with it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugins.errors import Malformed
from plugins.money import LARGEST_MINOR, exponent

EARLIEST_YEAR = 1990
LARGEST_QUANTITY = 10**9
LONGEST_ID = 200
LONGEST_ADDRESS = 320
SPREADSHEET_NUMBER = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)
ZONE_AFTER_A_BLANK = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
GUARDED = "'=", "'+", "'-", "'@"  # how exports keep a spreadsheet from running a cell


class Fault(Exception):
    """What is wrong with a row."""


class Columns:
    """Where the columns of one file stand. A column may go by several names; the first that is there counts."""

    def __init__(self, header: list[str]) -> None:
        self._places = {name: place for place, name in reversed(list(enumerate(header)))}
        self._width = len(header)
        self._found: dict[tuple[str, ...], int | None] = {}  # asked for in every row

    def check(self, record: list[str]) -> None:
        """Raise Fault where a record has more or fewer cells than the file has columns."""
        if len(record) != self._width:
            raise Fault(f"The row has {len(record)} cells; the first line names {self._width} columns.")

    def has(self, *names: str) -> bool:
        """Tell whether the file has a column by any of these names."""
        return any(name in self._places for name in names)

    def cell(self, record: list[str], *names: str) -> str:
        """Return what stands in a column; nothing where there is no such column. Raises Fault."""
        try:
            place = self._found[names]
        except KeyError:
            place = self._found[names] = next((self._places[name] for name in names if name in self._places), None)
        if place is None:
            return ""
        cell = record[place].strip()
        if not cell.isascii():
            _check_text(cell, names[0])
        if "\x00" in cell:
            cell = cell.replace("\x00", "")
        return cell[1:] if cell[:1] == "'" and cell.startswith(GUARDED) else cell


class Times:
    """Reads times in a zone where they name none; each is read once. None may lie in the future."""

    def __init__(self, zone: str, now: datetime) -> None:
        self._latest = now + timedelta(days=1)
        self._moment = lru_cache(maxsize=4096)(lambda text, name: _moment(text, ZoneInfo(zone), name))

    def read(self, text: str, name: str) -> datetime:
        """Read a time. Raises Fault."""
        moment = self._moment(text, name)
        if moment > self._latest:
            raise Fault(f"{name} lies in the future: {text[:40]!r}.")
        return moment

    def maybe(self, text: str, name: str) -> datetime | None:
        """Read a time that may be missing. Raises Fault."""
        return self.read(text, name) if text else None


def identifier(text: str, name: str) -> str:
    """Read a foreign id. Raises Fault."""
    if not text:
        raise Fault(f"{name} is empty.")
    if len(text) > LONGEST_ID:
        raise Fault(f"{name} is longer than {LONGEST_ID} characters.")
    return text


def number_as_id(text: str, name: str) -> str:
    """Read an id that is a number, though a spreadsheet may have had it in its hands. Raises Fault."""
    bare = text.removeprefix("'")
    if SPREADSHEET_NUMBER.fullmatch(bare):
        raise Fault(f"{name} was rounded by a spreadsheet: {text[:40]!r}. Send the file as it was exported.")
    return identifier(bare, name)


def quantity(text: str, name: str = "quantity") -> int:
    """Read a whole number of pieces. Raises Fault."""
    try:
        number = int(text) if len(text) < 20 else LARGEST_QUANTITY + 1
    except ValueError:
        raise Fault(f"{name} is not a whole number: {text[:40]!r}.") from None
    if abs(number) > LARGEST_QUANTITY:
        raise Fault(f"{name} is out of all bounds: {text[:40]!r}.")
    return number


def amount(text: str, name: str) -> Decimal:
    """Read an amount of money with a decimal point. Raises Fault."""
    try:
        price = Decimal(text)
    except InvalidOperation:
        hint = " Write decimals with a point, without a currency sign." if "," in text else ""
        raise Fault(f"{name} is not a number: {text[:40]!r}.{hint}") from None
    if not price.is_finite() or price.copy_abs() > LARGEST_QUANTITY:
        raise Fault(f"{name} is out of all bounds: {text[:40]!r}.")
    return price


def local_amount(text: str, name: str) -> Decimal:
    """Read an amount as WooCommerce writes it in the shop's language: 12.95 or 12,95. Raises Fault."""
    return amount(text.replace(",", ".") if "," in text and "." not in text else text.replace(",", ""), name)


def minor(value: Decimal, currency: str) -> int:
    """Return an amount in whole minor units. Raises Fault."""
    result = int(value.scaleb(exponent(currency)).to_integral_value())
    if abs(result) > LARGEST_MINOR:
        raise Fault("quantity times unit_price is out of all bounds.")
    return result


def currency_code(text: str, name: str = "currency") -> str:
    """Read three letters. Raises Fault."""
    if len(text) != 3 or not text.isalpha() or not text.isascii():
        raise Fault(f"{name} is not three letters: {text[:40]!r}.")
    return text


def email_address(text: str, name: str) -> str:
    """Read an address well enough to know whether it is one; nothing stays nothing. Raises Fault."""
    address = text.removeprefix("'").strip().lower()
    if address and ("@" not in address[1:-1] or len(address) > LONGEST_ADDRESS or re.search(r"\s", address)):
        raise Fault(f"{name} is not an e-mail address.")
    return address


def country_code(text: str) -> str | None:
    """Return the two letters of a country, None where something else or nothing stands there."""
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else None


def is_yes(text: str) -> bool:
    """Tell whether a cell says yes, in any of the ways exports do."""
    return text.lower() in {"yes", "true", "1", "y"}


def _check_text(cell: str, name: str) -> None:
    try:
        cell.encode()
    except UnicodeEncodeError:
        raise Fault(f"{name} is not UTF-8. Save the file as UTF-8.") from None


def _moment(text: str, zone: ZoneInfo, name: str) -> datetime:
    told = ZONE_AFTER_A_BLANK.sub("", text.removesuffix(" UTC") + "Z" if text.endswith(" UTC") else text)
    try:
        moment = datetime.fromisoformat(told)
        aware = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Fault(f"{name} is not a time like 2026-11-24 18:30: {text[:40]!r}.") from None
    if aware.year < EARLIEST_YEAR:
        raise Fault(f"{name} is before {EARLIEST_YEAR}: {text[:40]!r}.")
    return aware


def check_header_once(header: list[str], known: set[str]) -> None:
    """Raise Malformed where a column that is read stands there twice."""
    twice = sorted({name for name in header if name in known and header.count(name) > 1})
    if twice:
        raise Malformed(f"A column is there twice: {', '.join(twice)}.")
