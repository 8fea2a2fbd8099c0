"""The shop's database, built once from the order history that ships with it.

The file remembers the digest of the history it was built from; another history means another file. Orders and the
outbox live in the same file, so it is made beside its final name and moved there whole.
"""

import csv
import hashlib
import io
import json
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.demo import carts
from app.demo.database import FILE, SCHEMA, connect, fact, remember, writing
from app.demo.shelves import shelf_of
from app.demo.titles import readable

LAYOUT = "1"  # of the tables and titles; another number builds the file anew
NOT_GOODS = ("voucher", "carriage", "packing charge", "resolution image")
FAVOURITES = 12


@dataclass
class _Item:
    newest_at: str = ""
    title: str = ""
    price_minor: int = 0
    is_hidden: bool = False
    first_sold: str = ""
    orders: set[str] = field(default_factory=set)


@dataclass
class _History:
    items: dict[str, _Item] = field(default_factory=dict)
    customers: dict[str, tuple[set[str], Counter[str]]] = field(default_factory=dict)


def prepare(data: Path, history: Path) -> Path:
    """Return the shop's database, building it if there is none for this history yet."""
    path = data / FILE
    digest = f"{LAYOUT}:{hashlib.sha256(history.read_bytes()).hexdigest()}"
    if path.exists():
        connection = connect(path)
        known = fact(connection, "history")
        connection.executescript(carts.TABLE)  # a shop built by an earlier version has none
        connection.close()
        if known == digest:
            return path
    print("Building the demo shop's catalogue from its order history ...", flush=True)  # noqa: T201 - a person waits
    draft = data / f"{FILE}.new"
    for leftover in data.glob(f"{FILE}*"):
        leftover.unlink()
    count = _build(draft, history, digest)
    draft.rename(path)
    print(f"The demo shop has {count:,} items.", flush=True)  # noqa: T201
    return path


def _build(draft: Path, history: Path, digest: str) -> int:
    connection = connect(draft)
    connection.executescript(f"PRAGMA journal_mode=DELETE; BEGIN; {SCHEMA} {carts.TABLE} COMMIT;")
    read = _read(history)
    rows = [row for key, item in read.items.items() if (row := _item_row(key, item))]
    shelf_by_item = {str(row[0]): str(row[3]) for row in rows}
    with writing(connection):
        connection.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", _customer_rows(read, shelf_by_item))
        remember(connection, "history", digest)
    connection.execute("PRAGMA optimize")
    connection.close()
    return sum(1 for row in rows if row[3])


def _lines(history: Path) -> Iterator[dict[str, str]]:
    with lzma.open(history) as packed:
        rows = csv.reader(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
        header = next(rows)
        for row in rows:
            yield dict(zip(header, row, strict=True))


def _read(history: Path) -> _History:
    read = _History()
    for line in _lines(history):
        price_minor, quantity = round(float(line["unit_price"]) * 100), int(line["quantity"])
        if price_minor <= 0 or quantity <= 0:
            continue
        item = read.items.setdefault(line["item_id"], _Item(first_sold=line["ordered_at"]))
        item.orders.add(line["order_id"])
        item.first_sold = min(item.first_sold, line["ordered_at"])
        if line["ordered_at"] >= item.newest_at:
            item.newest_at, item.title, item.price_minor = line["ordered_at"], line["item_title"], price_minor
            item.is_hidden = line["item_state"] == "hidden"
        if line["customer_id"]:
            orders, bought = read.customers.setdefault(line["customer_id"], (set(), Counter()))
            orders.add(line["order_id"])
            bought[line["item_id"]] += 1
    return read


def _item_row(key: str, item: _Item) -> tuple[object, ...] | None:
    if item.is_hidden or not item.title:
        return None
    title = readable(item.title)
    is_goods = not any(word in title.lower() for word in NOT_GOODS)
    shelf = shelf_of(title).slug if is_goods else ""
    search = f"{title} {key}".lower()
    orders = len(item.orders)
    return key, title, search, shelf, item.price_minor, _first_stock(key, orders), orders, item.first_sold[:10]


def _first_stock(key: str, orders: int) -> int:
    """Invent a stock that is the same on every machine: what sells much is well stocked, a few slow things are out."""
    chance = int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big") / 65536
    if orders < 300 and chance < 0.03:
        return 0
    return 2 + int(chance * (20 + min(orders, 400) / 4))


def _customer_rows(read: _History, shelf_by_item: dict[str, str]) -> Iterator[tuple[object, ...]]:
    sizes = Counter(shelf_by_item.values())
    for customer, (orders, bought) in read.customers.items():
        liked = [item for item, _ in bought.most_common() if shelf_by_item.get(item)]
        if not liked:
            continue
        shelves = Counter(shelf_by_item[item] for item in liked)
        # A shelf of 600 items is in every basket; what tells people apart is how far they went along a small one.
        favourite = max(shelves, key=lambda slug: (shelves[slug] / (20 + sizes[slug]), slug))
        yield customer, len(orders), favourite, json.dumps(liked[:FAVOURITES])
