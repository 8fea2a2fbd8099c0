"""The demo shop's order history as arrays, for benchmarks: half a million lines, dates as they were."""

import csv
import lzma
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from recommender.interactions import IdMap, Interactions, build_item_features

HISTORY = Path(__file__).parents[2] / "app/demo/data/online_retail.csv.xz"
GOODS = re.compile(r"\d{5}")


@dataclass(frozen=True)
class Shop:
    """Interactions and item features; the ids they stand for."""

    interactions: Interactions
    features: sp.csr_array
    items: IdMap
    users: IdMap


def load_shop(*, with_guests: bool = True) -> Shop:
    """Read what was sold: no cancellations, no returns, no free goods, no postage. A few seconds."""
    with lzma.open(HISTORY, "rt", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _is_sale(row) and (with_guests or row["customer_id"])]
    items, baskets = IdMap(row["item_id"] for row in rows), IdMap(row["order_id"] for row in rows)
    users = IdMap(row["customer_id"] for row in rows if row["customer_id"])
    moments = {text: _seconds(text) for text in {row["ordered_at"] for row in rows}}
    interactions = Interactions(
        users.index(row["customer_id"] for row in rows),
        items.index(row["item_id"] for row in rows),
        np.ones(len(rows), np.float32),
        np.array([moments[row["ordered_at"]] for row in rows], np.int64),
        baskets.index(row["order_id"] for row in rows),
        len(users),
        len(items),
    )
    newest = {row["item_id"]: row for row in rows}
    titles = [newest[one]["item_title"] for one in items.ids]
    prices = np.array([float(newest[one]["unit_price"]) for one in items.ids])
    return Shop(interactions, build_item_features(titles, [[]] * len(items), prices), items, users)


def _is_sale(row: dict[str, str]) -> bool:
    return (
        not row["order_state"]
        and not row["item_state"]
        and GOODS.match(row["item_id"]) is not None
        and int(row["quantity"]) > 0
        and float(row["unit_price"]) > 0
    )


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp())
