"""One person: who they are, what they may be written and shown, and what of it stands right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import consent
from app.identity import Known, probably_same
from app.models import AuditEntry, Customer, Impression, Item
from app.profiles.timeline import Timeline, read_timeline, rows_of

MOST_NAMED = 5
MOST_SHOWN = 5  # answers of placements
CORRECTED = "customer_corrected"

ORDERS = rows_of("SELECT currency, total_minor, placed_at, state FROM orders")
BOUGHT = text(f"""
    SELECT currency, count(*) AS orders, sum(total_minor)::bigint AS total_minor, min(placed_at) AS first_at,
        max(placed_at) AS last_at
    FROM ({ORDERS}) AS theirs WHERE state IN ('placed', 'pending')
    GROUP BY currency ORDER BY orders DESC, currency
""")  # noqa: S608 - our own words
ALLOWED_BROWSERS = text("""
    SELECT count(*) FILTER (WHERE is_consenting) AS agreeing, count(*) AS asked
    FROM visitors WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors)
""")


@dataclass(frozen=True)
class Spent:
    """What somebody bought in one currency."""

    currency: str
    orders: int
    total_minor: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Standing:
    """What is allowed right now. mail: each address's own answer; personal: all accounts and browsers together."""

    mail: dict[str, consent.Answer]
    personal: consent.Answer


@dataclass(frozen=True)
class HeldBack:
    """Others who may be the same person: never merged, only a reason to hold a message back."""

    names: Sequence[str]
    count: int


@dataclass(frozen=True)
class Profile:
    """What is known of one person."""

    who: Known
    accounts: Sequence[Customer]
    spent: Sequence[Spent]
    timeline: Timeline
    standing: Standing

    @property
    def name(self) -> str:
        """Return a name, where an account says one."""
        named = (f"{one.first_name} {one.last_name}".strip() for one in self.accounts)
        return next((name for name in named if name), "")

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.spent)

    @property
    def first_at(self) -> datetime | None:
        return min((one.first_at for one in self.spent), default=None)

    @property
    def last_at(self) -> datetime | None:
        return max((one.last_at for one in self.spent), default=None)


@dataclass(frozen=True)
class Part:
    """Which part of the timeline is wanted."""

    kind: str = ""
    offset: int = 0
    most: int = 50


def read_profile(
    session: Session, shop_id: int, who: Known, part: Part | None = None, *, is_unasked_allowed: bool
) -> Profile:
    """Return what is known under these names, and under no other."""
    part = part or Part()
    named = (Customer.shop_id == shop_id, Customer.external_id.in_(who.customers))
    told = _told(shop_id, who)
    return Profile(
        who=who,
        accounts=session.scalars(select(Customer).where(*named).order_by(Customer.version_at.desc())).all(),
        spent=[Spent(*row) for row in session.execute(BOUGHT, told)],
        timeline=read_timeline(session, shop_id, who, kind=part.kind, offset=part.offset, most=part.most),
        standing=read_standing(session, shop_id, who, is_unasked_allowed=is_unasked_allowed),
    )


def read_standing(session: Session, shop_id: int, who: Known, *, is_unasked_allowed: bool) -> Standing:
    """Return what these names allow right now: a no of any account or browser is a no."""
    mail = consent.expect_mail(session, shop_id, who.emails)
    answers = [
        consent.may_personalize(session, shop_id, customer, is_unasked_allowed=is_unasked_allowed)
        for customer in sorted(who.customers)
    ]
    row = session.execute(ALLOWED_BROWSERS, _told(shop_id, who)).one()
    if row.asked:
        answers.append(consent.may_remember(row.agreeing == row.asked))
    nobody = consent.may_remember(None)
    refused = next((one for one in answers if not one.is_allowed), None)
    return Standing(mail, refused or (answers[-1] if answers else nobody))


def held_back(session: Session, shop_id: int, who: Known) -> HeldBack:
    """Return who shares a phone, an address, a cart or a browser with somebody, under other names."""
    wide = probably_same(session, shop_id, who)
    others = sorted(wide.emails - who.emails) or sorted(wide.customers - who.customers)
    return HeldBack(others[:MOST_NAMED], len(others))


def correction(session: Session, shop_id: int, accounts: Sequence[Customer]) -> AuditEntry | None:
    """Return the newest correction that somebody made themselves, until the shop has told of the account anew."""
    versions = {one.id: one.version_at for one in accounts}
    wanted = (AuditEntry.shop_id == shop_id, AuditEntry.action == CORRECTED)
    rows = AuditEntry.detail["row"].as_integer().in_(versions)
    newest = session.scalars(select(AuditEntry).where(*wanted, rows).order_by(AuditEntry.id.desc()).limit(1)).first()
    if newest is None or versions[int(str(newest.detail["row"]))] > newest.happened_at:
        return None
    return newest


def shown_lately(session: Session, shop_id: int, who: Known) -> list[tuple[Impression, list[str]]]:
    """Return what browsers of theirs were shown and looked at lately, newest first, with the items' titles."""
    wanted = (Impression.shop_id == shop_id, Impression.visitor_key.in_(who.visitors), Impression.seen_at.is_not(None))
    newest = select(Impression).where(*wanted).order_by(Impression.shown_at.desc()).limit(MOST_SHOWN)
    found = session.scalars(newest).all() if who.visitors else []
    ids = {item for one in found for item in one.item_ids}
    rows = session.execute(select(Item.id, Item.title).where(Item.shop_id == shop_id, Item.id.in_(ids)))
    titles = {row.id: row.title for row in rows}
    return [(one, [titles[item] for item in one.item_ids if item in titles]) for one in found]


def _told(shop_id: int, who: Known) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "customers": list(who.customers),
        "emails": list(who.emails),
        "visitors": list(who.visitors),
    }
