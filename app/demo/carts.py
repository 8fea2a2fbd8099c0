"""A cart as Regulars hears of it: told once its owner said who they are, again when it changes, and how it ended.

Kept is one row a cart with what its owner typed. A cart that ended is never told again, however late a browser's word
about it comes. The box at the checkout is a promise about one cart: the yes is taken back when its owner is asked again
and leaves the box empty, or when the row has grown old.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.demo import messages, outbox
from app.demo.database import writing
from app.demo.items import find_all
from app.demo.messages import Word
from app.demo.person import ENDED, NOBODY, Person, Stage

KEPT_DAYS = 30
TABLE = """
CREATE TABLE IF NOT EXISTS carts (
    id TEXT PRIMARY KEY, stage TEXT NOT NULL, customer TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
    address TEXT NOT NULL, has_agreed INTEGER NOT NULL, told TEXT NOT NULL, changed_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS carts_by_email ON carts (email) WHERE has_agreed;
"""


@dataclass(frozen=True)
class Kept:
    """What is kept of one cart. `told`: a digest of its last telling."""

    stage: Stage = Stage.CART
    person: Person = NOBODY
    told: str = ""


def new_id() -> str:
    """Return a name for a cart that nobody can guess."""
    return secrets.token_hex(16)


def kept(db: sqlite3.Connection, cart_id: str) -> Kept:
    """Return what is kept of a cart; of an unknown one, nothing."""
    row = db.execute("SELECT * FROM carts WHERE id = ?", (cart_id,)).fetchone()
    if row is None:
        return Kept()
    names = ("customer", "email", "phone", "address")
    person = Person(has_agreed=bool(row["has_agreed"]), **{name: row[name] for name in names})
    return Kept(Stage(row["stage"]), person, row["told"])


def note(
    db: sqlite3.Connection,
    cart_id: str,
    lines: Mapping[str, int],
    person: Person,
    stage: Stage,
    *,
    changed_at: str = "",
) -> None:
    """Keep how a cart stands, and write down what is new of it, inside the caller's transaction.

    Of a cart that ended nothing more is told, and nothing of one whose owner nobody ever knew. Who takes their address
    out again is told as nobody, once.
    """
    before = kept(db, cart_id)
    if before.stage in ENDED:
        return
    if not (person.is_known or before.person.is_known):
        if stage == Stage.ORDERED:
            _keep(db, cart_id, Kept(stage))
        return
    _tell_word(db, before.person, person, is_asked=stage in (Stage.CHECKOUT, Stage.ORDERED))
    told = messages.cart_changed(cart_id, stage, person.ways_to_reach(), _priced(db, lines), changed_at=changed_at)
    digest = hashlib.sha256(json.dumps({**told, "changed_at": ""}).encode()).hexdigest()
    if digest != before.told:
        outbox.put(db, "cart.changed", told)
    _keep(db, cart_id, Kept(stage, person, digest))


def empty(db: sqlite3.Connection, cart_id: str, visitor: str = "") -> None:
    """Say that nothing is in a cart any more, inside the caller's transaction, if it was ever told."""
    known = kept(db, cart_id)
    note(db, cart_id, {}, replace(known.person, visitor=visitor), Stage.EMPTIED)


def leave_earlier(db: sqlite3.Connection, cart_id: str, lines: Mapping[str, int], minutes: int) -> None:
    """Tell a cart as one that was left some minutes ago, as if the message about it came late.

    A newer word about the same cart would count, so it goes on as a cart of its own, and this one ends.
    """
    moment = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="microseconds")
    with writing(db):
        other_id, left = new_id(), kept(db, cart_id)
        empty(db, cart_id)
        _keep(db, other_id, replace(left, told=""))  # its box was ticked already: no second yes
        note(db, other_id, lines, left.person, Stage.CHECKOUT, changed_at=moment)


def forget(db: sqlite3.Connection, email: str) -> None:
    """Take out what is kept of an address, inside the caller's transaction."""
    db.execute("DELETE FROM carts WHERE email = ?", (email,))


def tidy(db: sqlite3.Connection) -> None:
    """Drop the rows that have grown old; a yes ends with its row."""
    limit = (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat(timespec="microseconds")
    with writing(db):
        rows = db.execute("SELECT DISTINCT email FROM carts WHERE has_agreed AND changed_at < ?", (limit,))
        for row in rows.fetchall():
            still = db.execute(
                "SELECT 1 FROM carts WHERE has_agreed AND email = ? AND changed_at >= ?", (row["email"], limit)
            )
            if still.fetchone() is None:
                _tell(db, Person(email=row["email"]), Word.OVER)
        db.execute("DELETE FROM carts WHERE changed_at < ?", (limit,))


def _priced(db: sqlite3.Connection, lines: Mapping[str, int]) -> list[messages.CartLine]:
    found = find_all(db, lines).values()
    return [messages.CartLine(item.id, item.title, lines[item.id], lines[item.id] * item.price_minor) for item in found]


def _tell_word(db: sqlite3.Connection, before: Person, person: Person, *, is_asked: bool) -> None:
    """Tell a box that was ticked or unticked, and the end of a yes that another address or cart had given."""
    has_moved = before.email != person.email
    if before.has_agreed and (has_moved or not person.has_agreed):
        _tell(db, before, Word.NO)
    if person.is_known and person.has_agreed and (has_moved or not before.has_agreed):
        _tell(db, person, Word.YES)
    if is_asked and person.email and not person.has_agreed and not before.has_agreed:
        others = db.execute("UPDATE carts SET has_agreed = 0 WHERE has_agreed AND email = ?", (person.email,))
        if others.rowcount:
            _tell(db, person, Word.NO)


def _tell(db: sqlite3.Connection, person: Person, word: Word) -> None:
    whose = {name: value for name, value in person.ways_to_reach().items() if name in ("email", "customer_id")}
    outbox.put(db, "consent.changed", messages.consent_changed(whose, word))


def _keep(db: sqlite3.Connection, cart_id: str, now: Kept) -> None:
    person = now.person if now.person.is_known else NOBODY
    if now.stage in ENDED:  # the address is kept for as long as a yes of it stands, to take it back one day
        person = Person(email=person.email if person.has_agreed else "", has_agreed=person.has_agreed)
    row = (person.customer, person.email, person.phone, person.address, person.has_agreed)
    db.execute(
        "INSERT OR REPLACE INTO carts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (cart_id, now.stage, *row, now.told if now.stage not in ENDED else "", messages.now()),
    )
