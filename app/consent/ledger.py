"""What people said, kept with its proof: lines are added and never changed. And whom we must not write to."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from plugins.events import Purpose, SuppressionReason


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

WORSE = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.BLOCKED,
    SuppressionReason.BOUNCED,
    SuppressionReason.COMPLAINED,
)

# A stop that is older than its owner's newest yes changes nothing: files tell old things late.
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

OWN_MOMENT = text("""
    SELECT greatest(regulars_now(), max(occurred_at) + interval '1 microsecond') FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = :purpose
""")
