"""The form a segment is built with: one line for each thing that is asked, each fault said beside its line.

It works without a script: what is asked is chosen from a list and added as a line, which then offers the comparisons
and values of its kind. What a line cannot hold (conditions within conditions) is kept as it is and shown in words.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from app.errors import BadRequest
from app.profiles import conditions
from app.profiles.conditions import FIELDS, Condition, Field, Group, Kind, Op, Term
from app.web.admin.tongue import _
from plugins.money import to_major, to_minor

MOST_LINES = 20
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Line:
    """One thing asked, as it stands in the form. fixed: JSON of what no line can hold; then the rest is empty."""

    field: str = ""
    op: str = ""
    value: str = ""
    upto: str = ""
    days: str = ""
    chosen: tuple[str, ...] = ()
    fixed: str = ""
    fault: str = ""

    @property
    def about(self) -> Field:
        return FIELDS[self.field]


@dataclass(frozen=True)
class Draft:
    """A segment as it stands in the form; condition is None where something is not right or nothing is asked yet."""

    name: str = ""
    needs_all: bool = True
    lines: Sequence[Line] = ()
    condition: Condition | None = None

    @property
    def faults(self) -> int:
        return sum(1 for line in self.lines if line.fault)


def read_draft(form: MultiDict[str, str], currency: str) -> Draft:
    """Read the form; every line that holds no condition says why."""
    name = form.get("name", "").replace("\x00", "")[:200]
    return _checked(Draft(name, form.get("join") != "any", _lines(form)), currency)


def draft_of(name: str, condition: Condition | None, currency: str) -> Draft:
    """Return the form of a segment as it is kept."""
    if condition is None:
        return Draft(name)
    is_group = isinstance(condition, Group)
    parts = condition.parts if isinstance(condition, Group) else (condition,)
    needs_all = condition.needs_all if isinstance(condition, Group) else True
    kept = condition if is_group else Group(needs_all=True, parts=parts)
    return Draft(name, needs_all, [_line(part, currency) for part in parts], kept)


def add_line(draft: Draft, field: str) -> Draft:
    """Return the draft with one more line, empty yet. What is missing elsewhere is not said before it is sent."""
    if field not in FIELDS or len(draft.lines) >= MOST_LINES:
        return draft
    return replace(draft, lines=[*_unjudged(draft.lines), Line(field)], condition=None)


def drop_line(draft: Draft, number: str, currency: str) -> Draft:
    """Return the draft without one of its lines."""
    kept = [line for n, line in enumerate(draft.lines) if str(n) != number]
    checked = _checked(replace(draft, lines=kept), currency)
    return replace(checked, lines=_unjudged(checked.lines))


def op_words(kind: Kind) -> Sequence[tuple[str, str]]:
    """Return the comparisons that a line of this kind offers, in words."""
    amounts = [(Op.AT_LEAST, _("is at least")), (Op.AT_MOST, _("is at most")), (Op.BETWEEN, _("is between"))]
    match kind:
        case Kind.NUMBER:
            return [*amounts, (Op.IS, _("is")), (Op.IS_NOT, _("is not"))]
        case Kind.DAYS:
            return [
                (Op.AT_MOST, _("was at most … days ago")),
                (Op.AT_LEAST, _("was at least … days ago")),
                (Op.BETWEEN, _("was between … and … days ago")),
            ]
        case Kind.BOUGHT:
            return [(Op.IS, _("yes, this:")), (Op.IS_NOT, _("no, never this:"))]
        case Kind.WORD:
            return [(Op.IS, _("is")), (Op.IS_NOT, _("is not"))]
    return amounts if kind in (Kind.EXPECTED, Kind.MONEY, Kind.SHARE) else []


def read_part(fixed: str) -> Condition | None:
    """Return what no line can hold; None where it cannot be read."""
    try:
        return conditions.parse(json.loads(fixed))
    except (BadRequest, ValueError, RecursionError):
        return None


def _unjudged(lines: Sequence[Line]) -> list[Line]:
    return [replace(line, fault="") for line in lines]


def _checked(draft: Draft, currency: str) -> Draft:
    lines, parts = [], []
    for line in draft.lines:
        try:
            parts.append(_condition(line, currency))
            lines.append(replace(line, fault=""))
        except BadRequest as error:
            lines.append(replace(line, fault=str(error)))
    is_whole = bool(parts) and len(parts) == len(lines)
    return replace(draft, lines=lines, condition=Group(draft.needs_all, tuple(parts)) if is_whole else None)


def _lines(form: MultiDict[str, str]) -> list[Line]:
    found = []
    for n in range(MOST_LINES):
        told = {name: form.get(f"{name}-{n}", "").replace("\x00", "").strip() for name in ("field", "op", "value")}
        rest = {name: form.get(f"{name}-{n}", "").replace("\x00", "").strip() for name in ("upto", "days", "fixed")}
        if told["field"] in FIELDS or rest["fixed"]:
            found.append(Line(**told, **rest, chosen=tuple(form.getlist(f"chosen-{n}"))))
    return found


def _condition(line: Line, currency: str) -> Condition:
    if line.fixed:
        if (part := read_part(line.fixed)) is None:
            raise BadRequest(_("This part cannot be read any more. Remove it."))
        return part
    told: dict[str, object] = {"field": line.field, **_asked(line, currency)}
    if line.days and line.about.kind == Kind.BOUGHT:
        told["days"] = _number(line.days, line.about)
    return conditions.parse(told)


def _asked(line: Line, currency: str) -> Mapping[str, object]:
    one = line.about
    match one.kind:
        case Kind.FLAG:
            return {"is": Op.IS, "value": line.value != NO}
        case Kind.WITHIN:
            return {"is": Op.AT_MOST, "value": _number(line.value, one)}
        case Kind.BOUGHT:
            return {"is": line.op, "value": line.value}
        case Kind.CHOICE | Kind.WORD:
            return _one_or_several(line, line.chosen or _listed(line.value))
    return _asked_amount(line, one, currency)


def _asked_amount(line: Line, one: Field, currency: str) -> Mapping[str, object]:
    if one.kind == Kind.NUMBER and "," in line.value:
        return _one_or_several(line, [_number(each, one) for each in _listed(line.value)])
    if line.op != Op.BETWEEN:
        return {"is": line.op, "value": _amount(line.value, one, currency)}
    low, high = (_amount(end, one, currency) for end in (line.value, line.upto))
    if low > high:
        raise BadRequest(_("“%(label)s”: put the smaller one first.", label=one.label))
    return {"is": line.op, "value": [low, high]}


def _one_or_several(line: Line, values: Sequence[object]) -> Mapping[str, object]:
    if not values:
        raise BadRequest(_("“%(label)s”: choose at least one.", label=line.about.label))
    if len(values) == 1:
        return {"is": line.op or Op.IS, "value": values[0]}
    if line.op not in ("", Op.IS):
        raise BadRequest(_("“%(label)s”: take one at a time here, and add another line.", label=line.about.label))
    return {"is": Op.ONE_OF, "value": list(values)}


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _number(text: str, one: Field) -> float:
    if not AMOUNT.fullmatch(text):
        raise BadRequest(_("“%(label)s” needs a number, as 3.", label=one.label))
    return float(text) if "." in text else int(text)


def _amount(text: str, one: Field, currency: str) -> float:
    if one.kind != Kind.MONEY:
        return _number(text, one)
    if not AMOUNT.fullmatch(text):
        raise BadRequest(_("“%(label)s” needs an amount, as 25 or 25.50.", label=one.label))
    return to_minor(text, currency)


def _line(part: Condition, currency: str) -> Line:
    line = _line_of(part, currency) if isinstance(part, Term) else None
    return line or Line(fixed=json.dumps(conditions.to_json(part)))


def _line_of(term: Term, currency: str) -> Line | None:
    """Return the line of a term; None where no line can hold it."""
    one, values = FIELDS[term.field], term.value if isinstance(term.value, tuple) else (term.value,)
    if one.kind == Kind.FLAG:
        return Line(term.field, Op.IS, YES if term.value else NO)
    if one.kind == Kind.CHOICE:
        others = tuple(value for value in one.choices if value not in values)
        return Line(term.field, chosen=others if term.op == Op.IS_NOT else tuple(str(value) for value in values))
    written = [_written(value, one, currency) for value in values]
    if term.op == Op.ONE_OF and (one.kind == Kind.BOUGHT or any("," in value for value in written)):
        return None
    if term.op == Op.BETWEEN:
        return Line(term.field, term.op, written[0], written[1])
    return Line(
        term.field,
        Op.IS if term.op == Op.ONE_OF else term.op,
        ", ".join(written),
        days="" if term.days is None else str(term.days),
        chosen=tuple(written) if term.field == "interest" else (),
    )


def _written(value: object, one: Field, currency: str) -> str:
    return to_major(int(str(value)), currency) if one.kind == Kind.MONEY else str(value)
