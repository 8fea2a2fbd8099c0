"""What platforms tell us about people rather than things: consents, suppressions, merges, wishes to be forgotten."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from app.identity import clean_email, clean_phone, known
from app.models import Erasure, Shop
from app.models.browsing import visitor_key
from plugins.events import (
    AddressSuppressed,
    ConsentChanged,
    CustomerMerged,
    CustomerRedacted,
    DataRequested,
    Event,
    ShopRedacted,
    ShopUninstalled,
)

MERGE = text("""
    INSERT INTO customer_merges AS known (shop_id, from_external_id, into_external_id, merged_at)
    VALUES (:shop_id, :from_external_id, :into_external_id, :merged_at)
    ON CONFLICT (shop_id, from_external_id) DO UPDATE
        SET into_external_id = excluded.into_external_id, merged_at = excluded.merged_at
    WHERE known.merged_at < excluded.merged_at
""")
GUESTS = text("""
    SELECT email FROM orders
    WHERE shop_id = :shop_id AND external_id = ANY(:orders) AND customer_external_id IS NULL AND email IS NOT NULL
""")


def note_people(session: Session, shop_id: int, heard: Sequence[tuple[datetime, Event]]) -> None:
    """Write down what facts say of people, in the order in which it happened."""
    said = [fact for _, fact in heard if isinstance(fact, ConsentChanged)]
    stopped = [fact for _, fact in heard if isinstance(fact, AddressSuppressed)]
    emails = {clean_email(email) for email in (*(fact.email for fact in said), *(fact.email for fact in stopped))}
    consent.hold_addresses(session, shop_id, [email for email in emails if email])
    consent.record(session, shop_id, *map(_word, said))
    consent.suppress(session, shop_id, *(stop for fact in stopped if (stop := _stop(fact))))
    for at, fact in heard:
        if isinstance(fact, CustomerMerged):
            session.execute(MERGE, {"shop_id": shop_id, **fact.__dict__})
        elif isinstance(fact, CustomerRedacted | DataRequested):
            _ask_privacy(session, shop_id, fact)
        elif isinstance(fact, ShopUninstalled | ShopRedacted):
            _leave(session, shop_id, fact, at)


def _word(fact: ConsentChanged) -> consent.Word:
    told = {name: value for name, value in fact.__dict__.items() if name not in ("visitor_id", "email", "phone")}
    return consent.Word(
        **told,
        email=clean_email(fact.email),
        phone=clean_phone(fact.phone, None),
        visitor_key=visitor_key(fact.visitor_id) if fact.visitor_id else None,
        digest=hashlib.sha256(repr(fact).encode()).digest(),
    )


def _stop(fact: AddressSuppressed) -> consent.Stop | None:
    email = clean_email(fact.email)
    return consent.Stop(email, fact.reason, fact.source, fact.occurred_at) if email else None


def _ask_privacy(session: Session, shop_id: int, fact: CustomerRedacted | DataRequested) -> None:
    """Put the wish in line for the room that fulfils it."""
    named = {"shop_id": shop_id, "orders": list(fact.order_external_ids)}
    # An address that somebody signed in typed into an order may be anybody's; a guest's is all there is of them.
    guests = session.execute(GUESTS, named).scalars().all()
    subject = known(
        customers=fact.customer_external_id,
        emails=[clean_email(fact.email), *guests],
        phones=clean_phone(fact.phone, None),
    )
    kind = "erase" if isinstance(fact, CustomerRedacted) else "show"
    session.add(Erasure(shop_id=shop_id, kind=kind, asked_by="platform", subject=subject.as_json()))
    session.flush()


def _leave(session: Session, shop_id: int, fact: ShopUninstalled | ShopRedacted, at: datetime) -> None:
    """Put a shop's redaction in line, or mark that it has left. One that is connected is deleted on an owner's word."""
    if isinstance(fact, ShopRedacted):
        session.add(Erasure(shop_id=shop_id, kind="shop", asked_by="platform", subject=None))
        session.flush()
        return
    shop = session.get_one(Shop, shop_id, with_for_update=True)
    shop.uninstalled_at = shop.uninstalled_at or at
    session.flush()
