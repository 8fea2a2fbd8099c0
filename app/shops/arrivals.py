"""Who comes through a platform's own admin: the shop it is, opened where it is new, and the person, joined to it.

The platform says who may open us there and asks them again every minute, so whoever it sends works in the shop: the
first one as its owner, the next as editors, whom an owner can give another role. Whoever an owner removes comes back
as an editor when the platform still sends them: take the app away from them there. Nobody comes as an owner where the
shop has one and was connected before.
"""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.models import Membership, Person, PersonRole, Shop
from app.shops.shops import NewShop, change_shop, check_name, free_slug, open_shop
from plugins.talking import ShopSeen

LONGEST_NAME = 80


def shop_at(session: Session, platform: str, address: str) -> Shop | None:
    """Return the shop that a platform calls so."""
    found = select(Shop).where(Shop.platform == platform, Shop.address == address)
    return session.execute(found).scalar_one_or_none()


def open_at(session: Session, platform: str, address: str, seen: ShopSeen) -> Shop:
    """Open the shop a platform has sent somebody from; of two at once both get the same one."""
    try:
        with session.begin_nested():
            shop = open_shop(
                session,
                NewShop(
                    slug=free_slug(session, address.partition(".")[0]),
                    name=check_name(seen.name.strip()[:100] or address),
                    platform=platform,
                    currency=seen.facts.currency,
                    time_zone=seen.facts.time_zone,
                    origins=seen.storefronts,
                ),
            )
            change_shop(session, shop.id, {"address": address})
    except (IntegrityError, BadRequest):  # the second: whoever was first is done between our look and our opening
        known = shop_at(session, platform, address)
        if known is None:  # a short name was taken between looking and opening
            raise
        return known
    return shop


def find_person(session: Session, shop_id: int, external_id: str) -> Person | None:
    """Return whom a platform knows by this number, if they have come to this shop before."""
    return session.execute(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.shop_id == shop_id, Membership.external_id == external_id)
    ).scalar_one_or_none()


def arrive(session: Session, shop_id: int, external_id: str, name: str) -> Person:
    """Return whom a platform knows by this number, joining them to the shop at their first time."""
    shop = session.get_one(Shop, shop_id, with_for_update=True)  # two pages of one person at once make one person
    known = find_person(session, shop_id, external_id)
    if known is not None:
        return known
    owners = (Membership.shop_id == shop_id, Membership.role == PersonRole.OWNER)
    is_first = shop.address is None or not session.scalar(select(func.count()).select_from(Membership).where(*owners))
    person = Person(name=name[:LONGEST_NAME])
    session.add(person)
    session.flush()
    role = PersonRole.OWNER if is_first else PersonRole.EDITOR
    session.add(Membership(shop_id=shop_id, person_id=person.id, role=role, external_id=external_id))
    session.flush()
    return person
