"""The messages of a demo shop, each the `data` of one type."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.demo import outbox
from app.demo.database import fact, remember, writing
from app.demo.items import COLUMNS, Item, find
from app.demo.settings import DemoSettings

CURRENCY = "GBP"
LOCALE = "en-GB"
REMINDER = "Remind me by e-mail, once, if I leave this cart unfinished. I can stop this with one click."
REMINDER_VERSION = "2026-11"  # of the sentence above, which stands beside the box: change both or neither


class Word(StrEnum):
    """What became of the box beside that sentence."""

    YES = "yes"
    NO = "no"
    OVER = "over"  # nobody said no, but the cart it was about is long past


@dataclass(frozen=True)
class CartLine:
    """One line of a cart; the total is for all its pieces."""

    item: str
    title: str
    quantity: int
    total_minor: int


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


def cart_changed(
    cart_id: str, stage: str, whose: Mapping[str, str], lines: Sequence[CartLine], *, changed_at: str = ""
) -> dict[str, Any]:
    """Tell a cart whole: how far it is, whose, and what lies in it."""
    return {
        "id": cart_id,
        "changed_at": changed_at or now(),
        "stage": stage,
        **whose,
        "locale": LOCALE,
        "currency": CURRENCY,
        "total": major(sum(line.total_minor for line in lines)),
        "lines": [
            {
                "id": str(place),
                "item_id": line.item,
                "title": line.title,
                "quantity": line.quantity,
                "total": major(line.total_minor),
            }
            for place, line in enumerate(lines, start=1)
        ],
    }


def consent_changed(whose: Mapping[str, str], word: Word, *, occurred_at: str = "") -> dict[str, Any]:
    """Tell a yes or a no with its proof: the sentence, which version of it, in which language, and where it stood."""
    return {
        "purpose": "email_marketing",
        "is_given": word == Word.YES,
        "occurred_at": occurred_at or now(),
        **whose,
        "source": "checkout" if word != Word.OVER else "cart_forgotten",
        "wording": REMINDER,
        "wording_version": REMINDER_VERSION,
        "locale": LOCALE,
    }


def whose_data(customer: str, orders: Sequence[str]) -> dict[str, Any]:
    """Name a customer as platforms do when somebody asks about their data: by number, address and orders."""
    return {"customer_id": customer, "email": email_of(customer), "order_ids": list(orders)}


def email_of(customer: str) -> str:
    """Return the address of one of the history's customers, who have none of their own."""
    return f"customer-{customer}@example.com"


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
