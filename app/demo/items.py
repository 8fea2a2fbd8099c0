"""What stands on the shelves: every question the pages ask about items and customers, answered from SQLite."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from app.demo.shelves import BY_SLUG, SHELVES, Shelf

PAGE_SIZE = 24
FEW = 5  # pieces; from here down a page says how many are left
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Item:
    """One thing for sale."""

    id: str
    title: str
    shelf: str
    price_minor: int
    stock: int
    orders: int

    @property
    def is_low(self) -> bool:
        return self.stock <= FEW

    @property
    def shelf_name(self) -> str:
        return BY_SLUG[self.shelf].name if self.shelf in BY_SLUG else ""


@dataclass(frozen=True)
class Customer:
    """One of the shop's regulars, as the order history knows them."""

    id: str
    orders: int
    shelf: str
    favourites: tuple[str, ...]

    @property
    def shelf_name(self) -> str:
        return BY_SLUG[self.shelf].name


@dataclass(frozen=True)
class Page:
    """Some items of a longer row."""

    items: list[Item]
    number: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


COLUMNS = "id, title, shelf, price_minor, stock, orders"


def _item(row: sqlite3.Row) -> Item:
    return Item(*(row[name] for name in ("id", "title", "shelf", "price_minor", "stock", "orders")))


def find(db: sqlite3.Connection, item: str) -> Item | None:
    """Return one item that is for sale."""
    row = db.execute(f"SELECT {COLUMNS} FROM items WHERE id = ? AND shelf <> ''", (item,)).fetchone()  # noqa: S608
    return _item(row) if row else None


def find_all(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Item]:
    """Return the items of these ids that are for sale, in the order asked."""
    wanted = list(ids)
    marks = ", ".join("?" * len(wanted))
    rows = db.execute(f"SELECT {COLUMNS} FROM items WHERE shelf <> '' AND id IN ({marks})", wanted)  # noqa: S608
    known = {row["id"]: _item(row) for row in rows}
    return {item: known[item] for item in wanted if item in known}


def best_sellers(db: sqlite3.Connection, most: int, shelf: str = "") -> list[Item]:
    """Return what is bought most and in stock."""
    where = "shelf = ?" if shelf else "shelf <> ?"
    rows = db.execute(
        f"SELECT {COLUMNS} FROM items WHERE {where} AND stock > 0 ORDER BY orders DESC, id LIMIT ?",  # noqa: S608
        (shelf, most),
    )
    return [_item(row) for row in rows]


def newest(db: sqlite3.Connection, most: int) -> list[Item]:
    """Return what came in last and has already found buyers."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM items WHERE shelf <> '' AND stock > 0 AND orders >= 20 "  # noqa: S608
        "ORDER BY first_sold DESC, orders DESC LIMIT ?",
        (most,),
    )
    return [_item(row) for row in rows]


def of_shelf(db: sqlite3.Connection, shelf: Shelf, number: int) -> Page:
    """Return one page of a shelf, what is bought most first."""
    return _page(db, "shelf = ?", [shelf.slug], number)


def search(db: sqlite3.Connection, words: str, number: int) -> Page:
    """Return one page of the items whose title or number has all the words, in any order."""
    terms = [_like(word) for word in words.lower().split()[:8]]
    if not terms:
        return Page([], 1, 0)
    return _page(db, " AND ".join(["shelf <> ''"] + ["search LIKE ? ESCAPE '\\'"] * len(terms)), terms, number)


def shelf_sizes(db: sqlite3.Connection) -> list[tuple[Shelf, int, str]]:
    """Return every shelf that holds something, how much, and an item to picture it by."""
    sizes = {
        row["shelf"]: row["size"] for row in db.execute("SELECT shelf, count(*) AS size FROM items GROUP BY shelf")
    }
    faces = {shelf.slug: best_sellers(db, 1, shelf.slug) for shelf in SHELVES if shelf.slug in sizes}
    return [(shelf, sizes[shelf.slug], faces[shelf.slug][0].id) for shelf in SHELVES if faces.get(shelf.slug)]


def customer(db: sqlite3.Connection, number: str) -> Customer | None:
    """Return one of the shop's regulars."""
    row = db.execute("SELECT * FROM customers WHERE id = ?", (number,)).fetchone()
    return _customer(row) if row else None


def regulars(db: sqlite3.Connection) -> list[Customer]:
    """Return two customers for every shelf who went along it further than others, and 17850, who opens the history."""
    rows = db.execute("""
        SELECT * FROM (
            SELECT *, row_number() OVER (PARTITION BY shelf ORDER BY orders DESC, id) AS place FROM customers
            WHERE orders BETWEEN 5 AND 80 AND shelf <> 'odds'
        ) WHERE place <= 2 OR id = '17850' ORDER BY id = '17850' DESC, place, orders DESC
    """)
    return [_customer(row) for row in rows]


def _customer(row: sqlite3.Row) -> Customer:
    return Customer(row["id"], row["orders"], row["shelf"], tuple(json.loads(row["favourites"])))


def _page(db: sqlite3.Connection, where: str, values: list[str], number: int) -> Page:
    total = db.execute(f"SELECT count(*) FROM items WHERE {where}", values).fetchone()[0]  # noqa: S608
    number = max(1, min(number, -(-total // PAGE_SIZE) or 1))
    rows = db.execute(
        f"SELECT {COLUMNS} FROM items WHERE {where} ORDER BY orders DESC, id LIMIT ? OFFSET ?",  # noqa: S608
        [*values, PAGE_SIZE, (number - 1) * PAGE_SIZE],
    )
    return Page([_item(row) for row in rows], number, total)


def _like(word: str) -> str:
    """Return a pattern for one word; "bags" finds a bag too, and % or _ mean themselves."""
    stem = word.removesuffix("s") if len(word) > 3 else word
    safe = stem.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{safe}%"
