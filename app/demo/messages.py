"""The messages of a demo shop, each the `data` of one type."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.demo import outbox
from app.demo.database import fact, remember, writing
from app.demo.items import COLUMNS, Item, find
from app.demo.settings import DemoSettings

CURRENCY = "GBP"


def now() -> str:
    """Return this moment as the messages carry it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def major(minor: int) -> str:
    """Return pence as pounds in decimals."""
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))


def item_changed(item: Item, base_url: str, changed_at: str) -> dict[str, Any]:
    """Tell all about an item; what is no good for sale is told as hidden."""
    return {
        "id": item.id,
        "changed_at": changed_at,
        "title": item.title,
        "url": f"{base_url}/items/{item.id}",
        "image": f"{base_url}/pictures/{item.id}.svg",
        "price": major(item.price_minor),
        "currency": CURRENCY,
        "categories": [item.shelf_name] if item.shelf_name else [],
        "is_on_sale": bool(item.shelf),
        "stock": item.stock,
    }


def tell_stock(db: sqlite3.Connection, item: str, changed_at: str) -> None:
    """Write down an item's stock as it is now, inside the caller's transaction."""
    known = find(db, item)
    if known:
        outbox.put(db, "stock.changed", {"id": known.id, "changed_at": changed_at, "stock": known.stock})


def tell_recognized(db: sqlite3.Connection, visitor: str, customer: str) -> None:
    """Write down that this browser is signed in as this customer."""
    with writing(db):
        outbox.put(db, "visitor.recognized", {"visitor_id": visitor, "customer_id": customer, "recognized_at": now()})


def tell_catalogue(db: sqlite3.Connection, settings: DemoSettings) -> int:
    """Write down every item for a Regulars that has not heard of them under this address yet; return how many."""
    told = f"{settings.base_url} -> {settings.webhook_url} {fact(db, 'history')}"
    if fact(db, "told") == told:
        return 0
    with writing(db):
        count = put_catalogue(db, settings.base_url)
        remember(db, "told", told)
    return count


def put_catalogue(db: sqlite3.Connection, base_url: str) -> int:
    """Write down every item, what sells most first, inside the caller's transaction; a newer telling replaces it."""
    db.execute("DELETE FROM outbox WHERE type = 'item.changed' AND sent_at IS NULL")
    rows = db.execute(f"SELECT {COLUMNS} FROM items ORDER BY orders DESC, id").fetchall()  # noqa: S608
    moment = now()
    for row in rows:
        outbox.put(db, "item.changed", item_changed(Item(*row), base_url, moment), is_urgent=False)
    return len(rows)
