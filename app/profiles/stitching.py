"""One person, one profile: names are stitched together as facts tell of them, and a person may take it apart again.

Only what is beyond doubt joins (`app.identity.same_person`): the address an account is registered with, and what the
platform merged. Every account is the home of a profile of its own, so every meeting is a row with its reason. A name
of which no fact tells gets no profile, which keeps the forgotten away.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.identity import Kind, Known
from app.models import Profile, ProfileMerge
from app.profiles import statements
from app.profiles.unions import Because, Circles, Meeting, Name, join_addresses, merge_ties

CUSTOMER, EMAIL, VISITOR = str(Kind.CUSTOMER), str(Kind.EMAIL), str(Kind.VISITOR)


@dataclass(frozen=True)
class Heard:
    """What was told, and how many pieces of news it were."""

    names: frozenset[Name]
    count: int


@dataclass
class _Facts:
    """What facts say of some names: who registered which address, and what the platform merged."""

    registered: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    accounts: set[str] = field(default_factory=set)
    merges: set[tuple[str, str]] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Place:
    profile: int
    home: int


def take_news(session: Session, shop_id: int, *, most: int) -> Heard:
    """Take the newest news of a shop, holding its profiles until the transaction ends."""
    hold(session, shop_id)
    rows = session.execute(statements.TAKE_NEWS, {"shop_id": shop_id, "most": most}).all()
    names = frozenset((row.kind, row.name) for row in rows)
    if names:
        session.execute(statements.TAKE_SAME, {"shop_id": shop_id, **_asked(names)})
    return Heard(names, len(rows))


def hold(session: Session, shop_id: int) -> None:
    """Make whoever else changes profiles of this shop wait until this transaction ends."""
    session.execute(statements.HOLD, {"shop_id": shop_id})


def has_news(session: Session, shop_id: int) -> bool:
    """Tell whether something was told that profiles have not heard."""
    return bool(session.execute(statements.WAITS, {"shop_id": shop_id}).scalar())


def stitch(session: Session, shop_id: int, heard: Collection[Name]) -> list[int]:
    """Bring the names that facts told of to their profiles. Returns every profile that may have changed."""
    facts = _follow(session, shop_id, heard)
    names = [(CUSTOMER, one) for one in sorted(facts.customers)] + [(EMAIL, one) for one in sorted(facts.emails)]
    visitors = [name for name in heard if name[0] == VISITOR]
    rows = session.execute(statements.PLACES, {"shop_id": shop_id, **_asked([*names, *visitors])}).all()
    places = {(row.kind, row.name): _Place(row.profile_id, row.home_id) for row in rows}
    preferred = {row.profile_id for row in rows if row.has_account}
    homes = _new_homes(session, shop_id, facts, places)
    preferred |= {home for (kind, _), home in homes.items() if kind == CUSTOMER}
    circles = Circles(_apart(session, shop_id), frozenset(preferred))
    left = _join(circles, facts, places, homes)
    changed = {place.profile for place in places.values()} | set(homes.values())
    changed |= _write_meetings(session, shop_id, circles)
    changed |= _write_names(session, shop_id, circles, _Named(names, facts, places, homes, left))
    return sorted(changed | keep_browsers(session, shop_id, changed))


def keep_browsers(session: Session, shop_id: int, profiles: Collection[int]) -> set[int]:
    """Give these profiles the browsers that only they used. Returns the profiles that got one or lost one."""
    told = {"shop_id": shop_id, "profiles": sorted(profiles), "because": Because.BROWSER}
    return set(session.execute(statements.KEEP_BROWSERS, told).scalars())


def undo(session: Session, shop_id: int, merge_id: int, person_id: int | None) -> list[int]:
    """Take two profiles apart again, for good. Returns both. Raises NotFound and BadRequest, with words."""
    hold(session, shop_id)
    merge = session.get(ProfileMerge, (shop_id, merge_id), populate_existing=True)
    if merge is None:
        raise NotFound("There is no such merge.")
    if merge.undone_at is not None:
        raise BadRequest("This merge was undone already.")
    merge.undone_at = session.scalar(select(func.regulars_now()))
    merge.undone_by = person_id
    source = session.get_one(Profile, (shop_id, merge.from_id), populate_existing=True)
    target = source.merged_into_id
    session.flush()
    session.execute(statements.TAKE_APART, {"shop_id": shop_id, "source": source.id, "target": target})
    session.expire(source)
    both = [one for one in (source.id, target) if one is not None]
    return sorted({*both, *keep_browsers(session, shop_id, both)})


def profile_of(session: Session, shop_id: int, who: Known) -> int | None:
    """Return whose profile names are in: the account's first, then the address's, then the browser's."""
    names = [(CUSTOMER, one) for one in sorted(who.customers)] + [(EMAIL, one) for one in sorted(who.emails)]
    names += [(VISITOR, one.hex()) for one in sorted(who.visitors)]
    found: int | None = session.execute(statements.PROFILE_OF, {"shop_id": shop_id, **_asked(names)}).scalar()
    return found


def names_of(session: Session, shop_id: int, profile_id: int) -> Known:
    """Return the accounts, addresses and browsers of a profile; of one that was merged, those of what it became."""
    rows = session.execute(statements.NAMES_OF, {"shop_id": shop_id, "profile_id": profile_id}).all()
    named = {kind: frozenset(row.name for row in rows if row.kind == kind) for kind in (CUSTOMER, EMAIL, VISITOR)}
    visitors = frozenset(bytes.fromhex(one) for one in named[VISITOR])
    return Known(customers=named[CUSTOMER], emails=named[EMAIL], visitors=visitors)


def _follow(session: Session, shop_id: int, heard: Collection[Name]) -> _Facts:
    """Follow names through the facts until nothing new is found, however the platform's merges run."""
    facts = _Facts()
    customers, emails = ({name for kind, name in heard if kind == wanted} for wanted in (CUSTOMER, EMAIL))
    while customers or emails:
        facts.customers |= customers
        facts.emails |= emails
        asked = {"shop_id": shop_id, "customers": sorted(customers), "emails": sorted(emails)}
        accounts = session.execute(statements.ACCOUNTS, asked).all()
        merges = {(row[0], row[1]) for row in session.execute(statements.MERGES, asked)}
        facts.merges |= merges
        for account, email in accounts:
            facts.accounts.add(account)
            if email:
                facts.registered[email].add(account)
        customers = {row[0] for row in accounts} | {one for pair in merges for one in pair}
        customers -= facts.customers
        emails = {row[1] for row in accounts if row[1]} - facts.emails
    return facts


def _new_homes(session: Session, shop_id: int, facts: _Facts, places: Mapping[Name, _Place]) -> dict[Name, int]:
    """Make a profile for each account and guest that has none and of whom some fact tells."""
    accounts = {one for one in facts.customers if (CUSTOMER, one) not in places}
    asked = {"shop_id": shop_id, "customers": sorted(accounts - facts.accounts)}
    named = session.execute(statements.NAMED_ACCOUNTS, asked).scalars().all() if asked["customers"] else []
    emails = sorted(one for one in facts.emails if one not in facts.registered and (EMAIL, one) not in places)
    asked = {"shop_id": shop_id, "emails": emails}
    guests = session.execute(statements.GUESTS, asked).scalars().all() if emails else []
    fresh = [(CUSTOMER, one) for one in sorted({*(accounts & facts.accounts), *named})]
    fresh += [(EMAIL, one) for one in sorted(guests)]
    if not fresh:
        return {}
    ids = session.execute(statements.ADD_PROFILES, {"shop_id": shop_id, "count": len(fresh)}).scalars()
    return dict(zip(fresh, sorted(ids), strict=True))


def _apart(session: Session, shop_id: int) -> dict[int, frozenset[int]]:
    apart: dict[int, set[int]] = defaultdict(set)
    for one, other in session.execute(statements.APART, {"shop_id": shop_id}):
        apart[one].add(other)
        apart[other].add(one)
    return {profile: frozenset(others) for profile, others in apart.items()}


def _join(circles: Circles, facts: _Facts, places: Mapping[Name, _Place], homes: Mapping[Name, int]) -> frozenset[str]:
    for name, place in sorted(places.items()):
        if name[0] == CUSTOMER:
            circles.place(name, place.profile)
    for name, home in homes.items():
        circles.place(name, home)
    for tie in merge_ties(facts.merges):
        circles.join(tie)
    known = {name: place.profile for (kind, name), place in places.items() if kind == EMAIL}
    return join_addresses(circles, {email: sorted(those) for email, those in facts.registered.items()}, known)


def _write_meetings(session: Session, shop_id: int, circles: Circles) -> set[int]:
    """Write down which profiles became one and why, and lead their names there. Returns where those went."""
    if not circles.meetings:
        return set()
    rows = [_meeting(one) for one in circles.meetings]
    session.execute(statements.ADD_MERGES, _rows(shop_id, rows))
    ends = {one.source: circles.profile_of(one.source) for one in circles.meetings}
    moved = _rows(shop_id, [{"source": source, "target": target} for source, target in sorted(ends.items())])
    session.execute(statements.END_PROFILES, moved)
    session.execute(statements.MOVE_NAMES, moved)
    return {target for target in ends.values() if target is not None}


def _meeting(one: Meeting) -> dict[str, object]:
    evidence = {"names": [{"kind": kind, "name": name} for kind, name in one.evidence]}
    return {"source": one.source, "target": one.into, "because": one.because, "evidence": evidence}


@dataclass(frozen=True)
class _Named:
    names: Sequence[Name]
    facts: _Facts
    places: Mapping[Name, _Place]
    homes: Mapping[Name, int]
    left: frozenset[str]

    def home_of(self, name: Name, profile: int) -> int:
        """Return where a name goes when what brought it together is undone."""
        if name in self.homes:
            return self.homes[name]
        if name[0] == EMAIL:
            accounts = [(CUSTOMER, one) for one in sorted(self.facts.registered.get(name[1], ()))]
            known = [self.places[one].home for one in accounts if one in self.places]
            return next(iter([*known, *(self.homes[one] for one in accounts if one in self.homes)]), profile)
        return profile

    def because(self, name: Name) -> Because:
        if name[0] == EMAIL:
            return Because.ACCOUNT_EMAIL if name[1] in self.facts.registered else Because.GUEST
        return Because.ACCOUNT if name in self.homes else Because.PLATFORM_MERGE


def _write_names(session: Session, shop_id: int, circles: Circles, told: _Named) -> set[int]:
    """Write the names that are new, or that left where they were. Returns the profiles that got one."""
    rows: list[dict[str, Any]] = []
    for name in told.names:
        is_known = name in told.places and not (name[0] == EMAIL and name[1] in told.left)
        profile = None if is_known else circles.profile_of(name)
        if profile is not None:
            kind, value = name
            home = told.home_of(name, profile)
            because = told.because(name)
            rows.append({"kind": kind, "name": value, "profile_id": profile, "home_id": home, "because": because})
    if rows:
        session.execute(statements.ADD_NAMES, _rows(shop_id, rows))
    return {row["profile_id"] for row in rows}


def _asked(names: Iterable[Name]) -> dict[str, list[str]]:
    pairs = list(names)
    return {"kinds": [kind for kind, _ in pairs], "names": [name for _, name in pairs]}


def _rows(shop_id: int, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"shop_id": shop_id, "rows": json.dumps(rows)}
