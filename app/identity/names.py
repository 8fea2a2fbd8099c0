"""The names under which somebody is known, as they are written to be compared, and the seals that stand for them."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import idna
import phonenumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEAL_BYTES = 16


class Kind(StrEnum):
    """In which ways a person can be named."""

    CUSTOMER = "customer"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    VISITOR = "visitor"
    ORDER = "order"  # of a person who was forgotten: whatever is told of it later is written without anybody


@dataclass(frozen=True)
class Seals:
    """Makes digests that only this installation can make: of addresses, and of whoever was forgotten."""

    key: bytes = field(repr=False)

    @classmethod
    def of_secret(cls, secret_key: str) -> "Seals":
        """Derive the key from SECRET_KEY."""
        return cls(HKDF(SHA256(), 32, salt=None, info=b"regulars seals of people").derive(secret_key.encode()))

    def seal(self, shop_id: int, kind: Kind, value: str) -> bytes:
        """Return the 16 bytes that stand for one name of a person in one shop."""
        told = f"{shop_id}\0{kind}\0{value}".encode()
        return hmac.new(self.key, told, hashlib.sha256).digest()[:SEAL_BYTES]


@dataclass(frozen=True)
class Known:
    """The names under which a person is known. `addresses`: seals; `visitors`: visitor keys; both bytes."""

    customers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    addresses: frozenset[bytes] = frozenset()
    visitors: frozenset[bytes] = frozenset()
    carts: frozenset[str] = frozenset()

    def __or__(self, other: "Known") -> "Known":
        return Known(*(getattr(self, one.name) | getattr(other, one.name) for one in fields(self)))

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def as_json(self) -> dict[str, object]:
        """Return the names as JSON holds them, bytes in hex."""
        return {
            one.name: sorted(value.hex() if isinstance(value, bytes) else value for value in getattr(self, one.name))
            for one in fields(self)
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Known":
        """Read what `as_json` wrote."""
        hexed = {"addresses", "visitors"}
        read: dict[str, Any] = {
            name: frozenset(bytes.fromhex(value) if name in hexed else value for value in values)
            for name, values in told.items()
        }
        return cls(**read)


def known(**names: Iterable[Any] | str | bytes | None) -> Known:
    """Make a Known of single names or several: `known(emails="a@b.example", visitors=None)`."""
    told: dict[str, frozenset[Any]] = {}
    for name, value in names.items():
        values = [value] if isinstance(value, str | bytes) else value or ()
        told[name] = frozenset(one for one in values if one)
    return Known(**told)


def clean_email(value: str | None) -> str | None:
    """Return an address as it is compared: without blanks, in small letters, its domain as it is read, not as xn--.

    None when it is none.
    """
    text_ = unicodedata.normalize("NFC", (value or "").strip().lower())
    if "@" not in text_ or len(text_) > 320 or re.search(r"[\s\x00-\x1f]", text_):
        return None
    return _with_domain(text_, idna.decode) if "xn--" in text_ else text_


def written_forms(email: str) -> frozenset[str]:
    """Return a compared address in the ways it may stand in somebody's bytes: its domain as it is read, and as xn--."""
    if email.isascii():
        return frozenset({email})
    return frozenset({email, _with_domain(email, lambda domain: idna.encode(domain).decode())})


def _with_domain(email: str, change: Callable[[str], str]) -> str:
    local, _at, domain = email.rpartition("@")
    try:
        return f"{local}@{change(domain)}"
    except UnicodeError:  # as idna's own errors are: not a domain after all
        return email


def clean_phone(value: str | None, country: str | None) -> str | None:
    """Return a number as it is compared: E.164 where it can be read as one, else its digits; None when it is none."""
    if not value:
        return None
    try:
        number = phonenumbers.parse(value, country or None)
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    digits = re.sub(r"\D", "", value)
    return digits if 6 <= len(digits) <= 20 else None


def plain_address(value: str | None) -> str | None:
    """Return an address as it is compared: letters and digits only, in small letters; None when too little is left."""
    letters = re.sub(r"[\W_]+", "", (value or "").casefold())
    return letters if len(letters) >= 8 else None
