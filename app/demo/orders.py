"""An order: stock goes down, the order is kept, its cart ends and all is written down to tell, or nothing happens."""

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from app.demo import carts, outbox
from app.demo.database import writing
from app.demo.items import Item, find_all
from app.demo.messages import CURRENCY, major, now, tell_stock
from app.demo.person import Person, Stage

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are mistaken for another


class SoldOut(Exception):
    """Less is left than was wanted."""

    def __init__(self, item: Item) -> None:
        super().__init__(f"{item.title}: {item.stock or 'none'} left.")


class OrderedAlready(Exception):
    """This very cart became an order before: somebody clicked twice."""


def place(db: sqlite3.Connection, cart: Mapping[str, int], buyer: Person, cart_id: str) -> str:
    """Place an order and return its number. Raises SoldOut, OrderedAlready, or ValueError for an empty cart."""
    with writing(db):
        if carts.kept(db, cart_id).stage == Stage.ORDERED:
            raise OrderedAlready
        items = find_all(db, cart)
        if not items:
            raise ValueError("There is nothing in the cart.")
        for item in items.values():
            _take(db, item, cart[item.id])
        number = _keep(db, items, cart, buyer, cart_id)
        carts.note(db, cart_id, cart, buyer, Stage.ORDERED)
    return number


def set_stock(db: sqlite3.Connection, item: str, stock: int) -> None:
    """Set what is left of an item, and tell it."""
    with writing(db):
        db.execute("UPDATE items SET stock = ? WHERE id = ?", (stock, item))
        tell_stock(db, item, now())


def lines_of(db: sqlite3.Connection, order: str) -> list[sqlite3.Row]:
    """Return the lines of an order."""
    return db.execute("SELECT * FROM order_lines WHERE order_id = ? ORDER BY number", (order,)).fetchall()


def of_customer(db: sqlite3.Connection, customer: str, most: int) -> list[sqlite3.Row]:
    """Return the orders that a customer placed here, newest first."""
    return db.execute(
        "SELECT * FROM orders WHERE customer = ? ORDER BY placed_at DESC LIMIT ?", (customer, most)
    ).fetchall()


def _take(db: sqlite3.Connection, item: Item, quantity: int) -> None:
    if item.stock < quantity:
        raise SoldOut(item)
    db.execute("UPDATE items SET stock = stock - ?, orders = orders + 1 WHERE id = ?", (quantity, item.id))


def forget(db: sqlite3.Connection, customer: str) -> None:
    """Take a customer's number off the orders they placed here, inside the caller's transaction."""
    db.execute("UPDATE orders SET customer = NULL WHERE customer = ?", (customer,))


def _keep(
    db: sqlite3.Connection, items: Mapping[str, Item], cart: Mapping[str, int], buyer: Person, cart_id: str
) -> str:
    number = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    moment = now()
    lines = [
        (number, place, item.id, item.title, cart[item.id], cart[item.id] * item.price_minor)
        for place, item in enumerate(items.values(), start=1)
    ]
    total = sum(line[5] for line in lines)
    db.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", (number, buyer.customer or None, moment, total))
    db.executemany("INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?)", lines)
    outbox.put(
        db, "order.changed", {**_told(number, moment, total, lines), **buyer.ways_to_reach(), "cart_id": cart_id}
    )
    for item in items:
        tell_stock(db, item, moment)
    return number


def _told(number: str, moment: str, total: int, lines: list[tuple[str, int, str, str, int, int]]) -> dict[str, Any]:
    return {
        "id": number,
        "changed_at": moment,
        "placed_at": moment,
        "state": "placed",
        "currency": CURRENCY,
        "total": major(total),
        "lines": [
            {"id": str(place), "item_id": item, "title": title, "quantity": quantity, "total": major(line_total)}
            for _, place, item, title, quantity, line_total in lines
        ],
    }
