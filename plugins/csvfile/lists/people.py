"""What a list says of one person, as facts, by the rules that hold for every list.

A yes counts only with its time: without one there is no proof, the person comes in and nothing is sent to them. A no
counts whatever is known of its time: without one it is dated with the day the file was handed in. "Never subscribed" is
neither. Times without a zone are UTC, as these services write them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, Times, country_code, email_address
from plugins.events import AddressSuppressed, ConsentChanged, CustomerChanged, Event, Purpose, SuppressionReason
from plugins.names import by_email
from plugins.text import plain

WORDING = ("consent wording", "consent text", "wording")
VERSION = ("consent version", "wording version", "wording_version")
LOCALE = ("locale", "language")
BATCH_ROWS = 250  # what people said is written down word by word, under a lock for each address
LONGEST_WORDING = 2000
LONGEST_LOCALE = 35


class Status(StrEnum):
    """What a list says of one person and one channel."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    NEVER = "never subscribed"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody said to one channel, and since when, where the list tells."""

    status: Status
    agreed_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """Why an address is not written to, and since when, where the list tells."""

    reason: SuppressionReason
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """What else a row says of a person and of the words they agreed to."""

    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    country: str | None = None
    wording: str = ""
    wording_version: str = ""
    locale: str = ""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One row of a list."""

    email: str
    to_email: Said
    to_sms: Said | None = None
    blocked: Blocked | None = None
    about: About = About()


@dataclass(frozen=True)
class Reader:
    """The cells of a list that all lists have alike."""

    columns: Columns
    times: Times
    at: Circumstances
    record: list[str]

    def cell(self, *names: str) -> str:
        """Return what stands in a column."""
        return self.columns.cell(self.record, *names)

    def time(self, *names: str) -> datetime | None:
        """Return the time in a column, if there is one. Raises Fault."""
        return self.times.maybe(self.cell(*names), names[0])

    def email(self, *names: str) -> str:
        """Return the address in a column. Raises Fault."""
        return email_address(self.cell(*names), names[0])

    def about(self) -> About:
        """Return what else is said about a person."""
        return About(
            phone=self.cell("phone number", "phone", "sms phone number").removeprefix("'"),
            first_name=plain(self.cell("first name", "first_name", "vorname")),
            last_name=plain(self.cell("last name", "last_name", "nachname")),
            country=country_code(self.cell("country", "cc")),
            wording=plain(self.cell(*WORDING), LONGEST_WORDING),
            wording_version=plain(self.cell(*VERSION)),
            locale=plain(self.cell(*LOCALE), LONGEST_LOCALE),
        )


def said_at(status: Status, moment: datetime | None) -> Said:
    """Return what was said, with the one time a list gives: that of the newest word."""
    return Said(
        status=status,
        agreed_at=moment if status == Status.SUBSCRIBED else None,
        refused_at=moment if status == Status.UNSUBSCRIBED else None,
    )


def list_of_people(header: list[str], at: Circumstances, source: str, person: Callable[[Reader], Person]) -> Format:
    """Return how a list is read whose rows `person` reads; `source` stands in the ledger with what they said."""
    columns, times = Columns(header), Times("UTC", at.now)

    def read(record: list[str]) -> Person:
        columns.check(record)
        found = person(Reader(columns, times, at, record))
        if not found.email and not found.about.phone:
            raise Fault("Neither an e-mail address nor a phone number is there.")
        return found

    def facts(rows: Sequence[Person], counts: Counter[str]) -> Iterator[Event]:
        for one in rows:
            yield from _facts(one, source, at, counts)

    return Format(read=read, facts=facts, batch_rows=BATCH_ROWS)


def _facts(person: Person, source: str, at: Circumstances, counts: Counter[str]) -> Iterator[Event]:
    said = person.to_email
    if person.email:
        if person.blocked is None and said.status != Status.UNSUBSCRIBED:
            yield _customer(person, at)
        yield from _words(person, Purpose.EMAIL_MARKETING, said, source, at)
        counts["unproven"] += said.status == Status.SUBSCRIBED and said.agreed_at is None
        yield from _suppressions(person, source, at)
    if person.to_sms is not None and person.about.phone:
        yield from _words(person, Purpose.SMS_MARKETING, person.to_sms, source, at)


def _customer(person: Person, at: Circumstances) -> CustomerChanged:
    return CustomerChanged(
        external_id=by_email(person.email),
        version_at=at.version_at,
        email=person.email,
        phone=person.about.phone or None,
        first_name=person.about.first_name,
        last_name=person.about.last_name,
        country=person.about.country,
    )


def _words(person: Person, purpose: Purpose, said: Said, source: str, at: Circumstances) -> Iterator[ConsentChanged]:
    """Tell a proven yes, and a no after it."""
    told: list[tuple[bool, datetime]] = [(True, said.agreed_at)] if said.agreed_at else []
    if said.status == Status.UNSUBSCRIBED:
        told.append((False, said.refused_at or at.asked_at))
    for is_given, occurred_at in told:
        yield ConsentChanged(
            purpose=purpose,
            is_given=is_given,
            occurred_at=occurred_at,
            email=person.email if purpose == Purpose.EMAIL_MARKETING else None,
            phone=person.about.phone if purpose == Purpose.SMS_MARKETING else None,
            source=source,
            wording=person.about.wording if is_given else "",
            wording_version=person.about.wording_version if is_given else "",
            locale=person.about.locale,
        )


def _suppressions(person: Person, source: str, at: Circumstances) -> Iterator[AddressSuppressed]:
    said, blocked = person.to_email, person.blocked
    if blocked is not None:
        # Subscribed and blocked at once: whatever came first, it is blocked now.
        since = (None if said.agreed_at else blocked.since or said.refused_at) or at.asked_at
        yield AddressSuppressed(email=person.email, reason=blocked.reason, occurred_at=since, source=source)
    elif said.status == Status.UNSUBSCRIBED:
        since, reason = said.refused_at or at.asked_at, SuppressionReason.UNSUBSCRIBED
        yield AddressSuppressed(email=person.email, reason=reason, occurred_at=since, source=source)
