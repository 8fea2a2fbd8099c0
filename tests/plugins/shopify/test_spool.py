"""A file's lines find their roots again, wherever they lie in it."""

import json
from contextlib import contextmanager

from plugins.shopify.spool import Spool


class Lines:
    """A client that knows one file."""

    def __init__(self, *nodes):
        self.written = [json.dumps(node).encode() for node in nodes]

    @contextmanager
    def lines(self, _url):
        yield iter(self.written)


def test_a_line_whose_root_is_not_in_the_file_costs_itself_alone():
    root, child = {"id": "order/1"}, {"id": "line/1", "__parentId": "order/1"}
    orphan = {"id": "line/9", "__parentId": "order/9"}

    with Spool(Lines(orphan, child, root), "https://files.example/1", 1) as spool:
        assert list(spool.sort()) == []
        assert list(spool.roots(0)) == [(root, [child])]
