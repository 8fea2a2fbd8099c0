"""What is predicted of people, in a shopkeeper's words: names, numbers with their units, and how right methods were."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.models import Prediction, PredictorVersion
from app.web.admin import reason_words
from app.web.admin.tongue import _, _n
from app.web.admin.words import about_money, day, number, share
from recommender.prediction.predictor import Kind

TITLES: Mapping[str, LazyString] = {
    Kind.CHURN: _l("Who may not come back"),
    Kind.NEXT_ORDER: _l("When they order next"),
    Kind.ORDERS_90: _l("Orders in the next 90 days"),
    Kind.ORDERS_365: _l("Orders in the next year"),
    Kind.VALUE_90: _l("Money in the next 90 days"),
    Kind.VALUE_365: _l("Money in the next year"),
}
MEANINGS: Mapping[str, LazyString] = {
    Kind.CHURN: _l("For each person, the chance that they do not order again within this shop's usual time."),
    Kind.NEXT_ORDER: _l("For each person who is expected back, in about how many days, with an earliest and a latest."),
    Kind.ORDERS_90: _l("For each person, on how many of the next 90 days they may order."),
    Kind.ORDERS_365: _l("For each person, on how many days of the next year they may order."),
    Kind.VALUE_90: _l("For each person, how much they may spend in the next 90 days, less what they give back."),
    Kind.VALUE_365: _l("For each person, how much they may spend in the next year, less what they give back."),
}
MONEY = (Kind.VALUE_90, Kind.VALUE_365)


@dataclass(frozen=True)
class Column:
    """One figure by which methods are compared. say: a value, and the shop's currency where it is money."""

    key: str
    label: LazyString
    how: LazyString
    say: Callable[[float], str]


def _days(value: float) -> str:
    return _n("%(num)d day", "%(num)d days", round(value))


def _tenths(value: float) -> str:
    return share(value, 1)


def _rounded(value: float) -> str:
    return number(round(value, 3))


APART = _l("how often, of one who stayed away and one who came, the first had the higher chance; half is guessing")
COLUMNS: Sequence[Column] = (
    Column("auc", _l("Told apart"), APART, share),
    Column("ece", _l("Chance off by"), _l("how far chances lay from what happened, on average"), _tenths),
    Column("brier", _l("Error"), _l("squared distance of chance and outcome, less is better (Brier score)"), _rounded),
    Column("median_error_days", _l("Half within"), _l("half of the dates were no further off"), _days),
    Column("mean_error_days", _l("Off by"), _l("how far dates were off, on average"), _days),
    Column("mean_absolute_error", _l("Off by"), _l("how far each person's number was off, on average"), _rounded),
    Column("predicted_over_actual", _l("Sum"), _l("what was said of all together, as a share of what came"), share),
)


@dataclass(frozen=True)
class Method:
    """One way of telling, as it did on earlier days. figures: as said, in the order of the card's columns."""

    label: str
    figures: Sequence[str]
    serves: bool


@dataclass(frozen=True)
class Tested:
    """How right a kind was on earlier days: methods, and what was said beside what happened."""

    columns: Sequence[Column]
    methods: Sequence[Method]
    reliability: Sequence[tuple[float, float, int]]  # said, happened, people
    held: float | None  # share of what happened that lay between the two ends; 0.8 was meant
    people: int


def read_tested(version: PredictorVersion, currency: str) -> Tested:
    """Read the report of a version; a figure it lacks is left out."""
    report: Mapping[str, Any] = version.report
    rows = [dict(one) for one in report.get("methods", [])]
    columns = [one for one in COLUMNS if any(isinstance(row.get(one.key), int | float) for row in rows)]
    coverage = report.get("coverage") or {}
    return Tested(
        columns=columns,
        methods=[_method(row, columns, version, currency) for row in rows],
        reliability=[(one["said"], one["happened"], one["people"]) for one in report.get("reliability") or []],
        held=coverage.get("happened"),
        people=int(report.get("people") or 0),
    )


def _method(row: Mapping[str, Any], columns: Sequence[Column], version: PredictorVersion, currency: str) -> Method:
    name = str(row.get("name", ""))
    figures = [_figure(row.get(one.key), one, version.kind, currency) for one in columns]
    return Method(_capital(str(row.get("in_words", name))), figures, name == _serving(version))


def _figure(value: object, column: Column, kind: str, currency: str) -> str:
    if not isinstance(value, int | float):
        return "–"
    is_money = column.key == "mean_absolute_error" and kind in MONEY
    return about_money(value, currency) if is_money else column.say(float(value))


def _serving(version: PredictorVersion) -> str:
    return str(version.report.get("serves") or version.method)


@dataclass(frozen=True)
class Expectation:
    """What is expected of one person in one respect, and why, a sentence each."""

    title: str
    words: str
    reasons: Sequence[str]
    made_at: datetime


def expectations(rows: Sequence[Prediction], currency: str) -> list[Expectation]:
    """Say what is expected of somebody, with the ends between which it should lie 8 times in 10."""
    ordered = sorted((one for one in rows if one.kind in TITLES), key=lambda one: list(TITLES).index(one.kind))
    return [
        Expectation(
            title=_title(one.kind),
            words=_expected(one, currency),
            reasons=[reason_words.say(one.kind, reason, currency) for reason in one.reasons],
            made_at=one.made_at,
        )
        for one in ordered
    ]


def _title(kind: str) -> str:
    if kind == Kind.CHURN:
        return _("Chance that they do not order again")
    return _("Next order") if kind == Kind.NEXT_ORDER else str(TITLES[kind])


def _expected(one: Prediction, currency: str) -> str:
    value, low, high = (_number(one, part, currency) for part in (one.value, one.low, one.high))
    if one.kind == Kind.CHURN:
        return _("%(chance)s until %(day)s", chance=value, day=day(one.until.date())) if one.until else value
    return _("about %(value)s, between %(low)s and %(high)s", value=value, low=low, high=high)


def _number(one: Prediction, value: float, currency: str) -> str:
    if one.kind == Kind.CHURN:
        return share(value)
    if one.kind == Kind.NEXT_ORDER:
        return day((one.made_at + timedelta(days=value)).date())
    return about_money(value, currency) if one.kind in MONEY else number(round(value, 1))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
