"""A condition as a value, read from JSON and written back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import BadRequest
from app.profiles.conditions.fields import FIELDS, Field, Kind, Op

DEEPEST = 5  # conditions within conditions
MOST_TERMS = 40
MOST_VALUES = 50
LONGEST_WORD = 200
COUNTRY_LETTERS = 2

Value = int | float | bool | str | tuple[int | float | str, ...]


@dataclass(frozen=True)
class Term:
    """One thing asked of a person. days: of what was bought, only within so many days."""

    field: str
    op: Op
    value: Value
    days: int | None = None


@dataclass(frozen=True)
class Not:
    """Whoever does not fit."""

    part: "Condition"


@dataclass(frozen=True)
class Group:
    """Whoever fits all parts, or any."""

    needs_all: bool
    parts: tuple["Condition", ...]


Condition = Term | Not | Group


def parse(told: object) -> Condition:
    """Read a condition from JSON. Raises BadRequest with what to change."""
    condition = _read(told, DEEPEST)
    if (count := sum(1 for _ in terms_of(condition))) > MOST_TERMS:
        raise BadRequest(f"A condition may ask {MOST_TERMS} things at most; this one asks {count}. Leave some out.")
    return condition


def to_json(condition: Condition) -> dict[str, object]:
    """Write a condition as `parse` reads it."""
    match condition:
        case Group():
            return {"all" if condition.needs_all else "any": [to_json(part) for part in condition.parts]}
        case Not():
            return {"not": to_json(condition.part)}
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    told: dict[str, object] = {"field": condition.field, "is": str(condition.op), "value": value}
    return told if condition.days is None else {**told, "days": condition.days}


def terms_of(condition: Condition) -> Iterator[Term]:
    """Return every single thing that is asked."""
    match condition:
        case Term():
            yield condition
        case Not():
            yield from terms_of(condition.part)
        case Group():
            for part in condition.parts:
                yield from terms_of(part)


def has_time(condition: Condition) -> bool:
    """Tell whether people may come or go without any fact about them: by time alone, or by what is predicted."""
    return any(FIELDS[term.field].is_timely for term in terms_of(condition))


def read_value(one: Field, op: Op, value: object) -> Value:
    """Return a value as this figure has it. Raises BadRequest."""
    if op == Op.ONE_OF:
        values = _several(one, value, least=1, most=MOST_VALUES)
        return tuple(dict.fromkeys(_single(one, each) for each in values))
    if op == Op.BETWEEN:
        low, high = (_single(one, each) for each in _several(one, value, least=2, most=2))
        assert not isinstance(low, str)
        assert not isinstance(high, str)
        if low > high:
            raise BadRequest(f"“{one.label}” is between {low} and {high}: put the smaller one first.")
        return low, high
    return _single(one, value)


def _read(told: object, depth: int) -> Condition:
    if not isinstance(told, Mapping):
        raise BadRequest("A condition is an object, as {“field”: …, “is”: …, “value”: …}.")
    if depth == 0:
        raise BadRequest(f"Conditions lie within one another more than {DEEPEST} deep. Say it with fewer.")
    if len(told) == 1:
        ((key, inner),) = told.items()
        if key == "not":
            return Not(_read(inner, depth - 1))
        if key in ("all", "any"):
            return Group(key == "all", _parts(inner, depth))
    return _term(told)


def _parts(inner: object, depth: int) -> tuple[Condition, ...]:
    if not isinstance(inner, Sequence) or isinstance(inner, str | bytes) or not inner:
        raise BadRequest("“all” and “any” need a list of at least one condition.")
    if len(inner) > MOST_TERMS:
        raise BadRequest(f"A list may hold {MOST_TERMS} conditions at most. Leave some out.")
    return tuple(_read(part, depth - 1) for part in inner)


def _term(told: Mapping[Any, Any]) -> Term:
    if unknown := sorted(str(key)[:40] for key in told if key not in ("field", "is", "value", "days")):
        raise BadRequest(f"A condition has “field”, “is”, “value” and perhaps “days”, not “{unknown[0]}”.")
    key = told.get("field")
    one = FIELDS.get(key) if isinstance(key, str) else None
    if one is None:
        raise BadRequest("Choose what is asked: “field” has to be one of " + ", ".join(FIELDS) + ".")
    op = told.get("is")
    if op not in one.operators:
        allowed = ", ".join(one.operators)
        raise BadRequest(f"Choose how “{one.label}” is compared: “is” has to be one of {allowed}.")
    op = Op(op)
    return Term(one.key, op, read_value(one, op, told.get("value")), _days(one, told))


def _days(one: Field, told: Mapping[Any, Any]) -> int | None:
    if "days" not in told:
        return None
    days = told["days"]
    if one.kind != Kind.BOUGHT:
        raise BadRequest(f"“days” goes with what was bought only, not with “{one.label}”.")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 36_500:
        raise BadRequest(f"“{one.label}”: give the days as a whole number from 1 to 36500, or leave them out.")
    return days


def _several(one: Field, value: object, *, least: int, most: int) -> Sequence[object]:
    if not isinstance(value, list | tuple) or not least <= len(value) <= most:
        wanted = f"{least} values" if least == most else f"a list of {least} to {most} values"
        raise BadRequest(f"“{one.label}” needs {wanted}.")
    return value


def _single(one: Field, value: object) -> int | float | str:
    match one.kind:
        case Kind.FLAG:
            if value is not True and value is not False:
                raise BadRequest(f"“{one.label}” is true or false.")
            return value
        case Kind.CHOICE:
            if not isinstance(value, str) or value not in one.choices:
                raise BadRequest(f"“{one.label}” is one of " + ", ".join(one.choices) + ".")
            return value
        case Kind.WORD | Kind.BOUGHT:
            return _word(one, value)
    return _number(one, value)


def _word(one: Field, value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_WORD or not text.isprintable():
        raise BadRequest(f"“{one.label}” needs a word of 1 to {LONGEST_WORD} letters.")
    if one.key == "country":
        text = text.upper()
        if not (len(text) == COUNTRY_LETTERS and text.isascii() and text.isalpha()):
            raise BadRequest("A country is two letters, as GB or DE.")
    return text


def _number(one: Field, value: object) -> int | float:
    is_whole = one.kind not in (Kind.EXPECTED, Kind.SHARE)
    asked = f"“{one.label}” needs a {'whole ' if is_whole else ''}number from {one.least} to {one.largest}."
    if isinstance(value, bool) or not isinstance(value, int | float) or (is_whole and not isinstance(value, int)):
        raise BadRequest(asked)
    if not one.least <= value <= one.largest:  # as no NaN is
        raise BadRequest(asked)
    return value
