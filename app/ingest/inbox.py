"""The inbox: a delivery is kept once, claimed by one worker, and marked with what became of it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Database
from app.models import DeliveryState
from plugins import PLATFORMS
from plugins.platform import Delivery, Receipt

LEASE_SECONDS = 5  # a batch takes a fraction of a second
MOST_ATTEMPTS = 3

RECEIVE = """
    INSERT INTO deliveries (shop_id, platform, topic, idempotency_key, headers, body)
    VALUES (%(shop)s, %(platform)s, %(topic)s, %(key)s, %(headers)s::jsonb, %(body)s)
    ON CONFLICT (shop_id, idempotency_key) DO NOTHING
"""

# A row with an earlier attempt may be what killed its worker, so it is claimed alone.
CLAIM = text("""
    WITH fresh AS (
        SELECT id FROM deliveries
        WHERE shop_id = :shop_id AND state = 'waiting' AND attempts = 0
            AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT id FROM deliveries
        WHERE shop_id = :shop_id AND state = 'waiting' AND attempts > 0 AND NOT EXISTS (SELECT FROM fresh)
            AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), chosen AS (
        SELECT id FROM fresh UNION ALL SELECT id FROM again
    )
    UPDATE deliveries SET claim_token = :token, attempts = attempts + 1,
        claimed_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE shop_id = :shop_id AND id IN (SELECT id FROM chosen)
    RETURNING id, platform, headers, body, received_at, attempts
""")
SETTLE = text("""
    UPDATE deliveries d SET state = told.state, reason = told.reason, processed_at = clock_timestamp(),
        claimed_until = NULL
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (id bigint, state text, reason text)
    WHERE d.shop_id = :shop_id AND d.id = told.id AND d.claim_token = :token AND d.state = 'waiting'
    RETURNING d.id
""")
RELEASE = text("""
    UPDATE deliveries SET claimed_until = NULL
    WHERE shop_id = :shop_id AND claim_token = :token AND state = 'waiting'
""")
REPLAY = text("""
    UPDATE deliveries SET state = 'waiting', reason = '', attempts = 0, claim_token = NULL, claimed_until = NULL
    WHERE shop_id = :shop_id AND state = 'quarantined' AND body IS NOT NULL
      AND (CAST(:id AS bigint) IS NULL OR id = :id)
    RETURNING id
""")


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours until the lease ends."""

    id: int
    platform: str
    attempts: int
    delivery: Delivery


def receive(db: Database, shop_id: int, platform: str, delivery: Delivery, receipt: Receipt) -> None:
    """Keep a verified delivery, committed; a second arrival of the same changes nothing."""
    kept = PLATFORMS[platform].kept_headers
    headers = {name: value.replace("\x00", "") for name, value in delivery.headers.items() if name.startswith(kept)}
    parameters = {
        "shop": shop_id,
        "platform": platform,
        "topic": receipt.topic,
        "key": receipt.idempotency_key,
        "headers": json.dumps(headers),
        "body": delivery.body,
    }
    db.at_once(shop_id, RECEIVE, parameters)


def claim(session: Session, shop_id: int, *, most: int) -> tuple[UUID, list[Claimed]]:
    """Claim waiting deliveries, oldest first, with a fencing token on the database's clock."""
    token = uuid4()
    how = {"shop_id": shop_id, "most": most, "token": token, "lease": LEASE_SECONDS}
    rows = session.execute(CLAIM, how).all()
    claimed = [
        Claimed(
            id=row.id,
            platform=row.platform,
            attempts=row.attempts,
            delivery=Delivery(headers=row.headers, body=row.body or b"", received_at=row.received_at),
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]
    return token, claimed


def settle(session: Session, shop_id: int, token: UUID, outcomes: Sequence[tuple[int, DeliveryState, str]]) -> int:
    """Mark deliveries with what became of them, where the claim is still ours; return how many were."""
    rows = [{"id": delivery_id, "state": state, "reason": reason} for delivery_id, state, reason in outcomes]
    what = {"shop_id": shop_id, "token": token, "rows": json.dumps(rows)}
    return len(session.execute(SETTLE, what).all())


def release(session: Session, shop_id: int, token: UUID) -> None:
    """Give back what this token claimed, at once instead of when the lease ends."""
    session.execute(RELEASE, {"shop_id": shop_id, "token": token})


def replay(session: Session, shop_id: int, delivery_id: int | None = None) -> list[int]:
    """Put one quarantined delivery, or all of them, back in line."""
    return list(session.execute(REPLAY, {"shop_id": shop_id, "id": delivery_id}).scalars())


def has_waiting(session: Session, shop_id: int) -> bool:
    """Tell whether a delivery waits that nobody works on."""
    found = session.execute(
        text("""
            SELECT EXISTS (SELECT FROM deliveries WHERE shop_id = :shop_id AND state = 'waiting'
                AND (claimed_until IS NULL OR claimed_until < clock_timestamp()))
        """),
        {"shop_id": shop_id},
    )
    return bool(found.scalar())


def forget_old_bodies(session: Session, shop_id: int, before: datetime) -> None:
    """Empty the bodies of settled deliveries that are older than we need them."""
    session.execute(
        text("""
            UPDATE deliveries SET body = NULL
            WHERE shop_id = :shop_id AND state <> 'waiting' AND received_at < :before AND body IS NOT NULL
        """),
        {"shop_id": shop_id, "before": before},
    )


def forget_bodies(session: Session, shop_id: int, ids: Collection[int]) -> None:
    """Empty the bodies of deliveries that tell of somebody who was forgotten."""
    if ids:
        session.execute(
            text("UPDATE deliveries SET body = NULL, headers = '{}' WHERE shop_id = :shop_id AND id = ANY(:ids)"),
            {"shop_id": shop_id, "ids": sorted(ids)},
        )
