"""How an order or a checkout names a person beside their account: e-mail, phone, address, browser."""

from collections.abc import Iterable
from typing import Any

from plugins.reading import ExternalId, Loose, Text
from plugins.text import address_line

VISITOR_ATTRIBUTE = "_regulars_visitor"  # a cart attribute becomes a note attribute of checkout and order


class Person(Loose):
    """The customer that an order or a checkout names."""

    id: ExternalId | None = None
    email: Text | None = None


class Address(Loose):
    """Where something goes, or where the bill goes."""

    address1: Text | None = None
    address2: Text | None = None
    zip: Text | None = None
    city: Text | None = None
    country_code: Text | None = None
    phone: Text | None = None


class Attribute(Loose):
    """What the shop's pages wrote on a cart."""

    name: Text | None = None
    value: Any = None


class Contact(Loose):
    """The fields that orders and checkouts share. Where the shop's data are protected they are simply not there."""

    email: Text | None = None
    phone: Text | None = None
    customer: Person | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    note_attributes: list[Attribute] = []

    def customer_id(self) -> str | None:
        """Return the customer's id, or nothing for a guest."""
        return self.customer.id if self.customer else None

    def phone_number(self) -> str | None:
        """Return the first phone number given."""
        numbers = (self.phone, *(one.phone for one in (self.billing_address, self.shipping_address) if one))
        return next((number for number in numbers if number), None)

    def address(self) -> str | None:
        """Return where it goes, or else where the bill goes. Names are left out: one door, one address."""
        lines = (
            address_line(one.address1, one.address2, one.zip, one.city, one.country_code)
            for one in (self.shipping_address, self.billing_address)
            if one
        )
        return next((line for line in lines if line), None)

    def country(self) -> str | None:
        """Return the country of the bill, or else where it goes."""
        addresses = (self.billing_address, self.shipping_address)
        return next((one.country_code for one in addresses if one and one.country_code), None)

    def visitor(self) -> str | None:
        """Return our own visitor id."""
        return find_visitor((one.name, one.value) for one in self.note_attributes)


def find_visitor(attributes: Iterable[tuple[Any, Any]]) -> str | None:
    """Return our own visitor id out of names and values that a shop's pages may have written anything into."""
    values = (value for name, value in attributes if name == VISITOR_ATTRIBUTE)
    return next((value for value in values if isinstance(value, str)), None)


def clean_email(*candidates: str | None) -> str | None:
    """Return the first address given, in small letters."""
    return next((one.strip().lower() for one in candidates if one and one.strip()), None)
