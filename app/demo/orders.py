"""An order: stock goes down, the order is kept and two kinds of message are written, or nothing happens at all."""

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.demo import outbox
from app.demo.database import writing
from app.demo.items import Item, find_all
from app.demo.messages import CURRENCY, major, now, tell_stock

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are mistaken for another


class SoldOut(Exception):
    """Less is left than was wanted."""

    def __init__(self, item: Item) -> None:
        super().__init__(f"{item.title}: {item.stock or 'none'} left.")


@dataclass(frozen=True)
class Buyer:
    """Who orders, as far as they let us know."""

    customer: str | None = None
    visitor: str | None = None


def place(db: sqlite3.Connection, cart: Mapping[str, int], buyer: Buyer) -> str:
    """Place an order and return its number. Raises SoldOut, or ValueError for a cart with nothing in it."""
    with writing(db):
        items = find_all(db, cart)
        if not items:
            raise ValueError("There is nothing in the cart.")
        for item in items.values():
            _take(db, item, cart[item.id])
        return _keep(db, items, cart, buyer)


def set_stock(db: sqlite3.Connection, item: str, stock: int) -> None:
    """Set what is left of an item, and tell it."""
    with writing(db):
        db.execute("UPDATE items SET stock = ? WHERE id = ?", (stock, item))
        tell_stock(db, item, now())


def lines_of(db: sqlite3.Connection, order: str) -> list[sqlite3.Row]:
    """Return the lines of an order."""
    return db.execute("SELECT * FROM order_lines WHERE order_id = ? ORDER BY number", (order,)).fetchall()


def of_customer(db: sqlite3.Connection, customer: str) -> list[sqlite3.Row]:
    """Return the orders that a customer placed here, newest first."""
    return db.execute(
        "SELECT * FROM orders WHERE customer = ? ORDER BY placed_at DESC LIMIT 10", (customer,)
    ).fetchall()


def _take(db: sqlite3.Connection, item: Item, quantity: int) -> None:
    if item.stock < quantity:
        raise SoldOut(item)
    db.execute("UPDATE items SET stock = stock - ?, orders = orders + 1 WHERE id = ?", (quantity, item.id))


def _keep(db: sqlite3.Connection, items: Mapping[str, Item], cart: Mapping[str, int], buyer: Buyer) -> str:
    number = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    moment = now()
    lines = [
        (number, place, item.id, item.title, cart[item.id], cart[item.id] * item.price_minor)
        for place, item in enumerate(items.values(), start=1)
    ]
    total = sum(line[5] for line in lines)
    db.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", (number, buyer.customer, moment, total))
    db.executemany("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?)", lines)
    outbox.put(db, "order.changed", _told(number, moment, total, lines, buyer))
    for item in items:
        tell_stock(db, item, moment)
    return number


def _told(
    number: str, moment: str, total: int, lines: list[tuple[str, int, str, str, int, int]], buyer: Buyer
) -> dict[str, Any]:
    who = {"customer_id": buyer.customer, "visitor_id": buyer.visitor}
    return {
        "id": number,
        "changed_at": moment,
        "placed_at": moment,
        "state": "placed",
        **{name: value for name, value in who.items() if value},
        "currency": CURRENCY,
        "total": major(total),
        "lines": [
            {"id": str(place), "item_id": item, "title": title, "quantity": quantity, "total": major(line_total)}
            for _, place, item, title, quantity, line_total in lines
        ],
    }
