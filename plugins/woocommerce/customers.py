"""A WooCommerce customer as a fact. `customer.*` also speaks of the people who run the shop: they are no customers."""

from typing import Any

from plugins.events import CustomerChanged, Nothing, Parsed
from plugins.platform import ShopFacts
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain

SHOPPERS = {"customer", "subscriber"}


class _Billing(Loose):
    phone: Text | None = None
    country: Text | None = None


class _Customer(Loose):
    id: ExternalId
    email: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    role: Text
    date_created_gmt: Moment | None = None
    date_modified_gmt: Moment | None = None
    billing: _Billing = _Billing()


def read_customer(body: dict[str, Any], _shop: ShopFacts) -> Parsed:
    """Read a registered shopper."""
    if "role" in body and str(body["role"]) not in SHOPPERS:
        return Parsed(nothing=Nothing(reason="Somebody who works in the shop, not a customer."))
    if body.get("date_modified_gmt") is None:  # never changed since the account was made
        body = {**body, "date_modified_gmt": body.get("date_created_gmt")}
    customer = read_as(_Customer, body)
    if customer.date_modified_gmt is None:
        return Parsed(nothing=Nothing(reason="A customer without any date; a dated one will follow."))
    changed = CustomerChanged(
        external_id=customer.id,
        version_at=customer.date_modified_gmt,
        email=customer.email.strip().lower() or None,
        phone=customer.billing.phone or None,
        first_name=plain(customer.first_name),
        last_name=plain(customer.last_name),
        country=customer.billing.country or None,
        created_at=customer.date_created_gmt,
    )
    return Parsed(events=(changed,))
