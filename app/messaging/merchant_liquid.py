"""Merchants' Liquid: a small, safe part of it, whose cost has an end that does not depend on the machine's hurry.

Only the tags and filters below exist, and nothing is loaded from anywhere. What a text costs is paid from a budget that
is counted, not stopped by a watch, so that a letter that could be written once can always be written. What comes out is
plain text; the layout escapes all of it, the merchant's own words too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import LiquidError, UndefinedError
from liquid.expression import Expression

from app.errors import BadRequest

TAGS = ("if", "unless", "case", "for", "break", "continue", "assign", "capture", "comment")
PIECES = ("content", "output", "illegal")  # what Liquid is made of beside its tags
FILTERS = (
    *("append", "prepend", "capitalize", "downcase", "upcase", "strip", "truncate", "truncatewords", "replace"),
    *("replace_first", "remove", "remove_first", "split", "join", "first", "last", "size", "default", "slice"),
)
MOST_PIECES = 300
MOST_TURNS = 200  # of loops within loops
MOST_STEPS = 4_000
MOST_CHARACTERS = 100_000
DEEP = re.compile(r"(?:\[[^\[\]]*){4}")  # names within names within names
TRIPPED = (LiquidError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class BadLetter(BadRequest):
    """This letter cannot be written. Change its text."""


class _Spent(LiquidError):
    """The text does too much."""


class _Counting(RenderContext):
    """A context that counts what a text does, and ends it when that is too much."""

    steps = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise _Spent("too much work", token=None)

    def get(self, *args: Any, **kwargs: Any) -> object:
        found = super().get(*args, **kwargs)
        self.spend(1 + _weight(found) // 50)
        return found

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        return partial(self._filtered, name, super().filter(name, token))

    @contextmanager
    def loop(self, namespace: Mapping[str, object], forloop: Any) -> Iterator[RenderContext]:
        self.spend(forloop.length)
        with super().loop(namespace, forloop) as context:
            yield context

    def _filtered(self, name: str, function: Callable[..., object], *args: Any, **kwargs: Any) -> object:
        weight = sum(_weight(one) for one in args)
        if name == "replace" and len(args) == 3:  # the one filter that multiplies
            weight += str(args[0]).count(str(args[1])) * len(str(args[2]))
        if name == "join":
            weight += len(args[0]) * _weight(args[1:]) if isinstance(args[0], list | tuple) else 0
        self.spend(1 + weight // 50)
        return function(*args, **kwargs)


class _Template(BoundTemplate):
    context_class = _Counting


class _Small(Environment):
    """Liquid as we give it to merchants."""

    template_class = _Template
    block_nesting_limit = 10
    context_depth_limit = 20
    loop_iteration_limit = MOST_TURNS
    local_namespace_limit = 4 * MOST_CHARACTERS
    output_stream_limit = MOST_CHARACTERS

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: self.tags[name] for name in (*TAGS, *PIECES)}
        self.filters = {name: self.filters[name] for name in FILTERS}


def render_liquid(field: str, source: str, values: Mapping[str, object]) -> str:
    """Render a merchant's text. Raises BadLetter, naming the field, the line and what to do."""
    try:
        return _parse(source).render(**values)
    except TRIPPED as fault:
        raise BadLetter(_sentence(field, source, fault, values)) from None


def check_names(field: str, source: str, known: Mapping[str, object]) -> None:
    """Look for names that are not known, also where a rendering would not come by. Raises BadLetter."""
    try:
        named = _parse(source).analyze(include_partials=False).globals
    except TRIPPED as fault:
        raise BadLetter(_sentence(field, source, fault, known)) from None
    for name in named.keys() - known.keys():
        line = source.count("\n", 0, named[name][0].span.index) + 1
        raise BadLetter(f"{_where(field, source, line)}: {_unknown(name, known)}")


@lru_cache(maxsize=1)
def _environment() -> _Small:
    return _Small(undefined=StrictUndefined)


@lru_cache(maxsize=64)
def _parse(source: str) -> BoundTemplate:
    if DEEP.search(source):
        raise _Spent("too much work", token=None)
    template = _environment().from_string(source)
    pieces = list(_pieces(template.nodes, RenderContext(template)))
    if len(pieces) > MOST_PIECES:
        raise _Spent("too much work", token=None)
    ranges = (one for node in pieces for one in _expressions(node.expressions()) if isinstance(one, RangeLiteral))
    if (found := next(ranges, None)) is not None:
        raise LiquidError("ranges such as (1..9) are not to be had", token=found.token)
    return template


def _pieces(nodes: Iterable[Node], context: RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _pieces(node.children(context), context)


def _expressions(found: Iterable[Expression]) -> Iterator[Expression]:
    for one in found:
        yield one
        yield from _expressions(one.children())


def _weight(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(1 + _weight(one) for one in value) if isinstance(value, list | tuple) else 1


def _sentence(field: str, source: str, fault: Exception, known: Mapping[str, object]) -> str:
    where = _where(field, source, _line(fault))
    said = str(getattr(fault, "message", "") or "")
    if isinstance(fault, UndefinedError):
        return f"{where}: {_unknown(said.removesuffix(' is undefined').strip(chr(39)), known)}"
    if isinstance(fault, _Spent | RecursionError) or "limit" in said or "depth" in said:
        return f"{where}: this does too much for a letter. Use fewer loops and shorter texts."
    if said.startswith(("unknown tag", "unexpected tag")):
        return f"{where}: {said}. There are: {', '.join(TAGS)}."
    if said.startswith("unknown filter"):
        return f"{where}: {said}. There are: {', '.join(sorted(FILTERS))}."
    return (
        f"{where}: what stands in {{{{ … }}}} or {{% … %}} is not complete ({said or 'not Liquid'}). Correct it there."
    )


def _where(field: str, source: str, line: int) -> str:
    return f"{field}, line {line}" if line and "\n" in source.strip() else field


def _unknown(name: str, known: Mapping[str, object]) -> str:
    return f"there is nothing called {name[:60]}. There are: {', '.join(sorted(known))}."


def _line(fault: Exception) -> int:
    try:
        found = fault.context() if isinstance(fault, LiquidError) else None
    except ValueError:
        found = None
    return found[0] if found else 0
