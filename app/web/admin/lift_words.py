"""What reminders bring, as a shopkeeper reads it: a sentence, dots with their doubt, a table. Chance wins nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal
from flask_babel import get_locale

from app.campaigns.lift import DAYS, MATTERS, Lift, Side
from app.models import Campaign
from app.web.admin import chart
from app.web.admin.tongue import _, _n
from app.web.admin.words import money, number
from recommender.evidence.lift import Difference

SMALLEST = round(MATTERS * 100)  # in a hundred
Write = Callable[[float], str]


@dataclass(frozen=True)
class Dot:
    """A difference with its interval, in words, and where it stands in its own drawing."""

    label: str
    point: str
    low: str
    high: str
    is_told: bool
    at: float
    start: float
    end: float
    ticks: Sequence[tuple[float, str, bool]]  # where, in words, and whether it is zero


@dataclass(frozen=True)
class Row:
    """One side in the table."""

    label: str
    people: int
    ordered: int
    in_hundred: str
    money_each: str


@dataclass(frozen=True)
class Bringing:
    """What reminders bring. answer: the sentence; nothing else is there as long as nobody's days are over."""

    answer: str
    doubt: str
    rows: Sequence[Row]
    dots: Sequence[Dot]
    waiting: int
    first_day: datetime | None


def told(lift: Lift | None, campaign: Campaign, currency: str) -> Bringing | None:
    """Say what was measured; None where nobody is left alone and nobody ever was."""
    if lift is None or not (lift.people or lift.waiting or campaign.control_percent):
        return None
    if not lift.people:
        return Bringing("", "", (), (), lift.waiting, lift.first_day)
    dots = [_dot(_("People who order, in a hundred"), lift.rate, in_hundred)] if _both(lift) else []
    if lift.money.is_enough and lift.money.low < lift.money.high:
        dots.append(_dot(_("Money per person"), lift.money, lambda value: signed_money(value, currency)))
    rows = [_row(_("Reminded"), lift.reminded, currency), _row(_("Left alone"), lift.left_alone, currency)]
    verdict = _verdict(lift, is_over=not campaign.control_percent)
    return Bringing(_counts(lift), verdict, rows, dots, lift.waiting, lift.first_day)


def in_hundred(share: float) -> str:
    """Write 0.034 as +3.4."""
    return str(format_decimal(share * 100, format="+0.0;−0.0", locale=get_locale()))


def signed_money(minor: float, currency: str) -> str:
    """Write 255 GBP as +£2.55."""
    amount = money(abs(round(minor)), currency)
    return f"−{amount}" if round(minor) < 0 else f"+{amount}"


def _both(lift: Lift) -> bool:
    return bool(lift.reminded.people and lift.left_alone.people)


def _counts(lift: Lift) -> str:
    reminded = _n(
        "Of one person reminded, %(ordered)s ordered within %(days)s days",
        "Of %(count)s people reminded, %(ordered)s ordered within %(days)s days",
        lift.reminded.people,
        count=number(lift.reminded.people),
        ordered=number(lift.reminded.ordered),
        days=DAYS,
    )
    alone = _n(
        "of one left alone, %(ordered)s did.",
        "of %(count)s left alone, %(ordered)s did.",
        lift.left_alone.people,
        count=number(lift.left_alone.people),
        ordered=number(lift.left_alone.ordered),
    )
    return f"{reminded}; {alone}"


def _verdict(lift: Lift, *, is_over: bool) -> str:
    rate = lift.rate
    between = {"low": in_hundred(rate.low), "high": in_hundred(rate.high)}
    if rate.is_told and rate.point > 0:
        return _("Reminders bring more people to order: between %(low)s and %(high)s in a hundred.", **between)
    if rate.is_told:
        return _("Reminded people order less often: between %(low)s and %(high)s in a hundred.", **between)
    if is_over:
        return _("It ended too early to tell: chance alone may explain the difference.")
    if lift.missing:
        return _n(
            "Too early to tell: one more person left alone is needed.",
            "Too early to tell: about %(count)s more people left alone are needed.",
            lift.missing,
            count=number(_about(lift.missing)),
        )
    return _(
        "No difference to be told: chance alone may explain it. It lies between %(low)s and %(high)s in a hundred.",
        **between,
    )


def _about(people: int) -> int:
    """Round to two figures, upwards: it is no more exactly known."""
    step: int = 10 ** max(len(str(people)) - 2, 0)
    return -(-people // step) * step


def _row(label: str, side: Side, currency: str) -> Row:
    share = format_decimal(side.rate * 100, format="0.0", locale=get_locale()) if side.people else "–"
    each = money(round(side.minor_each), currency) if side.people else "–"
    return Row(label, side.people, side.ordered, str(share), each)


def _dot(label: str, one: Difference, write: Write) -> Dot:
    drawn = chart.scale((one.low, one.high))
    ticks = [
        (tick.at, _("equal"), True) if abs(tick.value) < 1e-9 else (tick.at, write(tick.value), False)
        for tick in drawn.ticks
    ]
    return Dot(
        label=label,
        point=write(one.point),
        low=write(one.low),
        high=write(one.high),
        is_told=one.is_told,
        at=drawn.at(one.point),
        start=drawn.at(one.low),
        end=drawn.at(one.high),
        ticks=ticks,
    )
