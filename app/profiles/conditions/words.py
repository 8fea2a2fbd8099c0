"""A condition in plain English: "whose number of orders is at least 3 and who may be written to"."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from babel.numbers import format_currency, format_decimal

from app.profiles.conditions.fields import FIELDS, Field, Kind, Op
from app.profiles.conditions.shape import Condition, Group, Not, Term
from plugins.money import to_major

LANGUAGE = "en"


@dataclass(frozen=True)
class Names:
    """What a shop calls what conditions speak of: its currency, and titles by field and value."""

    currency: str
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)


def say(condition: Condition, names: Names) -> str:
    """Say who is meant, to be read after "People"."""
    return _say(condition, names, is_inner=False)


def _say(condition: Condition, names: Names, *, is_inner: bool) -> str:
    match condition:
        case Not():
            return f"who are not among those {_say(condition.part, names, is_inner=True)}"
        case Group():
            joint = " and " if condition.needs_all else " or "
            is_one = len(condition.parts) == 1
            said = joint.join(_say(part, names, is_inner=is_inner or not is_one) for part in condition.parts)
            return f"({said})" if is_inner and not is_one else said
    return _term(condition, names)


def _term(term: Term, names: Names) -> str:
    one = FIELDS[term.field]
    match one.kind:
        case Kind.FLAG:
            return f"who {one.words if term.value else one.no_words}"
        case Kind.BOUGHT:
            return _bought(term, one, names)
        case Kind.DAYS:
            return f"whose {one.words} was {_amount(term, one, names)} ago"
        case Kind.WITHIN:
            return f"whose {one.words} is expected within {_days(int(str(term.value)))}"
    if term.field == "interest":
        verb = "did not say that they like" if term.op == Op.IS_NOT else "say that they like"
        return f"who {verb} {_either(term, one, names)}"
    return f"whose {one.words} is {_amount(term, one, names)}"


def _bought(term: Term, one: Field, names: Names) -> str:
    lately = "" if term.days is None else f" in the last {_days(term.days)}"
    words = one.words
    if term.op == Op.IS_NOT:
        words = f"never {words}" if term.days is None else words.replace("bought", "did not buy", 1)
    return f"who {words} {_either(term, one, names)}{lately}"


def _amount(term: Term, one: Field, names: Names) -> str:
    match term.op:
        case Op.AT_LEAST:
            return f"at least {_either(term, one, names)}"
        case Op.AT_MOST:
            return f"at most {_either(term, one, names)}"
        case Op.BETWEEN:
            assert isinstance(term.value, tuple)
            low, high = (_value(one, value, names) for value in term.value)
            return f"between {low} and {high}"
        case Op.IS_NOT:
            return f"not {_either(term, one, names)}"
    return _either(term, one, names)


def _either(term: Term, one: Field, names: Names) -> str:
    values = term.value if isinstance(term.value, tuple) else (term.value,)
    *others, last = (_value(one, value, names) for value in values)
    return f"{', '.join(others)} or {last}" if others else last


def _value(one: Field, value: float | str, names: Names) -> str:
    match one.kind:
        case Kind.CHOICE:
            return one.choices[str(value)]
        case Kind.WORD | Kind.BOUGHT:
            title = names.titles.get((one.key, str(value)), str(value))
            return title if one.key == "country" else f"“{title}”"
        case Kind.MONEY:
            return format_currency(to_major(int(value), names.currency), names.currency, locale=LANGUAGE)
        case Kind.SHARE:
            return f"{_number(value)} %"
        case Kind.DAYS:
            return _days(int(value))
    return _number(value)


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{_number(count)} days"


def _number(value: float | str) -> str:
    return format_decimal(value, format="#,##0.###", locale=LANGUAGE)
