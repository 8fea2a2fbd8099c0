"""Files that shops, mail services and people export, as the same facts that webhooks bring: streamed, nothing dropped.

Reading starts in `kinds.py`, which lists every kind of file; each has a module that says what its columns mean, and
`batches.py` reads them all alike. May not know where a file came from, nor where the facts go.
"""

from plugins.csvfile.batches import Batch, Circumstances
from plugins.csvfile.kinds import KINDS, PLAIN_ORDERS, Brings, Kind, read_file, recognize
from plugins.csvfile.orders import COLUMNS, last_ordered_at
from plugins.csvfile.stream import unpack

__all__ = [
    "COLUMNS",
    "KINDS",
    "PLAIN_ORDERS",
    "Batch",
    "Brings",
    "Circumstances",
    "Kind",
    "last_ordered_at",
    "read_file",
    "recognize",
    "unpack",
]
