"""A training's report as a merchant reads it: sentences first, then estimates with their doubt, then the table.

Reports of older trainings may lack a figure; what is not there is left out, never invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.models import RankerVersion
from app.web.admin import chart
from app.web.admin.tongue import _
from app.web.admin.words import number, share

PURPOSES = ("home", "product", "cart")
LEAST_WORTH_NAMING = 0.0005
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Whisker:
    """An estimate with its interval, and where it stands in the drawing."""

    against: str
    difference: float
    low: float
    high: float
    questions: int
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
    weight: float | None  # its part in the blend
    is_whole: bool  # a blend rather than one arm


@dataclass(frozen=True)
class Placement:
    """How it came out for one placement."""

    name: str
    label: str
    is_promoted: bool
    sentence: str
    reason: str
    whiskers: Sequence[Whisker]
    scale: chart.Scale
    arms: Sequence[Arm]
    lightfm: str  # what LightFM brings, in a sentence; empty where that is unknown


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
    """Read the report of a ranker version; None where there is none, as with the simple rules."""
    report: Json = version.report if version is not None else {}
    purposes = _dict(report.get("purposes"))
    if not purposes:
        return None
    return Verdict(
        placements=[_placement(name, _dict(purposes[name])) for name in PURPOSES if name in purposes],
        days=_dict(report.get("windows")).get("days"),
        sizes=_dict(report.get("sizes")),
        seconds=_dict(report.get("engine_seconds")),
        memory_bytes=report.get("peak_memory_bytes"),
        absent=str(report.get("engine_absent") or ""),
    )


def label_of(arm: str) -> str:
    """Name an arm in words."""
    return {
        "recent_popularity": _("What sells now"),
        "bought_together": _("Bought together"),
        "personal_frequency": _("Bought before"),
        "content": _("Similar titles"),
        "factorization": _("Taste (LightFM)"),
        "blend": _("The blend"),
        "blend_without_lightfm": _("The blend without LightFM"),
        "in_service": _("What serves now"),
    }.get(arm, arm.replace("_", " ").capitalize())


def place_label(placement: str) -> str:
    """Name a placement in words."""
    return {"home": _("Home page"), "product": _("Item page"), "cart": _("Cart"), "": _("Everywhere")}.get(
        placement, placement
    )


def better(difference: float, low: float, high: float, against: str) -> str:
    """Say how a blend compares, with its doubt."""
    doubt = _("between %(low)s and %(high)s", low=_signed(low), high=_signed(high))
    if low > 0:
        says = _("%(by)s better than “%(against)s”", by=share(difference, 1), against=against)
    elif high < 0:
        says = _("%(by)s worse than “%(against)s”", by=share(-difference, 1), against=against)
    else:
        says = _("not to be told apart from “%(against)s”", against=against)
    return f"{says} ({doubt})"


def _placement(name: str, raw: Json) -> Placement:
    comparisons = [_dict(one) for one in raw.get("comparisons", [])]
    drawn = chart.scale(float(one.get(end, 0.0)) for one in comparisons for end in ("low", "high"))
    whiskers = [_whisker(one, drawn) for one in comparisons]
    blend = _dict(raw.get("blend"))
    arms = [_arm(_dict(one), blend) for one in raw.get("reports", []) if _dict(one).get("task", name) == name]
    arms = list({arm.name: arm for arm in arms}.values())
    is_promoted = bool(raw.get("is_promoted"))
    return Placement(
        name=name,
        label=place_label(name),
        is_promoted=is_promoted,
        sentence=_sentence(is_promoted, whiskers),
        reason=str(raw.get("reason", "")),
        whiskers=whiskers,
        scale=drawn,
        arms=sorted(arms, key=lambda arm: -arm.ndcg),
        lightfm=_lightfm({arm.name: arm for arm in arms}),
    )


def _sentence(is_promoted: bool, whiskers: Sequence[Whisker]) -> str:  # noqa: FBT001 - reads as a sentence
    if not whiskers:
        return _("There was nothing to compare with.")
    if is_promoted:
        least = min(whiskers, key=lambda one: one.difference)
    else:
        least = min((one for one in whiskers if not one.is_passed), key=lambda one: one.low, default=whiskers[0])
    says = better(least.difference, least.low, least.high, least.against)
    if is_promoted:
        return _("The new blend serves: it ranked %(says)s.", says=says)
    return _("The new blend was refused: it ranked %(says)s.", says=says)


def _whisker(raw: Json, drawn: chart.Scale) -> Whisker:
    difference, low, high = (float(raw.get(part, 0.0)) for part in ("difference", "low", "high"))
    return Whisker(
        against=label_of(str(raw.get("baseline", ""))),
        difference=difference,
        low=low,
        high=high,
        questions=int(raw.get("questions", 0)),
        is_passed=bool(raw.get("is_passed")),
        at=drawn.at(difference),
        start=drawn.at(low),
        end=drawn.at(high),
    )


def _arm(raw: Json, blend: Mapping[str, float]) -> Arm:
    name = str(raw.get("ranker", ""))
    is_whole = name in ("blend", "blend_without_lightfm", "in_service")
    weights = {arm: float(weight) for arm, weight in blend.items() if weight}
    total = sum(weights.values()) or 1.0
    return Arm(
        name=name,
        label=label_of(name),
        ndcg=float(raw.get("ndcg_at_10", 0.0)),
        recall=float(raw.get("recall_at_20", 0.0)),
        coverage=float(raw.get("coverage_at_10", 0.0)),
        weight=None if is_whole else weights.get(name, 0.0) / total,
        is_whole=is_whole,
    )


def _lightfm(arms: Mapping[str, Arm]) -> str:
    blend, without = arms.get("blend"), arms.get("blend_without_lightfm")
    if blend is None or without is None or "factorization" not in arms:
        return ""
    gained = blend.ndcg - without.ndcg
    if abs(gained) < LEAST_WORTH_NAMING:
        return _("LightFM makes no difference here.")
    by = number(round(abs(gained), 4))
    if gained > 0:
        return _("With LightFM the blend gains %(by)s nDCG@10.", by=by)
    return _("With LightFM the blend loses %(by)s nDCG@10 on these weeks.", by=by)


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{share(abs(value), 1)}"


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
