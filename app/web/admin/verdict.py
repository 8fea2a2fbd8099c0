"""A training's report as a merchant reads it: sentences first, then estimates with their doubt, then the table.

Reports of older trainings may lack a figure; what is not there is left out, never invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.models import RankerVersion
from app.web.admin import chart
from app.web.admin.tongue import _
from app.web.admin.words import share, signed_share

PURPOSES = ("home", "product", "cart")
LEAN = "blend_without_lightfm"
WHOLE = ("blend", LEAN, "in_service")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Whisker:
    """An estimate with its interval, and where it stands in the drawing."""

    name: str
    label: str  # the whole comparison, in words
    against: str
    difference: float
    low: float
    high: float
    questions: int
    people: int
    is_passed: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Arm:
    """One way of recommending, as it did on the last weeks."""

    name: str
    label: str
    ndcg: float
    recall: float
    coverage: float
    brings: float | None  # what the blend gains by it, relative; None where it is no part of the blend
    is_whole: bool  # a blend rather than one arm


@dataclass(frozen=True)
class Placement:
    """How it came out for one placement."""

    name: str
    label: str
    is_promoted: bool
    outcome: str  # promoted, kept (what served before stays), simple (the best simple rule alone)
    short: str  # the verdict in a line
    sentence: str  # the verdict with everything it was compared with
    whiskers: Sequence[Whisker]
    scale: chart.Scale
    arms: Sequence[Arm]
    arms_on_new: Sequence[Arm]  # the same, asked only for what people had never bought before
    questions: int
    people: int


@dataclass(frozen=True)
class Verdict:
    """A whole report."""

    placements: Sequence[Placement]
    days: float | None
    sizes: Mapping[str, int]
    seconds: Mapping[str, float]
    memory_bytes: float | None
    absent: str

    @property
    def promoted(self) -> Sequence[Placement]:
        return [one for one in self.placements if one.is_promoted]


def read(version: RankerVersion | None) -> Verdict | None:
    """Read the report of a ranker version; None where nothing was compared, as with the simple rules."""
    report: Json = version.report if version is not None else {}
    purposes = _dict(report.get("purposes"))
    if not purposes:
        return None
    megabytes = report.get("peak_memory_mb")
    return Verdict(
        placements=[_placement(name, _dict(purposes[name])) for name in PURPOSES if name in purposes],
        days=_dict(report.get("windows")).get("days"),
        sizes=_dict(report.get("sizes")),
        seconds=_dict(report.get("seconds")),
        memory_bytes=megabytes * 1e6 if isinstance(megabytes, int | float) else None,
        absent=str(_dict(report.get("lightfm")).get("reason") or ""),
    )


def label_of(arm: str) -> str:
    """Name an arm in words."""
    return {
        "recent_popularity": _("what sells now"),
        "bought_together": _("what is bought together"),
        "personal_frequency": _("what each person buys again"),
        "content": _("similar descriptions"),
        "factorization": _("taste (LightFM)"),
        "blend": _("the new blend"),
        "blend_without_lightfm": _("the new blend without LightFM"),
        "in_service": _("what served before"),
    }.get(arm, arm.replace("_", " "))


def place_label(placement: str) -> str:
    """Name a placement in words."""
    return {"home": _("Home page"), "product": _("Item page"), "cart": _("Cart"), "": _("Everywhere")}.get(
        placement, placement
    )


def better(one: Whisker) -> str:
    """Say how a blend compares, with its doubt."""
    doubt = _("between %(low)s and %(high)s", low=signed_share(one.low), high=signed_share(one.high))
    if one.low > 0:
        says = _("%(by)s better than “%(against)s”", by=share(one.difference, 1), against=one.against)
    elif one.high < 0:
        says = _("%(by)s worse than “%(against)s”", by=share(-one.difference, 1), against=one.against)
    else:
        says = _("not to be told apart from “%(against)s”", against=one.against)
    return f"{says} ({doubt})"


def _placement(name: str, raw: Json) -> Placement:
    comparisons = _told(raw)
    drawn = chart.scale(float(one.get(end, 0.0)) for one in comparisons for end in ("low", "high"))
    serves = str(raw.get("serves", ""))
    whiskers = [_whisker(one, drawn, serves) for one in comparisons]
    is_promoted = bool(raw.get("is_promoted"))
    outcome = str(raw.get("outcome", "promoted" if is_promoted else "kept"))
    return Placement(
        name=name,
        label=place_label(name),
        is_promoted=is_promoted,
        outcome=outcome,
        short=_short(outcome, whiskers, str(raw.get("best_simple", ""))),
        sentence=str(raw.get("sentence", "")),
        whiskers=whiskers,
        scale=drawn,
        arms=_arms(raw, name),
        arms_on_new=_arms(raw, f"{name}_new"),
        questions=max((one.questions for one in whiskers), default=0),
        people=max((one.people for one in whiskers), default=0),
    )


def _told(raw: Json) -> list[Json]:
    """Choose the comparisons to draw: once something was promoted, those of what serves, and what LightFM would add."""
    comparisons: list[Json] = [_dict(one) for one in raw.get("comparisons", [])]
    own = [one for one in comparisons if one.get("candidate") == raw.get("serves")]
    return own + [one for one in comparisons if one not in own and one.get("rival") == LEAN] if own else comparisons


def _label(candidate: str, rival: str, serves: str) -> str:
    if rival == LEAN:
        return _("what LightFM adds")
    if candidate == LEAN != serves:
        return _("without LightFM, against “%(name)s”", name=label_of(rival))
    return _("against “%(name)s”", name=label_of(rival))


def _short(outcome: str, whiskers: Sequence[Whisker], best_simple: str) -> str:
    against = next((one for one in whiskers if one.name == best_simple), None)
    if outcome == "promoted":
        return _("A blend: %(says)s.", says=better(against)) if against else _("A blend.")
    if outcome == "simple":
        return _("The simple rule “%(rule)s”: nothing was shown to be better.", rule=label_of(best_simple))
    return _("What served before: the new blend was not shown to be better.")


def _whisker(raw: Json, drawn: chart.Scale, serves: str) -> Whisker:
    difference, low, high = (float(raw.get(part, 0.0)) for part in ("difference", "low", "high"))
    return Whisker(
        name=str(raw.get("rival", "")),
        label=_label(str(raw.get("candidate", "")), str(raw.get("rival", "")), serves),
        against=label_of(str(raw.get("rival", ""))),
        difference=difference,
        low=low,
        high=high,
        questions=int(raw.get("questions", 0)),
        people=int(raw.get("people", 0)),
        is_passed=bool(raw.get("is_passed")),
        at=drawn.at(difference),
        start=drawn.at(low),
        end=drawn.at(high),
    )


def _arms(raw: Json, task: str) -> list[Arm]:
    brings = _dict(raw.get("brings")) if not task.endswith("_new") else {}
    rows = [_dict(one) for one in raw.get("quality", [])]
    arms = [_arm(one, brings) for one in rows if one.get("task") == task]
    return sorted(arms, key=lambda arm: -arm.ndcg)


def _arm(raw: Json, brings: Json) -> Arm:
    name = str(raw.get("ranker", ""))
    return Arm(
        name=name,
        label=label_of(name),
        ndcg=float(raw.get("ndcg_at_10", 0.0)),
        recall=float(raw.get("recall_at_20", 0.0)),
        coverage=float(raw.get("coverage_at_10", 0.0)),
        brings=float(brings[name]) if name in brings else None,
        is_whole=name in WHOLE,
    )


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
