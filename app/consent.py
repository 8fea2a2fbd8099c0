"""A law: may we remember, personalize, learn? The only module that answers, and always with a reason.

A visitor's latest answer decides about their browser. Customers whose orders came with the shop's own history were
never asked: the merchant's setting decides about them, until one of their browsers says no.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Reason(StrEnum):
    """Why an answer is yes or no."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NEVER_ASKED = "never_asked"


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


def record(session: Session, shop_id: int, visitor_key: bytes, *, is_given: bool, source: str) -> None:
    """Keep what a visitor answered: one more line in the ledger, and their row as it stands now."""
    told = {"shop_id": shop_id, "visitor_key": visitor_key, "is_given": is_given, "source": source}
    session.execute(
        text("""
            INSERT INTO visitors AS known (shop_id, visitor_key, is_consenting)
            VALUES (:shop_id, :visitor_key, :is_given)
            ON CONFLICT (shop_id, visitor_key) DO UPDATE
                SET is_consenting = excluded.is_consenting, last_seen_at = clock_timestamp()
        """),
        told,
    )
    session.execute(
        text("""
            INSERT INTO consent_records (shop_id, visitor_key, purpose, is_given, source)
            VALUES (:shop_id, :visitor_key, 'personalization', :is_given, :source)
        """),
        told,
    )


def learners(session: Session, shop_id: int, *, is_unasked_allowed: bool) -> Learners:
    """Return who may be learned from. A customer with several browsers refuses when any of them does."""
    rows = session.execute(
        text("""
            SELECT customer_external_id, bool_and(is_consenting)
            FROM visitor_links JOIN visitors USING (shop_id, visitor_key)
            WHERE shop_id = :shop_id GROUP BY customer_external_id
        """),
        {"shop_id": shop_id},
    ).all()
    return Learners(
        refusing=frozenset(customer for customer, is_agreed in rows if not is_agreed),
        agreeing=frozenset(customer for customer, is_agreed in rows if is_agreed),
        is_unasked_allowed=is_unasked_allowed,
    )
