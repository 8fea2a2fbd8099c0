"""The demo's customers as facts: who they are, what they agreed to, and what they ask for."""

from typing import Any

from plugins.errors import Malformed
from plugins.events import (
    AddressSuppressed,
    ConsentChanged,
    CustomerChanged,
    CustomerMerged,
    CustomerRedacted,
    DataRequested,
    Purpose,
    SuppressionReason,
    VisitorRecognized,
)
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain


class _Customer(Loose):
    id: ExternalId
    changed_at: Moment
    email: Text | None = None
    phone: Text | None = None
    first_name: Text = ""
    last_name: Text = ""
    country: Text | None = None


class _Recognition(Loose):
    visitor_id: Text
    customer_id: ExternalId
    recognized_at: Moment


class _Consent(Loose):
    purpose: Purpose
    is_given: bool
    occurred_at: Moment
    email: Text | None = None
    phone: Text | None = None
    customer_id: ExternalId | None = None
    visitor_id: Text | None = None
    source: Text
    wording: Text = ""
    wording_version: Text = ""
    locale: Text = ""


class _Suppression(Loose):
    email: Text
    reason: SuppressionReason
    occurred_at: Moment
    source: Text


class _Merge(Loose):
    from_id: ExternalId
    into_id: ExternalId
    merged_at: Moment


class _Person(Loose):
    customer_id: ExternalId | None = None
    email: Text | None = None
    phone: Text | None = None
    order_ids: list[ExternalId] = []


class _Request(_Person):
    request_id: ExternalId


def read_customer(data: Any) -> CustomerChanged:
    """Read a customer with an account."""
    customer = read_as(_Customer, data)
    return CustomerChanged(
        external_id=customer.id,
        version_at=customer.changed_at,
        email=customer.email,
        phone=customer.phone or None,
        first_name=plain(customer.first_name),
        last_name=plain(customer.last_name),
        country=customer.country,
    )


def read_recognition(data: Any) -> VisitorRecognized:
    """Read whose browser it is."""
    told = read_as(_Recognition, data)
    return VisitorRecognized(
        visitor_id=told.visitor_id, customer_external_id=told.customer_id, version_at=told.recognized_at
    )


def read_consent(data: Any) -> ConsentChanged:
    """Read a yes or a no, with the sentence it answered."""
    told = read_as(_Consent, data)
    if not (told.email or told.phone or told.customer_id or told.visitor_id):
        raise Malformed("Somebody said yes or no, but nothing says who.")
    return ConsentChanged(
        purpose=told.purpose,
        is_given=told.is_given,
        occurred_at=told.occurred_at,
        email=told.email or None,
        phone=told.phone or None,
        customer_external_id=told.customer_id,
        visitor_id=told.visitor_id or None,
        source=plain(told.source),
        wording=plain(told.wording, limit=1000),
        wording_version=plain(told.wording_version),
        locale=plain(told.locale),
    )


def read_suppression(data: Any) -> AddressSuppressed:
    """Read that an address must not be written to."""
    told = read_as(_Suppression, data)
    return AddressSuppressed(
        email=told.email, reason=told.reason, occurred_at=told.occurred_at, source=plain(told.source)
    )


def read_merge(data: Any) -> CustomerMerged:
    """Read that two customers became one."""
    told = read_as(_Merge, data)
    return CustomerMerged(from_external_id=told.from_id, into_external_id=told.into_id, merged_at=told.merged_at)


def read_redaction(data: Any) -> CustomerRedacted:
    """Read the wish to be forgotten."""
    told = read_as(_Person, data)
    if not (told.customer_id or told.email or told.phone or told.order_ids):
        raise Malformed("Somebody is to be forgotten, but nothing says who.")
    return CustomerRedacted(
        customer_external_id=told.customer_id,
        email=told.email or None,
        phone=told.phone or None,
        order_external_ids=tuple(told.order_ids),
    )


def read_request(data: Any) -> DataRequested:
    """Read the wish to be shown what is known."""
    told = read_as(_Request, data)
    return DataRequested(
        request_external_id=told.request_id,
        customer_external_id=told.customer_id,
        email=told.email or None,
        phone=told.phone or None,
        order_external_ids=tuple(told.order_ids),
    )
