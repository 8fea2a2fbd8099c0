"""What Shopify keeps of a customer's yes or no to marketing, as a fact with the proof it gives: state, level and time.

Shopify does not hand on the sentence that was agreed to; how it came by the answer stands in its place.
"""

from collections.abc import Iterator
from datetime import datetime

from plugins.errors import Malformed
from plugins.events import ConsentChanged, Nothing, Parsed, Purpose
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.contact import clean_email
from plugins.shopify.origin import Body, Origin

SOURCE = "shopify"
YES = "subscribed"
NEVER_SAID = "not_subscribed"
NOS = {"unsubscribed", "redacted", "invalid", NEVER_SAID}
ASKED = "pending"  # a mail asks them to confirm. With their answer the state changes, perhaps without a new time


class Consent(Loose):
    """A state of consent, as all of Shopify's bodies spell it."""

    state: Text | None
    opt_in_level: Text | None = None
    consent_updated_at: Moment | None = None
    consent_collected_from: Text | None = None


class _ByEmail(Loose):
    customer_id: ExternalId
    email_address: Text | None = None
    email_marketing_consent: Consent


class _BySms(Loose):
    id: ExternalId
    phone: Text | None = None
    sms_marketing_consent: Consent


def read_email_consent(body: Body, origin: Origin) -> Parsed:
    """Read a customer's word on marketing by e-mail."""
    told = read_as(_ByEmail, body)
    return _parsed(of_email(told.customer_id, told.email_address, told.email_marketing_consent, origin.heard_at))


def read_sms_consent(body: Body, origin: Origin) -> Parsed:
    """Read a customer's word on marketing by SMS."""
    told = read_as(_BySms, body)
    return _parsed(of_sms(told.id, told.phone, told.sms_marketing_consent, origin.heard_at))


def of_email(customer: str, email: str | None, consent: Consent | None, heard_at: datetime) -> Iterator[ConsentChanged]:
    """Yield the fact that a state of consent to e-mail comes to, if it comes to one."""
    if consent is not None and (moment := _said_at(consent, heard_at)):
        yield ConsentChanged(
            purpose=Purpose.EMAIL_MARKETING,
            is_given=consent.state == YES,
            occurred_at=moment,
            email=clean_email(email),
            customer_external_id=customer,
            source=SOURCE,
            wording=_wording(consent),
        )


def of_sms(customer: str, phone: str | None, consent: Consent | None, heard_at: datetime) -> Iterator[ConsentChanged]:
    """Yield the fact that a state of consent to SMS comes to, if it comes to one."""
    if consent is not None and (moment := _said_at(consent, heard_at)):
        yield ConsentChanged(
            purpose=Purpose.SMS_MARKETING,
            is_given=consent.state == YES,
            occurred_at=moment,
            phone=phone or None,
            customer_external_id=customer,
            source=SOURCE,
            wording=_wording(consent),
        )


def _parsed(said: Iterator[ConsentChanged]) -> Parsed:
    events = tuple(said)
    if not events:
        return Parsed(nothing=Nothing(reason="Neither a yes with its date nor a no: it changes nothing."))
    return Parsed(events=events)


def _said_at(consent: Consent, heard_at: datetime) -> datetime | None:
    """Return when a yes or a no was said; None where neither was.

    A yes without its date proves nothing. A no without one is a no from now on.
    """
    state = consent.state or NEVER_SAID
    if state == ASKED:
        return None
    if state != YES and state not in NOS:
        raise Malformed(f"Shopify's word {state[:40]!r} on consent is new to Regulars.")
    if consent.consent_updated_at is not None or state in (YES, NEVER_SAID):
        return consent.consent_updated_at
    return heard_at


def _wording(consent: Consent) -> str:
    how = [one for one in (consent.opt_in_level, consent.consent_collected_from) if one]
    return " ".join([f"Shopify: {consent.state or NEVER_SAID}", *(f"({one[:80]})" for one in how)])
