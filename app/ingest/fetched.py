"""A page that was fetched becomes rows, together with the cursor behind it: both are kept, or neither.

One fact that the database will not take costs that fact alone; the rest of its page is kept.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.identity import Seals
from app.ingest.apply import Heard, apply_events
from app.ingest.backfills import LEASE_SECONDS, RECONCILE, Claimed
from app.models import Backfill
from app.models.work import renew_work
from plugins.events import CustomerChanged, Event, ItemChanged, OrderChanged, ReviewPosted
from plugins.talking import Page

FARTHEST_AHEAD = timedelta(days=1)  # as with deliveries: a fact from the future would outlast every later word
MOST_REASONS = 5
DATED_AHEAD = "It is dated in the future. Check the shop's clock."
NOT_TAKEN = "It holds something that cannot be stored."
TABLES: dict[type, str] = {
    OrderChanged: "orders",
    ItemChanged: "items",
    CustomerChanged: "customers",
    ReviewPosted: "reviews",
}


def record_page(session: Session, shop_id: int, claimed: Claimed, page: Page, heard_at: datetime, seals: Seals) -> bool:
    """Write a page's facts and its cursor; False, and nothing may be kept, when the claim is lost."""
    values = {
        "cursor": page.cursor,
        "rows_read": Backfill.rows_read + page.rows,
        "attempts": 0,
        "reason": "",
        **({} if page.total is None else {"rows_total": page.total}),
    }
    if not renew_work(session, (Backfill, shop_id, claimed.id), claimed.token, seconds=LEASE_SECONDS, values=values):
        return False
    facts = [fact for fact in page.events if not _is_ahead(fact, heard_at)]
    reasons = [*page.unread, *[DATED_AHEAD] * (len(page.events) - len(facts))]
    missed = _missed(session, shop_id, facts) if claimed.cause == RECONCILE else {}
    heard = [(heard_at, fact) for fact in facts]
    refused = _apply(session, shop_id, heard, seals)
    reasons += [NOT_TAKEN] * refused
    _tally(session, shop_id, claimed.id, len(facts) - refused, missed, reasons)
    return True


def _apply(session: Session, shop_id: int, heard: Sequence[Heard], seals: Seals) -> int:
    """Write the facts, all at once or, where that fails, one by one. Returns how many the database refused."""
    if not heard:
        return 0
    try:
        with session.begin_nested():
            apply_events(session, shop_id, heard, seals)
    except OperationalError:
        raise  # the database is away
    except (DBAPIError, ValueError):
        if len(heard) == 1:
            return 1
        half = len(heard) // 2
        return _apply(session, shop_id, heard[:half], seals) + _apply(session, shop_id, heard[half:], seals)
    return 0


def _is_ahead(fact: Event, now: datetime) -> bool:
    named = ("version_at", "placed_at", "occurred_at", "merged_at")
    return any(at > now + FARTHEST_AHEAD for name in named if (at := getattr(fact, name, None)) is not None)


def _missed(session: Session, shop_id: int, facts: Sequence[Event]) -> dict[str, int]:
    """Return how many of these nobody had told us of, and how many had changed without a word."""
    total = {"new": 0, "changed": 0}
    for kind, table in TABLES.items():
        told: list[dict[str, Any]] = [
            {"external_id": fact.external_id, "version_at": str(fact.version_at)}
            for fact in facts
            if isinstance(fact, OrderChanged | ItemChanged | CustomerChanged | ReviewPosted) and type(fact) is kind
        ]
        if told:
            found = session.execute(MISSED[table], {"shop_id": shop_id, "rows": json.dumps(told)}).one()
            total["new"] += found.new
            total["changed"] += found.changed
    return total


def _tally(
    session: Session, shop_id: int, backfill_id: int, kept: int, missed: dict[str, int], reasons: Sequence[str]
) -> None:
    row = session.get_one(Backfill, (shop_id, backfill_id), populate_existing=True)
    found: dict[str, Any] = {**row.found, "tries": 0}
    for name, number in {**missed, "unread": len(reasons)}.items():
        if number or name in missed:
            found[name] = int(found.get(name, 0)) + number
    if reasons:
        found["why"] = list(dict.fromkeys([*found.get("why", []), *reasons]))[:MOST_REASONS]
    row.facts += kept
    row.found = found
    session.flush()


MISSED = {
    table: text(f"""
        SELECT count(*) FILTER (WHERE known.external_id IS NULL) AS new,
            count(*) FILTER (WHERE known.version_at < told.version_at) AS changed
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, version_at timestamptz)
        LEFT JOIN {table} AS known ON known.shop_id = :shop_id AND known.external_id = told.external_id
    """)  # noqa: S608 - our own table names
    for table in TABLES.values()
}
