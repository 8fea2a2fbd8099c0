"""A Shopify customer as a fact. Shopify keeps one for nearly everybody who ever ordered, with an account or without."""

from typing import Any

from plugins.events import CustomerChanged, Parsed
from plugins.platform import ShopFacts
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain


class _Address(Loose):
    country_code: Text | None = None


class _Customer(Loose):
    id: ExternalId
    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    created_at: Moment | None = None
    updated_at: Moment
    default_address: _Address | None = None


def read_customer(body: dict[str, Any], _shop: ShopFacts) -> Parsed:
    """Read a customer. Where the shop's data are protected, names and addresses are simply not there."""
    customer = read_as(_Customer, body)
    changed = CustomerChanged(
        external_id=customer.id,
        version_at=customer.updated_at,
        email=(customer.email or "").strip().lower() or None,
        phone=customer.phone or None,
        first_name=plain(customer.first_name or ""),
        last_name=plain(customer.last_name or ""),
        country=(customer.default_address.country_code if customer.default_address else None) or None,
        created_at=customer.created_at,
    )
    return Parsed(events=(changed,))
