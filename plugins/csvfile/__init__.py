"""A file of orders as the same facts that webhooks bring: streamed, with flat memory, nothing dropped.

Any shop can write this file; its columns are described in `orders.py`, where reading starts. May not know where the
file came from, nor where the facts go.
"""

from plugins.csvfile.orders import COLUMNS, Batch, read_orders
from plugins.csvfile.stream import open_file

__all__ = ["COLUMNS", "Batch", "open_file", "read_orders"]
