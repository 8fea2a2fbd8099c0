"""A bulk operation's file, sorted into pieces small enough to hold: children lie anywhere in it but beside parents.

Every line goes to the piece that its root's name falls into, so a root and its children meet in one piece whatever
lines lie between them, and no more than a piece is in memory. The pieces are files without names: whatever happens to
this process, nothing of the shop stays on the disk.
"""

import json
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any, Self

from plugins.errors import Unreachable
from plugins.http import Client

Node = dict[str, Any]
Root = tuple[Node, list[Node]]

PIECE_BYTES = 8_000_000
MOST_PIECES = 128  # open files
LINES_A_BREATH = 100_000  # a second or two
PARENT = "__parentId"


def count_pieces_of(size: int) -> int:
    """Return into how many pieces a file of so many bytes is sorted. The same size gives the same number."""
    return min(max(1, -(-size // PIECE_BYTES)), MOST_PIECES)


class Spool:
    """A file's pieces, while the block lasts."""

    def __init__(self, client: Client, url: str, pieces: int) -> None:
        self._client, self._url, self._count = client, url, pieces
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for _ in range(self._count):
                self._files.append(opened.enter_context(tempfile.TemporaryFile()))
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def sort(self) -> Iterator[None]:
        """Sort the file as it comes in, with a breath now and then: a long one takes longer than a claim holds."""
        with self._client.lines(self._url) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    self._files[self._piece_of(line)].write(line + b"\n")
                if number % LINES_A_BREATH == 0:
                    yield

    def roots(self, piece: int) -> Iterator[Root]:
        """Yield what is in a piece, each root with its children, in the order in which the file has the roots."""
        found: dict[str, Root] = {}
        children: list[Node] = []
        self._files[piece].seek(0)
        for line in self._files[piece]:
            node = json.loads(line)
            if PARENT in node:
                children.append(node)
            else:
                found[node["id"]] = (node, [])
        for child in children:
            if child[PARENT] in found:
                found[child[PARENT]][1].append(child)
        yield from found.values()

    def _piece_of(self, line: bytes) -> int:
        try:
            node = json.loads(line)
            root = node.get(PARENT) or node["id"]
        except (ValueError, KeyError, AttributeError):
            raise Unreachable("Shopify's file with the shop's data is broken off. Regulars keeps trying.") from None
        return zlib.crc32(str(root).encode()) % self._count
