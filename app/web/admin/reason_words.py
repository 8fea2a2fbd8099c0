"""Why a prediction of somebody is what it is, in words: every feature that predictors give as a reason."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.web.admin.tongue import _, _n
from app.web.admin.words import about_money, number, share
from recommender.prediction.predictor import Kind

Say = Callable[[float, str], str]  # a value and the shop's currency


def _days(value: float, _currency: str) -> str:
    return _n("%(num)d day", "%(num)d days", round(value))


def _count(value: float, _currency: str) -> str:
    return number(round(value, 1))


def _times(value: float, _currency: str) -> str:
    return _("%(times)s times", times=number(round(value, 1)))


def _share(value: float, _currency: str) -> str:
    return share(value)


FEATURES: Mapping[str, tuple[LazyString, Say]] = {
    "days_since_last": (_l("Since their last order"), _days),
    "days_since_first": (_l("Since their first order"), _days),
    "occasions": (_l("Days on which they ordered"), _count),
    "mean_gap": (_l("Between two of their orders, on average"), _days),
    "gap_spread": (_l("How uneven the time between their orders is"), _share),
    "last_gap": (_l("Between their last two orders"), _days),
    "longest_gap": (_l("Their longest time between two orders"), _days),
    "overdue": (_l("Since their last order, in their usual times between two"), _times),
    "overdue_longest": (_l("Since their last order, in their longest times between two"), _times),
    "last_share": (_l("How far into their time with you they ordered last"), _share),
    "second_half": (_l("Part of their orders that fell into the later half of their time with you"), _share),
    "spent": (_l("Spent in all"), about_money),
    "mean_amount": (_l("Spent each time they ordered, on average"), about_money),
    "last_amount": (_l("Spent with their last order"), about_money),
    "largest_amount": (_l("Spent with their largest order"), about_money),
    "occasions_30": (_l("Days with an order in the last 30 days"), _count),
    "occasions_60": (_l("Days with an order in the last 60 days"), _count),
    "occasions_90": (_l("Days with an order in the last 90 days"), _count),
    "occasions_180": (_l("Days with an order in the last 180 days"), _count),
    "occasions_365": (_l("Days with an order in the last year"), _count),
    "pace_15": (_l("Orders of the last weeks, where older ones count half every 15 days"), _count),
    "pace_45": (_l("Orders of the last months, where older ones count half every 45 days"), _count),
    "pace_120": (_l("Orders of the last year, where older ones count half every 120 days"), _count),
    "pace_300": (_l("Orders so far, where older ones count half every 300 days"), _count),
    "spent_60": (_l("Spent in the last 60 days"), about_money),
    "spent_90": (_l("Spent in the last 90 days"), about_money),
    "spent_180": (_l("Spent in the last 180 days"), about_money),
}


def say(kind: str, reason: Mapping[str, Any], currency: str) -> str:
    """Say one reason: what it is for this person, what it usually is here, and where it moves the number."""
    label, told = FEATURES[str(reason["feature"])]
    value, typical = (told(float(reason[part]), currency) for part in ("value", "typical"))
    moves = _moves(kind, float(reason["effect"]))
    return _("%(what)s: %(value)s (usual here: %(typical)s). %(moves)s", what=label, value=value, typical=typical,
             moves=moves)  # fmt: skip


def _moves(kind: str, effect: float) -> str:
    if kind == Kind.NEXT_ORDER:
        return _("That speaks for later.") if effect > 0 else _("That speaks for sooner.")
    if kind == Kind.CHURN:
        return _("That speaks for staying away.") if effect > 0 else _("That speaks for coming back.")
    return _("That speaks for more.") if effect > 0 else _("That speaks for less.")
