"""A law: may we remember, personalize, learn, write? The only module that answers, and always with a reason.

A visitor's latest answer decides about their browser. Customers whose orders came with the shop's own history were
never asked: the merchant's setting decides about them, until one of their browsers says no.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from plugins.events import Purpose, SuppressionReason


class Reason(StrEnum):
    """Why an answer is yes or no."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NEVER_ASKED = "never_asked"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Answer:
    """Whether something is allowed, and why."""

    is_allowed: bool
    reason: Reason


@dataclass(frozen=True)
class Learners:
    """Whose orders may be learned from as theirs. Others' orders count as a guest's: as baskets of nobody."""

    refusing: frozenset[str]
    agreeing: frozenset[str]
    is_unasked_allowed: bool

    def may_learn_from(self, customer_external_id: str) -> Answer:
        """Answer for one customer."""
        if customer_external_id in self.refusing:
            return Answer(is_allowed=False, reason=Reason.WITHDRAWN)
        if customer_external_id in self.agreeing:
            return Answer(is_allowed=True, reason=Reason.GIVEN)
        return Answer(is_allowed=self.is_unasked_allowed, reason=Reason.NEVER_ASKED)


def may_remember(is_consenting: bool | None) -> Answer:  # noqa: FBT001 - a row's own value, None where there is no row
    """Answer whether a visitor's doings may be kept and used, from what their row says."""
    if is_consenting is None:
        return Answer(is_allowed=False, reason=Reason.NEVER_ASKED)
    return Answer(is_allowed=is_consenting, reason=Reason.GIVEN if is_consenting else Reason.WITHDRAWN)


def of_visitor(session: Session, shop_id: int, visitor_key: bytes) -> Answer:
    """Answer whether this visitor may be remembered.

    The answer holds until the transaction ends: whoever takes it back meanwhile, or has the visitor forgotten, waits.
    """
    found = session.execute(
        text("SELECT is_consenting FROM visitors WHERE shop_id = :shop_id AND visitor_key = :visitor_key FOR UPDATE"),
        {"shop_id": shop_id, "visitor_key": visitor_key},
    )
    return may_remember(found.scalar())


def agreeing(session: Session, shop_id: int, visitor_keys: Collection[bytes]) -> frozenset[bytes]:
    """Return which of these visitors may be remembered; the answers hold until the transaction ends."""
    found = session.execute(
        text("""
            SELECT visitor_key FROM visitors
            WHERE shop_id = :shop_id AND visitor_key = ANY(:keys) AND is_consenting
            ORDER BY visitor_key FOR SHARE
        """),
        {"shop_id": shop_id, "keys": list(visitor_keys)},
    )
    return frozenset(found.scalars())


@dataclass(frozen=True, kw_only=True)
class Word:
    """A yes or no with its proof, as the ledger keeps it. One or more of the names say whose it is.

    occurred_at: when the person said it; None is now, by the database's clock.
    """

    purpose: Purpose
    is_given: bool
    source: str
    visitor_key: bytes | None = None
    email: str | None = None
    phone: str | None = None
    customer_external_id: str | None = None
    wording: str = ""
    wording_version: str = ""
    locale: str = ""
    occurred_at: datetime | None = None
    digest: bytes | None = None  # of a platform's fact: the same fact twice is one line


@dataclass(frozen=True)
class Stop:
    """An e-mail address not to be written to, why, who says so, and since when."""

    email: str
    reason: SuppressionReason
    source: str
    at: datetime


def record(session: Session, shop_id: int, *words: Word) -> None:
    """Keep what people said: a line each in the ledger, and visitors' rows as their newest words say.

    An e-mail's own yes that is later than a suppression lifts it, unless the address bounced or complained.
    """
    if not words:
        return
    hold_addresses(session, shop_id, [word.email for word in words if word.email])
    told = {"shop_id": shop_id, "rows": _as_json(words)}
    session.execute(RECORD, told)
    if visitors := sorted({word.visitor_key for word in words if word.visitor_key is not None}):
        session.execute(VISITORS_SAY, {"shop_id": shop_id, "visitors": visitors})
    session.execute(LIFT, told)


def suppress(session: Session, shop_id: int, *stops: Stop) -> None:
    """Never write to these addresses again, until their owners say yes later. A worse reason stands, whatever came."""
    if not stops:
        return
    hold_addresses(session, shop_id, [stop.email for stop in stops])
    worst: dict[str, Stop] = {}
    for stop in stops:
        worst[stop.email] = max(stop, worst.get(stop.email, stop), key=lambda one: (WORSE.index(one.reason), one.at))
    rows = [worst[email] for email in sorted(worst)]
    session.execute(SUPPRESS, {"shop_id": shop_id, "rows": _as_json(rows), "worse": list(WORSE)})


def may_mail(session: Session, shop_id: int, email: str) -> Answer:
    """Answer whether marketing may be sent to an e-mail address: only with its owner's own yes, and not against a no.

    The answer holds until the transaction ends: an unsubscribe that comes meanwhile waits (`hold_address`).
    """
    hold_address(session, shop_id, email)
    told = {"shop_id": shop_id, "email": email, "purpose": Purpose.EMAIL_MARKETING}
    if session.execute(IS_SUPPRESSED, told).first():
        return Answer(is_allowed=False, reason=Reason.SUPPRESSED)
    return _answer(session.execute(NEWEST_BY_EMAIL, told).scalar())


def expect_mail(session: Session, shop_id: int, emails: Collection[str]) -> dict[str, Answer]:
    """Return what `may_mail` would answer right now for each address, holding nothing: to plan by, never to send by."""
    told = {"shop_id": shop_id, "emails": sorted(set(emails)), "purpose": Purpose.EMAIL_MARKETING}
    return {
        row.email: Answer(is_allowed=False, reason=Reason.SUPPRESSED) if row.is_suppressed else _answer(row.is_given)
        for row in session.execute(EXPECT_MAIL, told)
    }


def moment_of_own_word(session: Session, shop_id: int, email: str) -> datetime:
    """Return from when a word counts that an address's owner says here, now: after all that was told of them before.

    Shops' clocks go wrong, by a time zone or two: a yes dated this evening would outlast the no of this afternoon.
    """
    told = {"shop_id": shop_id, "email": email, "purpose": Purpose.EMAIL_MARKETING}
    moment: datetime = session.execute(OWN_MOMENT, told).scalar_one()
    return moment


def hold_address(session: Session, shop_id: int, email: str) -> None:
    """Make whoever else asks or changes what this address allows wait until this transaction ends."""
    hold_addresses(session, shop_id, [email])


def hold_addresses(session: Session, shop_id: int, emails: Collection[str]) -> None:
    """Hold several addresses, always in the same order, so that two who want the same never wait in a circle."""
    if emails:
        session.execute(HOLD, {"names": [f"{shop_id}:{email}" for email in sorted(set(emails))]})


def may_personalize(session: Session, shop_id: int, customer_external_id: str, *, is_unasked_allowed: bool) -> Answer:
    """Answer whether one customer's doings may be used for them: their own word, else the merchant's setting."""
    is_given = session.execute(OWN_WORD, {"shop_id": shop_id, "customer": customer_external_id}).scalar()
    if is_given is None:
        return Answer(is_allowed=is_unasked_allowed, reason=Reason.NEVER_ASKED)
    return _answer(is_given)


def learners(session: Session, shop_id: int, *, is_unasked_allowed: bool) -> Learners:
    """Return who may be learned from. A customer's own newest word counts, and a no of any of their browsers."""
    rows = session.execute(LEARNERS, {"shop_id": shop_id}).all()
    return Learners(
        refusing=frozenset(customer for customer, is_agreed in rows if not is_agreed),
        agreeing=frozenset(customer for customer, is_agreed in rows if is_agreed),
        is_unasked_allowed=is_unasked_allowed,
    )


def _answer(is_given: bool | None) -> Answer:  # noqa: FBT001 - a row's own value, None where there is no row
    if is_given is None:
        return Answer(is_allowed=False, reason=Reason.NEVER_ASKED)
    return Answer(is_allowed=is_given, reason=Reason.GIVEN if is_given else Reason.WITHDRAWN)


def _as_json(values: Sequence[Word | Stop]) -> str:
    return json.dumps([value.__dict__ for value in values], default=_as_text)


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


HOLD = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
    FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS asked (name, place) ORDER BY place
""")

WORDS = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (visitor_key text, email text, phone text,
        customer_external_id text, purpose text, is_given boolean, source text, wording text, wording_version text,
        locale text, occurred_at timestamptz, digest text)"""
RECORD = text(f"""
    INSERT INTO consent_records (shop_id, visitor_key, email, phone, customer_external_id, purpose, is_given, source,
        wording, wording_version, locale, occurred_at, digest)
    SELECT :shop_id, decode(visitor_key, 'hex'), email, phone, customer_external_id, purpose, is_given, source, wording,
        wording_version, locale, coalesce(occurred_at, clock_timestamp()), decode(digest, 'hex')
    FROM {WORDS}
    ON CONFLICT (shop_id, digest) DO NOTHING
""")  # noqa: S608 - our own words

# Of two words of the same moment the no counts.
VISITORS_SAY = text("""
    INSERT INTO visitors AS known (shop_id, visitor_key, is_consenting)
    SELECT DISTINCT ON (visitor_key) shop_id, visitor_key, is_given FROM consent_records
    WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors) AND purpose = 'personalization'
    ORDER BY visitor_key, occurred_at DESC, is_given
    ON CONFLICT (shop_id, visitor_key) DO UPDATE
        SET is_consenting = excluded.is_consenting, last_seen_at = clock_timestamp()
""")

LIFT = text(f"""
    DELETE FROM suppressions USING {WORDS}
    WHERE shop_id = :shop_id AND channel = 'email' AND address = told.email
        AND told.is_given AND told.purpose = 'email_marketing'
        AND reason IN ('unsubscribed', 'blocked')
        AND suppressions.occurred_at < coalesce(told.occurred_at, clock_timestamp())
""")  # noqa: S608 - our own words

# A stop that is older than its owner's newest yes changes nothing: files tell old things late.
WORSE = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.BLOCKED,
    SuppressionReason.BOUNCED,
    SuppressionReason.COMPLAINED,
)
SUPPRESS = text("""
    INSERT INTO suppressions AS known (shop_id, channel, address, reason, source, occurred_at)
    SELECT :shop_id, 'email', email, reason, source, at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (email text, reason text, source text, at timestamptz)
    WHERE reason NOT IN ('unsubscribed', 'blocked') OR NOT EXISTS (
        SELECT FROM consent_records r WHERE r.shop_id = :shop_id AND r.email = told.email
            AND r.purpose = 'email_marketing' AND r.is_given AND r.occurred_at > told.at)
    ON CONFLICT (shop_id, channel, address) DO UPDATE SET
        reason = CASE WHEN array_position(CAST(:worse AS text[]), known.reason)
            < array_position(CAST(:worse AS text[]), excluded.reason) THEN excluded.reason ELSE known.reason END,
        source = CASE WHEN array_position(CAST(:worse AS text[]), known.reason)
            < array_position(CAST(:worse AS text[]), excluded.reason) THEN excluded.source ELSE known.source END,
        occurred_at = greatest(known.occurred_at, excluded.occurred_at)
""")

IS_SUPPRESSED = text("""
    SELECT 1 FROM suppressions WHERE shop_id = :shop_id AND channel = 'email' AND address = :email
""")

# Of two words of the same moment the no counts.
NEWEST_BY_EMAIL = text("""
    SELECT is_given FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = :purpose
    ORDER BY occurred_at DESC, is_given LIMIT 1
""")

OWN_MOMENT = text("""
    SELECT greatest(regulars_now(), max(occurred_at) + interval '1 microsecond') FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = :purpose
""")

EXPECT_MAIL = text("""
    SELECT asked.email,
        EXISTS (SELECT FROM suppressions s
            WHERE s.shop_id = :shop_id AND s.channel = 'email' AND s.address = asked.email) AS is_suppressed,
        (SELECT r.is_given FROM consent_records r
            WHERE r.shop_id = :shop_id AND r.email = asked.email AND r.purpose = :purpose
            ORDER BY r.occurred_at DESC, r.is_given LIMIT 1) AS is_given
    FROM unnest(CAST(:emails AS text[])) AS asked (email)
""")

# What LEARNERS says of one customer.
OWN_WORD = text("""
    SELECT bool_and(is_given) FROM (
        (SELECT is_given FROM consent_records
        WHERE shop_id = :shop_id AND purpose = 'personalization' AND customer_external_id = :customer
        ORDER BY occurred_at DESC, is_given LIMIT 1)
        UNION ALL
        SELECT is_consenting FROM visitor_links JOIN visitors USING (shop_id, visitor_key)
        WHERE shop_id = :shop_id AND customer_external_id = :customer
    ) AS words
""")

LEARNERS = text("""
    WITH own AS (
        SELECT DISTINCT ON (customer_external_id) customer_external_id, is_given
        FROM consent_records
        WHERE shop_id = :shop_id AND purpose = 'personalization' AND customer_external_id IS NOT NULL
        ORDER BY customer_external_id, occurred_at DESC, is_given
    ), browsers AS (
        SELECT customer_external_id, bool_and(is_consenting) AS is_given
        FROM visitor_links JOIN visitors USING (shop_id, visitor_key)
        WHERE shop_id = :shop_id GROUP BY customer_external_id
    )
    SELECT customer_external_id, coalesce(own.is_given, true) AND coalesce(browsers.is_given, true)
    FROM own FULL JOIN browsers USING (customer_external_id)
""")
