"""People who work in a shop: how they get in, what they may do there, and how they get out.

Nobody has a password. A set-up link carries 256 random bits once; only their SHA-256 is kept. Raising a person's
session version ends every session of theirs at once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.models import Membership, Person, PersonRole, SetupLink, Shop

LINK_HOURS = 48
TOKEN_BYTES = 32
LONGEST_TOKEN = 100  # characters; ours have 43
LONGEST_NAME = 80
CAN_CHANGE = frozenset({PersonRole.OWNER, PersonRole.EDITOR})


@dataclass(frozen=True)
class Colleague:
    """Somebody who works in a shop, as its owner sees them."""

    id: int
    name: str
    role: PersonRole
    link_expires_at: datetime | None  # of an invitation that is still open


@dataclass(frozen=True)
class Place:
    """A shop as one of its people enters it."""

    shop: Shop
    role: PersonRole


def make_setup_link(session: Session, shop_id: int, *, now: datetime) -> str:
    """Return a one-time token for the shop's first owner, making that person where there is none yet."""
    owner = session.execute(
        select(Membership.person_id)
        .where(Membership.shop_id == shop_id, Membership.role == PersonRole.OWNER)
        .order_by(Membership.person_id)
        .limit(1)
    ).scalar_one_or_none()
    return link_for(session, owner or _join(session, shop_id, "Owner", PersonRole.OWNER), now=now)


def invite(session: Session, shop_id: int, name: str, role: PersonRole, *, now: datetime) -> tuple[int, str]:
    """Let somebody new work in the shop; return their id and the token of their set-up link."""
    person_id = _join(session, shop_id, check_name(name), role)
    return person_id, link_for(session, person_id, now=now)


def let_in(session: Session, shop_id: int, person_id: int, role: PersonRole) -> None:
    """Let somebody who works in another shop here work in this one too."""
    session.add(Membership(shop_id=shop_id, person_id=person_id, role=role))
    session.flush()


def owns_any(session: Session, person_id: int) -> bool:
    """Tell whether a person owns a shop on this server."""
    owned = select(Membership.shop_id).where(Membership.person_id == person_id, Membership.role == PersonRole.OWNER)
    return session.execute(owned.limit(1)).first() is not None


def link_again(session: Session, shop_id: int, person_id: int, *, now: datetime) -> str:
    """Return a new set-up link for somebody who lost theirs. Raises NotFound, BadRequest.

    Only for people of this one shop: whoever holds the link is that person, and would be in their other shops too.
    """
    _membership(session, shop_id, person_id)
    shops = session.scalar(select(func.count()).select_from(Membership).where(Membership.person_id == person_id))
    if shops != 1:
        raise BadRequest("This person also works in another shop. Ask whoever runs the server for a link.")
    return link_for(session, person_id, now=now)


def link_for(session: Session, person_id: int, *, now: datetime) -> str:
    """Return a fresh one-time token for a person; links they have not used yet stop working."""
    session.execute(delete(SetupLink).where(SetupLink.person_id == person_id, SetupLink.used_at.is_(None)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + timedelta(hours=LINK_HOURS)
    session.add(SetupLink(token_digest=_digest(token), person_id=person_id, expires_at=expires_at))
    session.flush()
    return token


def is_open(session: Session, token: str, *, now: datetime) -> bool:
    """Tell whether a set-up link could be used now. Using it is `redeem`'s."""
    found = select(SetupLink.person_id).where(
        SetupLink.token_digest == _digest(token), SetupLink.used_at.is_(None), SetupLink.expires_at > now
    )
    return session.execute(found).first() is not None


def redeem(session: Session, token: str, *, now: datetime) -> Person | None:
    """Use a set-up link up and return whose it was; None when it is wrong, late or used. Of two at once one wins."""
    person_id = session.execute(
        update(SetupLink)
        .where(SetupLink.token_digest == _digest(token), SetupLink.used_at.is_(None), SetupLink.expires_at > now)
        .values(used_at=now)
        .returning(SetupLink.person_id)
    ).scalar_one_or_none()
    return None if person_id is None else session.get(Person, person_id)


def find_signed_in(session: Session, person_id: int, session_version: int) -> Person | None:
    """Return the person of a session, None when they were signed out everywhere since it began."""
    person = session.get(Person, person_id)
    return person if person is not None and person.session_version == session_version else None


def sign_out_everywhere(session: Session, person_id: int) -> None:
    """End every session of a person, on every device."""
    session.execute(update(Person).where(Person.id == person_id).values(session_version=Person.session_version + 1))


def find_place(session: Session, person_id: int, slug: str) -> Place | None:
    """Return the shop of this short name with the person's role; None when there is none, or they do not work there."""
    row = session.execute(
        select(Shop, Membership.role)
        .join(Membership, Membership.shop_id == Shop.id)
        .where(Shop.slug == slug, Membership.person_id == person_id)
    ).one_or_none()
    return None if row is None else Place(row[0], PersonRole(row[1]))


def shops_of(session: Session, person_id: int) -> Sequence[Shop]:
    """Return the shops a person works in, by name."""
    return session.scalars(
        select(Shop)
        .join(Membership, Membership.shop_id == Shop.id)
        .where(Membership.person_id == person_id)
        .order_by(Shop.name)
    ).all()


def colleagues(session: Session, shop_id: int, *, now: datetime) -> list[Colleague]:
    """Return who works in a shop, the longest there first."""
    rows = session.execute(
        select(Person.id, Person.name, Membership.role, func.max(SetupLink.expires_at))
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(
            SetupLink,
            (SetupLink.person_id == Person.id) & SetupLink.used_at.is_(None) & (SetupLink.expires_at > now),
        )
        .where(Membership.shop_id == shop_id)
        .group_by(Person.id, Person.name, Membership.role)
        .order_by(Person.id)
    )
    return [Colleague(id_, name, PersonRole(role), expires_at) for id_, name, role, expires_at in rows]


def change_role(session: Session, shop_id: int, person_id: int, role: PersonRole) -> None:
    """Give a person another role. A shop keeps at least one owner. Raises NotFound, BadRequest."""
    membership = _membership(session, shop_id, person_id)
    if membership.role == PersonRole.OWNER and role != PersonRole.OWNER:
        _keep_an_owner(session, shop_id)
    membership.role = role


def remove(session: Session, shop_id: int, person_id: int) -> None:
    """Let somebody go: from the next request they are a stranger here. Raises NotFound, BadRequest."""
    membership = _membership(session, shop_id, person_id)
    if membership.role == PersonRole.OWNER:
        _keep_an_owner(session, shop_id)
    session.delete(membership)
    session.execute(delete(SetupLink).where(SetupLink.person_id == person_id, SetupLink.used_at.is_(None)))
    session.flush()


def check_name(name: str) -> str:
    """Return a person's name without blanks around it. Raises BadRequest."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise BadRequest(f"A name has between 1 and {LONGEST_NAME} characters.")
    return name.strip()


def _join(session: Session, shop_id: int, name: str, role: PersonRole) -> int:
    person = Person(name=name)
    session.add(person)
    session.flush()
    session.add(Membership(shop_id=shop_id, person_id=person.id, role=role))
    session.flush()
    return person.id


def _membership(session: Session, shop_id: int, person_id: int) -> Membership:
    # The whole shop is locked in one order: two owners who let each other go at once leave one of them.
    everybody = session.scalars(
        select(Membership).where(Membership.shop_id == shop_id).order_by(Membership.person_id).with_for_update()
    ).all()
    for one in everybody:
        if one.person_id == person_id:
            return one
    raise NotFound("Nobody by that number works in this shop.")


def _keep_an_owner(session: Session, shop_id: int) -> None:
    owned = (Membership.shop_id == shop_id, Membership.role == PersonRole.OWNER)
    if (session.scalar(select(func.count()).select_from(Membership).where(*owned)) or 0) < 2:
        raise BadRequest("A shop keeps at least one owner. Make somebody else an owner first.")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "replace")).digest()
