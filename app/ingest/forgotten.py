"""Facts about somebody who was forgotten are written without the person. Only their own later yes brings them back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import Kind, Seals, clean_email, clean_phone
from app.models.browsing import visitor_key
from plugins.events import (
    AddressSuppressed,
    CartChanged,
    ConsentChanged,
    CustomerChanged,
    CustomerDeleted,
    CustomerMerged,
    Event,
    OrderChanged,
    RefundMade,
    ReviewPosted,
    VisitorRecognized,
)

Heard = tuple[datetime, Event]
Name = tuple[Kind, str]

FIND = text("SELECT kind, seal, erased_at FROM tombstones WHERE shop_id = :shop_id AND seal = ANY(:seals)")
ANY_AT_ALL = text("SELECT EXISTS (SELECT FROM tombstones WHERE shop_id = :shop_id)")
ADDRESS = re.compile(r"""[^\s"'<>,;:=()\[\]{}\\]+@[^\s"'<>,;:=()\[\]{}\\]+""")
NAMES = ("customer_external_id", "email", "phone", "address", "visitor_id", "cart_external_id")
ALONE = {Kind.PHONE: "phone", Kind.VISITOR: "visitor_id"}
NOBODY: dict[str, Any] = dict.fromkeys(NAMES)
LIFT = text("DELETE FROM tombstones WHERE shop_id = :shop_id AND seal = ANY(:seals)")


def without_forgotten(
    session: Session, shop_id: int, heard: Sequence[Heard], seals: Seals
) -> tuple[Sequence[Heard], frozenset[int]]:
    """Return the facts without forgotten people, and the places of those that had named one."""
    if not session.execute(ANY_AT_ALL, {"shop_id": shop_id}).scalar():
        return heard, frozenset()
    sealed = {name: seals.seal(shop_id, *name) for _, fact in heard for name in names_of(fact)}
    rows = session.execute(FIND, {"shop_id": shop_id, "seals": list(sealed.values())}).all()
    erased = {(Kind(row.kind), bytes(row.seal)): row.erased_at for row in rows}
    gone = {name: erased[name[0], seal] for name, seal in sealed.items() if (name[0], seal) in erased}
    returned = {name for _, fact in heard if _is_return(fact, gone) for name in names_of(fact)}
    if returned:
        session.execute(LIFT, {"shop_id": shop_id, "seals": [sealed[name] for name in returned]})
    left = set(gone) - returned
    named = frozenset(place for place, (_, fact) in enumerate(heard) if left & set(names_of(fact)))
    kept = [(at, fact if place not in named else _without(fact, left)) for place, (at, fact) in enumerate(heard)]
    return [(at, fact) for at, fact in kept if fact is not None], named


def naming_forgotten(session: Session, shop_id: int, texts: Sequence[str], seals: Seals) -> frozenset[int]:
    """Return the places of texts that nobody could read, and in which a forgotten person's e-mail address stands."""
    if not texts or not session.execute(ANY_AT_ALL, {"shop_id": shop_id}).scalar():
        return frozenset()
    found = [{clean_email(one) for one in ADDRESS.findall(told.replace("\\u0040", "@"))} - {None} for told in texts]
    sealed = {one: seals.seal(shop_id, Kind.EMAIL, one) for each in found for one in each if one}
    rows = session.execute(FIND, {"shop_id": shop_id, "seals": list(sealed.values())}).all()
    gone = {bytes(row.seal) for row in rows if row.kind == Kind.EMAIL}
    return frozenset(place for place, each in enumerate(found) if any(sealed[one] in gone for one in each if one))


def names_of(fact: Event) -> Iterator[Name]:
    """Yield every name under which a fact speaks of a person."""
    if isinstance(fact, OrderChanged):
        yield Kind.ORDER, fact.external_id
    match fact:
        case OrderChanged() | CartChanged() | CustomerChanged() | ConsentChanged():
            customer = fact.external_id if isinstance(fact, CustomerChanged) else fact.customer_external_id
            told = {
                Kind.CUSTOMER: customer,
                Kind.EMAIL: clean_email(fact.email),
                Kind.PHONE: clean_phone(fact.phone, getattr(fact, "country", None)),
                Kind.VISITOR: _visitor(getattr(fact, "visitor_id", None)),
            }
        case VisitorRecognized():
            told = {Kind.CUSTOMER: fact.customer_external_id, Kind.VISITOR: _visitor(fact.visitor_id)}
        case ReviewPosted():
            told = {Kind.CUSTOMER: fact.customer_external_id, Kind.EMAIL: clean_email(fact.email)}
        case CustomerDeleted():
            told = {Kind.CUSTOMER: fact.external_id}
        case AddressSuppressed():
            told = {Kind.EMAIL: clean_email(fact.email)}
        case RefundMade():
            told = {Kind.ORDER: fact.order_external_id}
        case CustomerMerged():
            yield Kind.CUSTOMER, fact.from_external_id
            told = {Kind.CUSTOMER: fact.into_external_id}
        case _:
            told = {}
    yield from ((kind, value) for kind, value in told.items() if value)


def _visitor(visitor_id: str | None) -> str | None:
    key = visitor_key(visitor_id) if visitor_id else None
    return key.hex() if key else None


def _is_return(fact: Event, gone: dict[Name, datetime]) -> bool:
    """Tell whether somebody forgotten said yes to us again, after they were forgotten."""
    if not isinstance(fact, ConsentChanged) or not fact.is_given:
        return False
    erased = [gone[name] for name in names_of(fact) if name in gone]
    return bool(erased) and fact.occurred_at > max(erased)


def _without(fact: Event, gone: set[Name]) -> Event | None:
    """Return a fact without the person, or nothing where it told of nothing else.

    A phone or a browser alone makes nobody else forgotten: the fact only loses it.
    """
    kinds = {kind for kind, _ in set(names_of(fact)) & gone}
    if isinstance(fact, RefundMade):
        return replace(fact, reason="")
    is_theirs = bool(kinds & {Kind.CUSTOMER, Kind.EMAIL, Kind.ORDER})
    if is_theirs and isinstance(fact, OrderChanged):
        return replace(fact, **NOBODY)
    if is_theirs or not isinstance(fact, OrderChanged | CartChanged | CustomerChanged | ConsentChanged):
        return None
    lost: dict[str, Any] = {name: None for kind, name in ALONE.items() if kind in kinds}
    lighter = replace(fact, **lost)
    return lighter if isinstance(fact, OrderChanged) or any(names_of(lighter)) else None
