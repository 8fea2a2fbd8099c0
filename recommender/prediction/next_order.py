"""Learn when people order next, judge it on earlier days of the same shop, and decide who tells the dates.

Judges are people who did order again within the window after an earlier day. Who did not (the window ended first) says
nothing about dates: they teach the chance of an order at all, which decides who is told a date.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from recommender.evaluate import Comparison
from recommender.interactions import Float64s
from recommender.prediction.date_learning import learn
from recommender.prediction.date_trial import IN_SERVICE, SAID, Judged, figures, judge
from recommender.prediction.dates import RULES, TREES
from recommender.prediction.features import features_at
from recommender.prediction.gate import compare_losses
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Kind, Predictor, Trained
from recommender.prediction.waits import fit_rhythm

SHORTEST_WINDOW: Final = 14.0
LONGEST_WINDOW: Final = 180.0
WINDOWS_NEEDED: Final = 2.5  # one to learn from, one to judge in, and half of one to have a history at all
LEAST_JUDGES: Final = 50  # for anything but a plain rule
PLAIN: Final = "shrunken_gap"  # who serves where nobody can judge

IN_WORDS: Final = {
    "usual_wait": "what is usual in this shop, the same for everybody",
    "person_gap": "each person's own mean gap added to their last order",
    "shop_gap": "the shop's mean gap added to the last order",
    "shrunken_gap": "each person's own rhythm, drawn to the shop's where they ordered seldom",
    TREES: "boosted trees on what orders say about a person",
    IN_SERVICE: "what serves now",
}


def fit_next_order(
    purchases: Purchases,
    now: float,
    *,
    window_days: float | None = None,
    serving: Predictor | None = None,
    seed: int,
) -> Trained:
    """Learn in how many days each customer orders next, from what lies before `now` (days since 1970-01-01).

    window_days: how far to look ahead; by default three median gaps, at most 180 days, as far as the history reaches.
    Quantile boosted trees (Friedman 2001) against rules; intervals by conformal calibration on people judged on earlier
    days (Romano, Patterson and Candès 2019). Fewer than 50 judges: a rule serves. The same seed, the same answer.
    """
    past = purchases.before(now)
    window = choose_window(past, now) if window_days is None else window_days
    methods = learn(past, now, window, seed=seed) if window >= SHORTEST_WINDOW else {}
    if not methods:
        return Trained(Kind.NEXT_ORDER, None, "none", _too_little(past, now), {"horizon_days": window, "people": 0})
    judged = judge(past, now, window, serving, seed=seed)
    losses = judged.losses()
    comparisons = _compare(losses, seed=seed) if judged.people >= LEAST_JUDGES else []
    chosen, outcome = _settle(losses, comparisons)
    if chosen == IN_SERVICE:
        predictor = serving
    else:
        margin = judged.margin(chosen) if chosen in judged.told else 0.0
        predictor = replace(methods[chosen], margin=margin)
    coverage = judged.coverage(chosen, seed=seed) if chosen in judged.told else None
    report = {
        "methods": figures(judged, losses, IN_WORDS),
        "comparisons": [one.to_dict() for one in comparisons],
        "coverage": {"said": SAID, "happened": coverage},
        "people": judged.people,
        "horizon_days": window,
        "snapshots": judged.rounds,
        "not_expected": {"asked": judged.asked, "told": judged.absent, "ordered_after_all": judged.absent_back},
        "serves": chosen,
    }
    return Trained(Kind.NEXT_ORDER, predictor, outcome, _sentence(judged, chosen, comparisons), report)


def next_order_rules(purchases: Purchases, now: float) -> dict[str, Float64s]:
    """Return what the two mean-gap rules say of everybody, to compare with: days from `now`, float64 [customer_count].

    Customers without an order, and all of them where nobody ordered twice, get nan.
    """
    found = features_at(purchases, now)
    rhythm = fit_rhythm(purchases, now, np.zeros(1), 1.0)
    told = {name: np.full(purchases.customer_count, np.nan) for name in ("person_gap", "shop_gap")}
    for name, days in told.items():
        if rhythm is not None:
            days[found.rows] = RULES[name](rhythm, found.table)[:, 1]
    return told


def choose_window(past: Purchases, now: float) -> float:
    """Return how many days to look ahead: three median gaps, 14 to 180, as far as the history before `now` reaches."""
    days = np.floor(past.day)
    is_gap = (np.diff(past.customer) == 0) & (np.diff(days) > 0)
    gap = float(np.median(np.diff(days)[is_gap])) if is_gap.any() else LONGEST_WINDOW / 3
    history = now - float(past.day.min()) if len(past) else 0.0
    return float(np.floor(min(max(3 * gap, SHORTEST_WINDOW), LONGEST_WINDOW, history / WINDOWS_NEEDED)))


def _compare(losses: Mapping[str, Float64s], *, seed: int) -> list[Comparison]:
    """Hold the trees, else what serves now, to the best rule, and the trees to what serves now."""
    simple = _best_rule(losses)
    pairs = [(TREES, simple), (TREES, IN_SERVICE), (IN_SERVICE, simple)]
    return [
        compare_losses(one, other, "next_order", losses, seed=seed)
        for one, other in pairs
        if one in losses and other in losses
    ]


def _settle(losses: Mapping[str, Float64s], comparisons: list[Comparison]) -> tuple[str, str]:
    """Return who tells the dates, and the outcome: the burden of proof lies on the complex."""
    if not comparisons:
        return PLAIN, "simple"
    for name, outcome in ((TREES, "promoted"), (IN_SERVICE, "kept")):
        mine = [one for one in comparisons if one.candidate == name]
        if mine and all(one.is_passed for one in mine):
            return name, outcome
    return _best_rule(losses), "simple"


def _best_rule(losses: Mapping[str, Float64s]) -> str:
    return min((name for name in RULES if name in losses), key=lambda name: float(losses[name].mean()))


def _sentence(judged: Judged, chosen: str, comparisons: list[Comparison]) -> str:
    """Say in a shopkeeper's words who tells the dates, and how far off they were."""
    who = f"Dates come from {IN_WORDS[chosen]}."
    if judged.people < LEAST_JUDGES:
        return f"{who} Only {judged.people} people could judge, and {LEAST_JUDGES} are needed to try more."
    off, rule = (float(np.median(np.abs(judged.told[name][:, 1] - judged.wait))) for name in (chosen, "person_gap"))
    told = f"{who} For {judged.people:,} people who did order again, half of the dates were within {off:.0f} days"
    if chosen != "person_gap":
        told += f"; {IN_WORDS['person_gap']} was within {rule:.0f}"
    failed = [one for one in comparisons if one.candidate == TREES and not one.is_passed]
    return f"{told}. {_capital(IN_WORDS[TREES])} did not do better." if failed else f"{told}."


def _too_little(past: Purchases, now: float) -> str:
    if not len(past):
        return "No order has come in yet, so nobody can be told a date."
    history = now - float(past.day.min())
    need = SHORTEST_WINDOW * WINDOWS_NEEDED
    if history < need:
        return f"The order history is {history:.0f} days long; about {need - history:.0f} days more are needed."
    return "Too few people ordered a second time to say when anybody will."


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
