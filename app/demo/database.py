"""The shop's own SQLite file: one connection per request or thread, write-ahead log, every commit on disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "shop.sqlite"
SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, search TEXT NOT NULL, shelf TEXT NOT NULL, price_minor INTEGER NOT NULL,
    stock INTEGER NOT NULL CHECK (stock >= 0), orders INTEGER NOT NULL, first_sold TEXT NOT NULL
);
CREATE INDEX items_by_shelf ON items (shelf, orders DESC, id);
CREATE INDEX items_by_orders ON items (orders DESC, id);
CREATE INDEX items_by_first_sold ON items (first_sold DESC, orders DESC);
CREATE TABLE customers (
    id TEXT PRIMARY KEY, orders INTEGER NOT NULL, shelf TEXT NOT NULL, favourites TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX customers_by_shelf ON customers (shelf, orders DESC);
CREATE TABLE orders (
    id TEXT PRIMARY KEY, customer TEXT, placed_at TEXT NOT NULL, total_minor INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_by_customer ON orders (customer, placed_at DESC);
CREATE TABLE order_lines (
    order_id TEXT NOT NULL REFERENCES orders, number INTEGER NOT NULL, item TEXT NOT NULL, title TEXT NOT NULL,
    quantity INTEGER NOT NULL, total_minor INTEGER NOT NULL, PRIMARY KEY (order_id, number)
) WITHOUT ROWID;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, about TEXT NOT NULL,
    body BLOB NOT NULL, is_urgent INTEGER NOT NULL, created_at REAL NOT NULL, due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '', sent_at REAL
);
CREATE INDEX outbox_waiting ON outbox (is_urgent DESC, id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at DESC) WHERE sent_at IS NOT NULL;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file. Transactions are begun by `writing` only."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
    return connection


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the one writer's place from the first statement on; commit at the end, or nothing has happened."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def fact(connection: sqlite3.Connection, name: str) -> str:
    """Return one remembered word about this file, or nothing."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else ""


def remember(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep one word about this file."""
    connection.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )
