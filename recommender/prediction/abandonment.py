"""Learn from a shop's visits which of them end in an order, judge it on later ones, and decide who says so.

What it serves: a cart left behind by who is about to come back alone needs no reminder.
"""

from typing import Any, Final

import numpy as np

from recommender.evaluate import Comparison
from recommender.interactions import Float64s, Int64s
from recommender.prediction.gate import compare_losses
from recommender.prediction.histories import Bools
from recommender.prediction.intent_methods import LAST_STEP, LOGISTIC, METHODS, TREES, fit_methods, spread
from recommender.prediction.intent_predictor import Intent
from recommender.prediction.intent_trial import ROUNDS, Judged, Visits, judge
from recommender.prediction.predictor import Kind, Predictor, Trained
from recommender.prediction.session import FEATURES

LEAST_MOMENTS: Final = 200
LEAST_ORDERS: Final = 20  # and as many without an order
LEAST_DAYS: Final = 14.0
LEAST_JUDGES: Final = 50  # people, for anything but the rule
MOST_MOMENTS: Final = 100_000  # the latest
IN_SERVICE: Final = "serving"

IN_WORDS: Final = {
    LAST_STEP: "how often visits end in an order after each last step",
    LOGISTIC: "everything done in the visit, weighed and added up",
    TREES: "boosted trees on everything done in the visit",
    IN_SERVICE: "what serves now",
}


def fit_intent(
    features: Float64s,
    outcome: Bools,
    started_day: Float64s,
    person: Int64s,
    *,
    serving: Predictor | None = None,
    seed: int,
) -> Trained:
    """Learn the chance that a visit ends in an order, from moments of visits whose end is known.

    features: float64 [n, len(FEATURES)], as Session.features counts them at one moment of a visit; a visit may give
    several moments. outcome: bool [n], whether it ended in an order. started_day: float64 [n], days since 1970-01-01.
    person: int [n], who.

    A rule, a logistic curve and boosted trees (Friedman 2001), calibrated on later time (Platt 1999) and compared by
    Brier losses (1950) on later weeks. Fewer than 50 people to judge by: the rule serves. What serves now is judged
    only by visits later than all it learned from. Raises ValueError for arrays that do not fit together or hold what is
    not a number.
    """
    visits, latest = _visits(features, outcome, started_day, person)
    missing = _missing(visits)
    if missing:
        return Trained(Kind.INTENT, None, "none", missing, {"people": len(np.unique(person)), "horizon_days": 0.0})
    judged = judge(visits, seed=seed)
    fresh = None
    if isinstance(serving, Intent) and serving.method != LAST_STEP:
        fresh = judged.after(serving.until, IN_SERVICE, serving.tell(judged.visits.rows))
    comparisons = _compare(judged, fresh, seed=seed)
    chosen, word = _settle(comparisons, fresh)
    predictor: Predictor | None = serving
    if chosen != IN_SERVICE:
        predictor = _fit(chosen, visits, judged, _typical(latest), seed=seed)
    source = fresh if fresh is not None and chosen == IN_SERVICE else judged
    told = [one.to_dict() for one in comparisons]
    report = {**_report(judged), "comparisons": told, "reliability": source.reliability(chosen), "serves": chosen}
    return Trained(Kind.INTENT, predictor, word, _sentence(source, chosen, comparisons), report)


def _report(judged: Judged) -> dict[str, Any]:
    return {
        "methods": judged.figures(IN_WORDS),
        "people": judged.people,
        "horizon_days": 0.0,  # a visit, not days
        "snapshots": ROUNDS - 1,
    }


def _fit(method: str, visits: Visits, judged: Judged, typical: Float64s, *, seed: int) -> Intent:
    """Learn from all moments by the method chosen, moved as it had to be on held-out time."""
    scorer = fit_methods(visits.rows, visits.outcome, visits.weight(), seed=seed)[method]
    rate = float(np.average(visits.outcome, weights=visits.weight()))
    slope, offset = judged.calibration[method]
    return Intent(method, scorer, slope, offset, typical, rate, float(visits.day[-1]))


def _visits(features: Float64s, outcome: Bools, started_day: Float64s, person: Int64s) -> tuple[Visits, Float64s]:
    """Return the latest moments in the order of time, laid out in columns, and their features."""
    features, day = np.asarray(features, np.float64), np.asarray(started_day, np.float64)
    n = len(day)
    if features.shape != (n, len(FEATURES)) or not len(outcome) == len(person) == n:
        raise ValueError("The arrays of visits do not fit together.")
    if not (np.isfinite(features).all() and np.isfinite(day).all()):
        raise ValueError("A feature or a day is not a finite number.")
    order = np.argsort(day, kind="stable")[-MOST_MOMENTS:]
    latest = features[order]
    return Visits(spread(latest), np.asarray(outcome, np.bool_)[order], day[order], np.asarray(person)[order]), latest


def _missing(visits: Visits) -> str:
    """Say what is missing before anything can be learned; nothing where all is there."""
    orders, moments = int(visits.outcome.sum()), len(visits)
    if moments < LEAST_MOMENTS:
        return f"{moments} visits have been counted; about {LEAST_MOMENTS} are needed to say how one will end."
    if orders < LEAST_ORDERS:
        return f"{orders} of the visits ended in an order; {LEAST_ORDERS} are needed to say how others will end."
    if moments - orders < LEAST_ORDERS:
        return "Nearly every visit ended in an order, so there is nothing to tell apart."
    days = float(visits.day[-1] - visits.day[0])
    if days < LEAST_DAYS:
        return f"Visits have been counted for {days:.0f} days; {LEAST_DAYS:.0f} are needed to judge by later ones."
    return ""


def _compare(judged: Judged, fresh: Judged | None, *, seed: int) -> list[Comparison]:
    """Hold every method to every simpler one, and what serves now to them on visits it has not learned from."""
    told = []
    if judged.people >= LEAST_JUDGES:
        losses = judged.losses()
        pairs = [(one, other) for place, one in enumerate(METHODS) for other in METHODS[:place] if one in losses]
        told = [compare_losses(one, other, "intent", losses, seed=seed) for one, other in pairs]
        if fresh is not None and fresh.people >= LEAST_JUDGES:
            losses = fresh.losses()
            pairs = [(one, IN_SERVICE) for one in METHODS[1:] if one in losses] + [(IN_SERVICE, LAST_STEP)]
            told += [compare_losses(one, other, "intent", losses, seed=seed) for one, other in pairs]
    return told


def _settle(comparisons: list[Comparison], fresh: Judged | None) -> tuple[str, str]:
    """Return who says the chances, and the outcome: the burden of proof lies on the more complex.

    What serves now stays, unless it is the rule, until enough people's visits since have judged it.
    """
    if comparisons and fresh is not None and fresh.people < LEAST_JUDGES:
        return IN_SERVICE, "kept"
    for name, outcome in ((TREES, "promoted"), (LOGISTIC, "promoted"), (IN_SERVICE, "kept")):
        mine = [one for one in comparisons if one.candidate == name]
        if mine and all(one.is_passed for one in mine):
            return name, outcome
    return LAST_STEP, "simple"


def _typical(features: Float64s) -> Float64s:
    """Return the usual visit, float64 [len(FEATURES)]: medians, which for steps and weekdays are real ones too."""
    told: Float64s = np.quantile(features, 0.5, axis=0, method="lower")
    return told


def _sentence(judged: Judged, chosen: str, comparisons: list[Comparison]) -> str:
    """Say in a shopkeeper's words who says the chances, and how they came true."""
    who = f"Chances come from {IN_WORDS[chosen]}."
    if not comparisons:
        return f"{who} Only {judged.people} people could judge, and {LEAST_JUDGES} are needed to try more."
    if judged.people < LEAST_JUDGES:
        return (
            f"{who} Only {judged.people} people have visited since it learned; {LEAST_JUDGES} are needed to judge it."
        )
    best = judged.reliability(chosen)[-1]
    told = (
        f"{who} Judged on later visits of {judged.people:,} people: of the tenth most likely to order,"
        f" {best['said']:.0%} were expected to and {best['happened']:.0%} did."
    )
    is_beaten = any(one.candidate == TREES and not one.is_passed for one in comparisons)
    return f"{told} {_capital(IN_WORDS[TREES])} did not do better." if is_beaten else told


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
