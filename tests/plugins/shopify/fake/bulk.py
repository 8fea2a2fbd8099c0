"""The fake's bulk operations: a file of JSON lines, children anywhere but next to their parents."""

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import graphql as g

from plugins.shopify.documents import document
from tests.plugins.shopify.fake.lists import seen
from tests.plugins.shopify.fake.shop import Bulk, FakeShop, Node
from tests.plugins.shopify.schema.prune import PRUNED

KINDS = {"items": "products", "orders": "orders", "orders_bare": "orders", "customers": "customers"}
NEEDS = {
    "items": ("read_products", "read_inventory"),
    "orders": ("read_orders",),
    "orders_bare": ("read_orders",),
    "customers": ("read_customers",),
}
WINDOW = re.compile(r'query: ("(?:[^"\\]|\\.)*")')
FEW = 20_000  # lines that are shuffled whole; of more, all children come after all parents


def start(shop: FakeShop, query: str) -> Bulk:
    """Begin a bulk operation, and write its file at once."""
    window = WINDOW.search(query)
    bare = WINDOW.sub('query: ""', query, count=1)
    kind = next((name for name in KINDS if document(name) == bare), None)
    if kind is None or window is None:
        raise AssertionError(f"Not one of our documents for a bulk operation: {query[:200]}")
    parsed = g.parse(query)
    faults = g.validate(_schema(), parsed)
    assert faults == [], faults
    made = Bulk(id=f"gid://shopify/BulkOperation/{len(shop.bulk) + 1}")
    shop.bulk[made.id] = made
    if shop.bulk_ends:
        made.error = shop.bulk_ends.pop(0)
    elif _is_denied(shop, kind):
        made.error = "ACCESS_DENIED"
    else:
        now = shop.bucket.seen_at or datetime.now(UTC)
        nodes = seen(shop, KINDS[kind], json.loads(window[1]), now)
        made.roots = _write(parsed, nodes, shop.files / f"{shop.domain}-{len(shop.bulk)}.jsonl")
        made.name = f"{shop.domain}-{len(shop.bulk)}.jsonl" if made.roots else ""
        made.size = (shop.files / made.name).stat().st_size if made.name else 0
    return made


def _is_denied(shop: FakeShop, kind: str) -> bool:
    is_personal = kind in {"orders", "customers"}
    return not all(shop.has_scope(one) for one in NEEDS[kind]) or (shop.denies_personal_data and is_personal)


@cache
def _schema() -> g.GraphQLSchema:
    return g.build_schema(PRUNED.read_text())


def _write(parsed: g.DocumentNode, nodes: Any, path: Path) -> int:
    (root,) = parsed.definitions[0].selection_set.selections
    selection = _inner(root.selection_set)
    roots, lines, children = 0, [], path.with_suffix(".children")
    with path.open("w") as whole, children.open("w") as later:
        for node in nodes:
            roots += 1
            for line in _lines(node, selection):
                if len(lines) <= FEW:
                    lines.append(line)
                (later if '"__parentId"' in line else whole).write(line + "\n")
    with path.open("a") as whole, children.open() as later:
        whole.writelines(later)
    children.unlink()
    if len(lines) <= FEW:
        random.Random(4).shuffle(lines)
        path.write_text("".join(line + "\n" for line in lines))
    return roots


def _lines(node: Node, selection: g.SelectionSetNode) -> Iterator[str]:
    yield json.dumps(_told(node, selection))
    for field in selection.selections:
        inner = _inner(field.selection_set)
        if inner is not None:
            for child in node.get(field.name.value) or ():
                yield json.dumps(_told(child, inner) | {"__parentId": node["id"]})


def _inner(selection: g.SelectionSetNode | None) -> g.SelectionSetNode | None:
    """Return what is selected of the nodes of a connection; None where it is none."""
    edges = next((one for one in selection.selections if one.name.value == "edges"), None) if selection else None
    return edges.selection_set.selections[0].selection_set if edges else None


def _told(value: Any, selection: g.SelectionSetNode | None) -> Any:
    if isinstance(value, list):
        return [_told(one, selection) for one in value]
    if selection is None or value is None:
        return value
    return {
        field.name.value: _told(value.get(field.name.value), field.selection_set)
        for field in selection.selections
        if _inner(field.selection_set) is None
    }
