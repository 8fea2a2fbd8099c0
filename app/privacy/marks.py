"""How a person shows in the bytes of a delivery or in a row of a file.

An e-mail address is nobody else's, so its bytes are enough, however they are escaped. A number that is an order's id in
one place is a price in another: short ids count where the platform's own words say what they are, or two at a time.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import unquote_to_bytes

from app.identity import Kind, written_forms
from app.privacy.person import Name, Whole
from plugins.events import (
    CartChanged,
    CartDeleted,
    CustomerDeleted,
    CustomerRedacted,
    DataRequested,
    Event,
    OrderChanged,
    OrderDeleted,
    RefundMade,
)

ESCAPE = re.compile(rb"\\u([0-9a-f]{4})")
PHONE_TAIL = 7  # digits; before them a number is written in many ways
LONG_ID = 8  # from so many characters on an id means nothing else
BETWEEN_DIGITS = rb"[\s().\-/]{0,3}"
WORD = rb"[0-9a-z_]"


class Marks:
    """What to look for of one person."""

    def __init__(self, person: Whole) -> None:
        self._names = person.every_name
        self._person = person

    def may_be_in(self, raw: bytes) -> bool:
        """Tell whether it is worth reading these bytes: quick, and never wrongly no."""
        plain = unescaped(raw)
        return any(one in plain for one in self._needles) or bool(self._phones and self._phones.search(plain))

    def are_in(self, raw: bytes) -> bool:
        """Tell whether bytes that nobody can read name the person: by what nothing else is written like."""
        plain = unescaped(raw)
        if self.has_address(plain) or (self._phones and self._phones.search(plain)):
            return True
        found = {one for one in self._ids if one in plain and _stands_alone(one, plain)}
        return len(found) > 1 or any(_is_telling(one) for one in found)

    def has_address(self, plain: bytes) -> bool:
        """Tell whether one of the person's e-mail addresses stands in unescaped bytes, whole."""
        return any(one in plain and _stands_alone(one, plain) for one in self._addresses)

    def are_told_by(self, facts: Iterable[Event], names: Iterable[Name]) -> bool:
        """Tell whether facts, which speak of these names, are about the person, their orders or their carts."""
        if not self._names.isdisjoint(names):
            return True
        return any(_thing_of(fact) & self._things for fact in facts)

    @cached_property
    def _things(self) -> frozenset[tuple[str, str]]:
        names, orders = self._person.names, self._person.orders
        told = {"customer": names.customers, "cart": names.carts, "order": orders}
        return frozenset((kind, one) for kind, ids in told.items() for one in ids)

    @cached_property
    def _addresses(self) -> list[bytes]:
        return sorted({form.encode() for one in self._person.names.emails for form in written_forms(one)})

    @cached_property
    def _ids(self) -> list[bytes]:
        return sorted({value.lower().encode() for _, value in self._things})

    @cached_property
    def _needles(self) -> list[bytes]:
        return self._addresses + self._ids

    @cached_property
    def _phones(self) -> re.Pattern[bytes] | None:
        tails = [re.sub(r"\D", "", value)[-PHONE_TAIL:] for kind, value in self._names if kind == Kind.PHONE]
        told = [BETWEEN_DIGITS.join(digit.encode() for digit in tail) for tail in sorted(tails)]
        return re.compile(rb"(?:" + rb"|".join(told) + rb")(?![0-9])") if told else None


def unescaped(raw: bytes) -> bytes:
    """Return bytes in small letters, with what JSON or an address wrote as an escape as the character itself."""
    plain = raw.lower()
    if b"\\u" in plain:
        plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)).lower().encode("utf-8", "replace"), plain)
    return unquote_to_bytes(plain).lower() if b"%40" in plain else plain


def _stands_alone(one: bytes, plain: bytes) -> bool:
    """Tell whether bytes occur with no letter or digit right before or after: 17 does not stand in 117."""
    return bool(re.search(rb"(?<!" + WORD + rb")" + re.escape(one) + rb"(?!" + WORD + rb")", plain))


def _is_telling(one: bytes) -> bool:
    return len(one) >= LONG_ID


def _thing_of(fact: Event) -> set[tuple[str, str]]:
    """Return the ids by which a fact without names points at a person, an order or a cart."""
    told: set[tuple[str, str]] = set()
    match fact:
        case OrderChanged():
            told = {("order", fact.external_id), ("cart", fact.cart_external_id or "")}
        case OrderDeleted():
            told = {("order", fact.external_id)}
        case RefundMade():
            told = {("order", fact.order_external_id)}
        case CartChanged() | CartDeleted():
            told = {("cart", fact.external_id)}
        case CustomerDeleted():
            told = {("customer", fact.external_id)}
        case CustomerRedacted() | DataRequested():
            told = {("order", one) for one in fact.order_external_ids}
            told.add(("customer", fact.customer_external_id or ""))
    return told
