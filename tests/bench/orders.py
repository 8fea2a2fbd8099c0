"""Public histories of orders, as they lie in a folder of data: absent ones are skipped by name.

CDNOW (23,570 people of one quarter, Fader and Hardie) and Online Retail (a British wholesaler, UCI 352). Each is cut 90
days before its last full horizon, so that what happened can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from pyarrow import parquet

from recommender.prediction.histories import Purchases

HORIZON = 90.0
FILES = {"cdnow": "cdnow/CDNOW_master.txt", "online_retail": "online_retail/online_retail.parquet"}
CUTOFFS = {"cdnow": 10_317.0, "online_retail": 15_227.0}  # 1998-04-01, 2011-09-10


@dataclass(frozen=True)
class History:
    """One set of orders. now: the cut-off, days since 1970-01-01."""

    name: str
    purchases: Purchases
    now: float

    def only(self, customers: np.ndarray) -> "History":
        """Keep the orders of these customers alone, numbered anew."""
        number = np.full(self.purchases.customer_count, -1)
        number[customers] = np.arange(len(customers))
        told = self.purchases
        keep = number[told.customer] >= 0
        mine = Purchases(number[told.customer][keep], told.day[keep], told.amount[keep], len(customers))
        return History(self.name, mine, self.now)


def histories(data: Path) -> Iterator[History]:
    """Read what is there of FILES, and say what is not."""
    readers = {"cdnow": _cdnow, "online_retail": _online_retail}
    for name, place in FILES.items():
        if (data / place).is_file():
            yield History(name, readers[name](data / place), CUTOFFS[name])
        else:
            print(f"({name} is skipped: there is no {place} in {data})")


def _cdnow(path: Path) -> Purchases:
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    dates = np.array([f"{day[:4]}-{day[4:6]}-{day[6:]}" for _, day, *_ in rows], "datetime64[D]")
    customer = np.array([int(one) for one, *_ in rows]) - 1
    return Purchases(
        customer, dates.astype(np.int64), np.array([float(row[3]) for row in rows]), int(customer.max()) + 1
    )


def _online_retail(path: Path) -> Purchases:
    table = parquet.read_table(path)
    sold = pc.and_(pc.greater(table["Quantity"], 0), pc.greater(table["UnitPrice"], 0))
    goods = pc.and_(pc.is_valid(table["CustomerID"]), pc.match_substring_regex(table["StockCode"], r"^\d{5}"))
    table = table.filter(pc.and_(sold, goods))
    _, customer = np.unique(table["CustomerID"].to_numpy(), return_inverse=True)
    _, first, order = np.unique(table["InvoiceNo"].to_numpy().astype(str), return_index=True, return_inverse=True)
    money = table["Quantity"].to_numpy() * table["UnitPrice"].to_numpy()
    day = table["InvoiceDate"].to_numpy().astype("datetime64[s]").astype(np.int64) / 86_400
    return Purchases(customer[first], day[first], np.bincount(order, money), int(customer.max()) + 1)
