"""Cut Shopify's Admin schema down to what our documents use: `python -m tests.plugins.shopify.schema.prune FILE`.

FILE is the whole schema's introspection, as JSON or gzipped JSON; Shopify gives it to whoever asks the GraphQL endpoint
with the standard introspection query. What comes out is small enough to read, and knows nothing we do not send: a
document with another field fails against it. Deprecated fields are refused here.
"""

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

import graphql as g

from plugins.shopify.documents import document, names
from plugins.shopify.version import API_VERSION

PRUNED = Path(__file__).parent / f"admin-{API_VERSION}.graphql"
# The one variable that is a whole input object: which of its fields we fill in is decided in write_back.py.
WHOLE_INPUTS = {
    "DiscountContextInput": ("all", "customers"),
    "DiscountCustomersInput": ("add",),
}


class _Used(g.Visitor):
    """What a document touches: fields and their arguments, fields of inputs, and types of variables."""

    def __init__(self, info: g.TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.fields: dict[str, set[str]] = defaultdict(set)
        self.arguments: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.inputs: dict[str, set[str]] = defaultdict(set)

    def enter_field(self, node: g.FieldNode, *_: object) -> None:
        parent, field = self.info.get_parent_type(), self.info.get_field_def()
        if parent is None or field is None or node.name.value.startswith("__"):
            return
        if field.deprecation_reason:
            raise SystemExit(f"{parent.name}.{node.name.value} is deprecated: {field.deprecation_reason}")
        self.fields[parent.name].add(node.name.value)
        self.arguments[parent.name, node.name.value] |= {one.name.value for one in node.arguments or ()}

    def enter_object_field(self, node: g.ObjectFieldNode, *_: object) -> None:
        parent = self.info.get_parent_input_type()
        named = g.get_named_type(parent) if parent is not None else None
        if named is not None:
            self.inputs[named.name].add(node.name.value)


def load(path: Path) -> g.GraphQLSchema:
    """Read a whole schema."""
    raw = path.read_bytes()
    told = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return g.build_client_schema(told.get("data", told), assume_valid=True)


def prune(schema: g.GraphQLSchema) -> str:
    """Return what our documents use of a schema, in its own language."""
    info = g.TypeInfo(schema)
    used = _Used(info)
    for name in names():
        told = g.parse(document(name))
        if faults := g.validate(schema, told):
            raise SystemExit(f"{name}.graphql: {faults[0].message}")
        g.visit(told, g.TypeInfoVisitor(info, used))
    for name, fields in WHOLE_INPUTS.items():
        used.inputs[name] |= set(fields)
    return _written(schema, used)


def _written(schema: g.GraphQLSchema, used: _Used) -> str:
    parts, leaves = [], set()
    for name in sorted(used.fields):
        body, named = _object(schema.type_map[name], used)
        parts.append(body)
        leaves |= named
    for name in sorted(used.inputs):
        kind = schema.type_map[name]
        rows = {key: one.type for key, one in kind.fields.items() if key in used.inputs[name]}
        parts.append(f"input {name} {{\n" + "".join(f"  {key}: {one}\n" for key, one in sorted(rows.items())) + "}\n")
        leaves |= {g.get_named_type(one).name for one in rows.values()}
    left = sorted(leaves - {*used.fields, *used.inputs})
    parts += [_leaf(schema.type_map[name], used) for name in left]
    header = f"# Of Shopify's Admin API {API_VERSION}: what our documents use. Written by prune.py; not by hand.\n"
    entries = f"schema {{\n  query: {schema.query_type.name}\n  mutation: {schema.mutation_type.name}\n}}\n"
    return "\n".join([header, entries, *(part for part in parts if part)])


def _object(kind: g.GraphQLNamedType, used: _Used) -> tuple[str, set[str]]:
    rows, named = [], set()
    for key in sorted(used.fields[kind.name]):
        field = kind.fields[key]
        told = used.arguments[kind.name, key]
        taken = {one: value.type for one, value in field.args.items() if one in told}
        inside = f"({', '.join(f'{one}: {value}' for one, value in sorted(taken.items()))})" if taken else ""
        rows.append(f"  {key}{inside}: {field.type}\n")
        named |= {g.get_named_type(one).name for one in (field.type, *taken.values())}
    # An interface is written as a type: what is behind it is never asked for.
    return f"type {kind.name} {{\n{''.join(rows)}}}\n", named


def _leaf(kind: g.GraphQLNamedType, used: _Used) -> str:
    if g.is_enum_type(kind):
        return f"enum {kind.name} {{\n" + "".join(f"  {value}\n" for value in sorted(kind.values)) + "}\n"
    if g.is_union_type(kind):
        return f"union {kind.name} = {' | '.join(one.name for one in kind.types if one.name in used.fields)}\n"
    if g.is_scalar_type(kind) and not g.is_specified_scalar_type(kind):
        return f"scalar {kind.name}\n"
    return ""


if __name__ == "__main__":
    PRUNED.write_text(prune(load(Path(sys.argv[1]))))
