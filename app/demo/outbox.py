"""What Regulars has yet to hear: a row for each message, written in the transaction of what it tells about.

A message keeps its id and body until it arrived, so that a second arrival changes nothing; only the signature's time
is new with each attempt. What is urgent goes before the catalogue.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

KEPT_SENT = 500
LONGEST_WAIT_SECONDS = 300


@dataclass(frozen=True)
class Message:
    """One message that is due."""

    id: int
    webhook_id: str
    body: bytes
    attempts: int
    is_urgent: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; no error means it arrived."""

    message: Message
    error: str = ""


def put(db: sqlite3.Connection, kind: str, data: dict[str, Any], *, is_urgent: bool = True) -> None:
    """Write a message down, inside the caller's transaction."""
    # The type stands first: the receiver files a delivery by it before reading the rest.
    body = json.dumps({"type": kind, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()
    now = time.time()
    db.execute(
        "INSERT INTO outbox (webhook_id, type, about, body, is_urgent, created_at, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (f"msg_{secrets.token_hex(16)}", kind, _about(data), body, is_urgent, now, now),
    )


def due(db: sqlite3.Connection, most: int) -> list[Message]:
    """Return the messages whose time has come, urgent ones first, then the oldest."""
    rows = db.execute(
        "SELECT id, webhook_id, body, attempts, is_urgent FROM outbox "
        "WHERE sent_at IS NULL AND due_at <= ? ORDER BY is_urgent DESC, id LIMIT ?",
        (time.time(), most),
    )
    return [Message(row[0], row[1], bytes(row[2]), row[3], bool(row[4])) for row in rows]


def settle(db: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of attempts, inside the caller's transaction; what arrived need not be kept here too."""
    now = time.time()
    for outcome in outcomes:
        attempts = outcome.message.attempts + 1
        if outcome.error:
            wait = min(LONGEST_WAIT_SECONDS, 2 ** min(attempts, 10) / 2)
            change = "UPDATE outbox SET attempts = ?, last_error = ?, due_at = ? WHERE id = ?"
            db.execute(change, (attempts, outcome.error, now + wait, outcome.message.id))
        else:
            change = "UPDATE outbox SET attempts = ?, last_error = '', sent_at = ?, body = x'' WHERE id = ?"
            db.execute(change, (attempts, now, outcome.message.id))


def hurry(db: sqlite3.Connection) -> None:
    """Make everything that waits due now, inside the caller's transaction."""
    db.execute("UPDATE outbox SET due_at = ? WHERE sent_at IS NULL", (time.time(),))


def tidy(db: sqlite3.Connection) -> None:
    """Drop all but the latest messages that arrived, inside the caller's transaction."""
    db.execute(
        "DELETE FROM outbox WHERE sent_at IS NOT NULL AND id NOT IN "
        "(SELECT id FROM outbox WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT ?)",
        (KEPT_SENT,),
    )


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many wait, how many of these failed before, and how many arrived lately."""
    waiting, failed = db.execute(
        "SELECT count(*), coalesce(sum(attempts > 0), 0) FROM outbox WHERE sent_at IS NULL"
    ).fetchone()
    sent = db.execute("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL").fetchone()[0]
    return {"waiting": waiting, "failed": failed, "sent": sent}


def latest(db: sqlite3.Connection, most: int) -> list[dict[str, Any]]:
    """Return the messages a person wants to see: what failed, what is urgent, what moved last."""
    columns = "type, about, attempts, last_error, created_at, due_at, sent_at"
    waiting = db.execute(
        f"SELECT {columns} FROM outbox WHERE sent_at IS NULL ORDER BY is_urgent DESC, attempts DESC, id LIMIT ?",  # noqa: S608
        (most,),
    ).fetchall()
    sent = db.execute(
        f"SELECT {columns} FROM outbox WHERE sent_at IS NOT NULL ORDER BY sent_at DESC, id DESC LIMIT ?",  # noqa: S608
        (most - len(waiting[: most // 2]),),
    ).fetchall()
    return [dict(row) for row in [*waiting[: most // 2], *sent]]


def _about(data: dict[str, Any]) -> str:
    return str(data.get("id") or data.get("customer_id") or "")
