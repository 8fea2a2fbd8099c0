"""May we? Always answered with a reason."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.consent.ledger import hold_address
from plugins.events import Purpose


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


def may_personalize(session: Session, shop_id: int, customer_external_id: str, *, is_unasked_allowed: bool) -> Answer:
    """Answer whether one customer's doings may be used for them: their own word, else the merchant's setting."""
    is_given = session.execute(OWN_WORD, {"shop_id": shop_id, "customer": customer_external_id}).scalar()
    if is_given is None:
        return Answer(is_allowed=is_unasked_allowed, reason=Reason.NEVER_ASKED)
    return _answer(is_given)


def expect_personal(
    session: Session, shop_id: int, names: Collection[tuple[str, str]], *, is_unasked_allowed: bool
) -> dict[tuple[str, str], Answer]:
    """Return what is allowed right now under each name, (app.identity.Kind, name): for many people at once.

    An account's answer is `may_personalize`, an address's its own newest word, else the merchant's setting; a browser's
    is `may_remember`, and one that was never asked has none.
    """
    asked = sorted({(str(kind), name) for kind, name in names})
    told = {"shop_id": shop_id, "kinds": [kind for kind, _ in asked], "names": [name for _, name in asked]}
    unasked = Answer(is_allowed=is_unasked_allowed, reason=Reason.NEVER_ASKED)
    return {
        (row.kind, row.name): unasked if row.is_given is None else _answer(row.is_given)
        for row in session.execute(EXPECT_PERSONAL, told)
        if row.kind != "visitor" or row.is_given is not None
    }


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


IS_SUPPRESSED = text("""
    SELECT 1 FROM suppressions WHERE shop_id = :shop_id AND channel = 'email' AND address = :email
""")

# Of two words of the same moment the no counts.
NEWEST_BY_EMAIL = text("""
    SELECT is_given FROM consent_records
    WHERE shop_id = :shop_id AND email = :email AND purpose = :purpose
    ORDER BY occurred_at DESC, is_given LIMIT 1
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

# OWN_WORD of many customers, and what addresses and browsers said.
EXPECT_PERSONAL = text("""
    WITH asked AS MATERIALIZED (
        SELECT kind, name FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) AS asked (kind, name)
    )
    SELECT kind, name, CASE kind
        WHEN 'customer' THEN (SELECT bool_and(is_given) FROM (
            (SELECT r.is_given FROM consent_records r
            WHERE r.shop_id = :shop_id AND r.purpose = 'personalization' AND r.customer_external_id = asked.name
            ORDER BY r.occurred_at DESC, r.is_given LIMIT 1)
            UNION ALL
            SELECT v.is_consenting FROM visitor_links l JOIN visitors v USING (shop_id, visitor_key)
            WHERE l.shop_id = :shop_id AND l.customer_external_id = asked.name) AS words)
        WHEN 'email' THEN (SELECT r.is_given FROM consent_records r
            WHERE r.shop_id = :shop_id AND r.purpose = 'personalization' AND r.email = asked.name
            ORDER BY r.occurred_at DESC, r.is_given LIMIT 1)
        WHEN 'visitor' THEN (SELECT v.is_consenting FROM visitors v
            WHERE v.shop_id = :shop_id AND v.visitor_key = decode(asked.name, 'hex'))
        END AS is_given
    FROM asked
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
