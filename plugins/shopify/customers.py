"""A Shopify customer as a fact. Shopify keeps one for nearly everybody who ever ordered, with an account or without."""

import re

from plugins.errors import Malformed
from plugins.events import CustomerChanged, CustomerMerged, Nothing, Parsed
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.consents import Consent, of_email, of_sms
from plugins.shopify.contact import clean_email
from plugins.shopify.origin import Body, Origin
from plugins.text import plain

CUSTOMER = re.compile(r"gid://shopify/Customer/([0-9]{1,40})")


class _Address(Loose):
    country_code: Text | None = None
    phone: Text | None = None


class _Customer(Loose):
    id: ExternalId
    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    created_at: Moment | None = None
    updated_at: Moment
    default_address: _Address | None = None
    email_marketing_consent: Consent | None = None
    sms_marketing_consent: Consent | None = None


class _Merge(Loose):
    admin_graphql_api_customer_kept_id: Text
    admin_graphql_api_customer_deleted_id: Text
    status: Text


def read_customer(body: Body, origin: Origin) -> Parsed:
    """Read a customer. Where the shop's data are protected, names and addresses are simply not there.

    Up to API 2024-10 the body carries consent as well: the same fact as under its own topic since.
    """
    if "line_items" in body:
        raise Malformed("The topic is of a customer, but the body is a cart or an order.")
    customer = read_as(_Customer, body)
    address = customer.default_address or _Address()
    changed = CustomerChanged(
        external_id=customer.id,
        version_at=customer.updated_at,
        email=clean_email(customer.email),
        phone=customer.phone or address.phone or None,
        first_name=plain(customer.first_name or ""),
        last_name=plain(customer.last_name or ""),
        country=address.country_code or None,
        created_at=customer.created_at,
    )
    by_email = of_email(customer.id, customer.email, customer.email_marketing_consent, origin.heard_at)
    by_sms = of_sms(customer.id, customer.phone, customer.sms_marketing_consent, origin.heard_at)
    return Parsed(events=(changed, *by_email, *by_sms))


def read_merge(body: Body, origin: Origin) -> Parsed:
    """Read that two customers became one. Shopify also tells of merges that failed, and gives none a time."""
    merge = read_as(_Merge, body)
    kept, gone = (
        CUSTOMER.fullmatch(one)
        for one in (merge.admin_graphql_api_customer_kept_id, merge.admin_graphql_api_customer_deleted_id)
    )
    if kept is None or gone is None or kept[1] == gone[1]:
        raise Malformed("The topic is of a merge, but the body does not name two customers.")
    if merge.status.lower() != "completed":
        return Parsed(nothing=Nothing(reason="A merge of two customers that is not done, or failed."))
    merged = CustomerMerged(from_external_id=gone[1], into_external_id=kept[1], merged_at=origin.heard_at)
    return Parsed(events=(merged,))
