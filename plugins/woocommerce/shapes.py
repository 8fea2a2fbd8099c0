"""The fields of a WooCommerce order that are used, and who it says its customer is."""

from typing import Any

from pydantic import Field

from plugins.reading import Count, ExternalId, Loose, Moment, Text
from plugins.text import address_line

VISITOR_META = "_regulars_visitor"
CART_META = "_regulars_cart"
LONGEST_META = 200
REMINDED_META = "_abandoned_cart_recovery_email_sent_at"  # WooCommerce 10.9 can write to whoever left a checkout itself


class Address(Loose):
    """Where the bill or the parcel goes."""

    email: Text | None = None
    phone: Text | None = None
    address_1: Text | None = None
    address_2: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    country: Text | None = None


class OrderLine(Loose):
    """One line of an order."""

    id: ExternalId
    product_id: ExternalId
    variation_id: ExternalId = "0"
    name: Text = ""
    quantity: Count
    total: Text


class Refund(Loose):
    """A refund as its order lists it."""

    id: ExternalId
    reason: Text | None = ""
    total: Text


class _Meta(Loose):
    key: Text = ""
    value: Any = None


class Order(Loose):
    """An order, a draft of one included."""

    id: ExternalId
    status: Text
    created_via: Text | None = ""
    currency: Text = Field(min_length=3, max_length=3)
    date_created_gmt: Moment
    date_modified_gmt: Moment
    total: Text
    customer_id: ExternalId = "0"
    billing: Address = Address()
    shipping: Address = Address()
    line_items: list[OrderLine] = []
    refunds: list[Refund] = []
    meta_data: list[_Meta] = []

    def customer(self) -> str | None:
        """Return the customer's id, or nothing for a guest."""
        return None if self.customer_id == "0" else self.customer_id

    def email(self) -> str | None:
        """Return the address the order was made with, in small letters."""
        return (self.billing.email or "").strip().lower() or None

    def phone(self) -> str | None:
        """Return the first phone number given."""
        return self.billing.phone or self.shipping.phone or None

    def address(self) -> str | None:
        """Return where it goes, or else where the bill goes. Names are left out: one door, one address."""
        lines = (
            address_line(one.address_1, one.address_2, one.postcode, one.city, one.country)
            for one in (self.shipping, self.billing)
        )
        return next((line for line in lines if line), None)

    def visitor(self) -> str | None:
        """Return our own visitor id."""
        return self._meta(VISITOR_META)

    def cart(self) -> str | None:
        """Return the cart it came from, as our plugin in the shop calls it."""
        return self._meta(CART_META)

    def is_reminded(self) -> bool:
        """Tell whether WooCommerce itself has already written to whoever left this checkout."""
        return any(meta.key == REMINDED_META and meta.value for meta in self.meta_data)

    def _meta(self, key: str) -> str | None:
        """Return what our plugin wrote beside an order, where it is a word; others may write there too."""
        found = next((meta.value for meta in self.meta_data if meta.key == key), None)
        return found[:LONGEST_META] if isinstance(found, str) and found else None
