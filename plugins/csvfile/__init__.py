"""A file of orders as the same facts that webhooks bring: streamed, with flat memory, nothing dropped.

Any shop can write this file; its columns are described in `orders.py`, where reading starts. May not know where the
file came from, nor where the facts go.
"""

from plugins.csvfile.orders import COLUMNS, Batch, last_ordered_at, read_orders
from plugins.csvfile.stream import unpack

__all__ = ["COLUMNS", "Batch", "last_ordered_at", "read_orders", "unpack"]
