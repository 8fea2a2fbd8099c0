"""Learn who will not order again, judge it on later days of the same shop, and decide which method serves.

Four plain steps: an earlier day chooses the candidate, the average of all unless another was clearly better; the last
day whose horizon has passed judges it against the plain rules and against the method that serves; what wins is learned
again up to now; its probabilities are calibrated on what it had said on those two days, if that helped on the last.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from recommender.evaluate import Comparison
from recommender.prediction.calibration import UNCHANGED, Calibration, calibration_error, reliability
from recommender.prediction.churn_predictor import (
    AVERAGE,
    EVERYTHING,
    LEAVING,
    RECENCY,
    RFM_LOGISTIC,
    TREES,
    Churn,
)
from recommender.prediction.churn_trial import Round, curve_of, figures, judge, learn
from recommender.prediction.features import occasions_at
from recommender.prediction.gate import compare_losses
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Kind, Predictor, Trained

SHORTEST: Final = 30.0
LONGEST: Final = 180.0
UNKNOWN: Final = 90.0
GAPS_NEEDED: Final = 20
LEAST_JUDGES: Final = 50  # for anything but the plain rule
PLAIN: Final = RFM_LOGISTIC  # held back strongly it errs less than the recency rule with fifty people already
SIMPLE: Final = (RECENCY, RFM_LOGISTIC)

IN_WORDS: Final = {
    RECENCY: "how long ago somebody last ordered",
    RFM_LOGISTIC: "how long ago, how often and for how much somebody ordered",
    EVERYTHING: "everything their orders say, weighed by one formula",
    TREES: "boosted trees on everything their orders say",
    LEAVING: "a curve of how often people order and how soon they stop",
    AVERAGE: "the average of several ways to tell",
}


def horizon_of(purchases: Purchases, now: float) -> float:
    """Return within how many days, from 30 to 180, a customer of this shop should be back: its own rhythm.

    It is the time within which eight in ten repeat orders came after the one before, but no longer than two fifths of
    the history, which must hold one horizon to learn from and one to judge in. 90 with fewer than 20 repeat orders.
    """
    past = occasions_at(purchases, now)
    gap = -np.diff(past.ago)[np.diff(past.who) == 0]
    if len(gap) < GAPS_NEEDED:
        return UNKNOWN
    reach = float(past.ago.max()) / 2.5
    return float(np.clip(np.floor(min(float(np.quantile(gap, 0.8)), reach)), SHORTEST, LONGEST))


def fit_churn(
    purchases: Purchases, now: float, *, horizon_days: float, serving: Predictor | None = None, seed: int
) -> Trained:
    """Learn the chance that each customer does not order within `horizon_days`, from what lies before `now`.

    A recency rule, RFM logistic regression, logistic regression on every feature, boosted trees, MBG/NBD and the
    average of their log-odds. The method that serves is judged as it would have been learned then: its own future
    is never known to it. The same orders and seed, the same answer.
    """
    past = purchases.before(now)
    earlier = judge(past, now - 2 * horizon_days, horizon_days, seed=seed)
    judging = judge(past, now - horizon_days, horizon_days, seed=seed)
    methods = learn(past, now, horizon_days, seed=seed) if judging else {}
    if judging is None or not methods:
        return _nothing(past, now, horizon_days, serving)
    candidate = _candidate(earlier, judging.shared(methods), seed=seed)
    comparisons = _compare(judging, candidate, serving, seed=seed)
    chosen, outcome = _settle(judging, comparisons, methods)
    before, after = _curves(earlier, judging, chosen)
    people = len(judging.snapshot.is_gone)
    rounds = 1 + (earlier is not None)
    said = judging.chances(chosen, before)
    report = {
        "methods": figures(judging, IN_WORDS),
        "comparisons": [one.to_dict() for one in comparisons],
        "reliability": reliability(said, judging.snapshot.is_gone),
        "ece": calibration_error(said, judging.snapshot.is_gone),
        "people": people,
        "horizon_days": horizon_days,
        "snapshots": rounds,
        "serves": chosen,
    }
    predictor = replace(methods[chosen], curve=after, judges=people)
    return Trained(Kind.CHURN, predictor, outcome, _sentence(people, chosen, candidate, outcome), report)


def _candidate(earlier: Round | None, methods: dict[str, Churn], *, seed: int) -> str:
    """Choose who tries: the average, which errs least where little is known, unless another did better by no luck."""
    there = [name for name in IN_WORDS if name not in SIMPLE and name in methods]
    if earlier is None or AVERAGE not in earlier.scores:
        return AVERAGE if AVERAGE in there else RFM_LOGISTIC
    losses = earlier.losses()
    best = min((name for name in there if name in losses), key=lambda name: float(losses[name].mean()))
    is_luck = compare_losses(best, AVERAGE, Kind.CHURN, losses, seed=seed).low <= 0
    return AVERAGE if is_luck else best


def _compare(judging: Round, candidate: str, serving: Predictor | None, *, seed: int) -> list[Comparison]:
    """Hold the candidate to the better plain rule and to the method that serves, and that method to the plain rule."""
    losses = judging.losses()
    best = _better_rule(judging)
    pairs = [(candidate, best)] if candidate not in SIMPLE else []
    if serving is not None and serving.name in losses and serving.name not in (*SIMPLE, candidate):
        pairs += [(candidate, serving.name), (serving.name, best)]
    return [compare_losses(one, other, Kind.CHURN, losses, seed=seed) for one, other in pairs]


def _better_rule(judging: Round) -> str:
    losses = judging.losses()
    return min(SIMPLE, key=lambda name: float(losses[name].mean()))


def _settle(judging: Round, comparisons: list[Comparison], methods: dict[str, Churn]) -> tuple[str, str]:
    """Return which method serves and the outcome: the burden of proof lies on the complex."""
    if len(judging.snapshot.is_gone) < LEAST_JUDGES:
        return PLAIN, "simple"
    for name in dict.fromkeys(one.candidate for one in comparisons):
        if name in methods and all(one.is_passed for one in comparisons if one.candidate == name):
            return name, "promoted"
    return _better_rule(judging), "simple"


def _curves(earlier: Round | None, judging: Round, chosen: str) -> tuple[Calibration, Calibration]:
    """Return the calibration the earlier day teaches, for judging; and that of both days, for serving.

    None of it is used where the earlier one would have made the probabilities of the judging day worse.
    """
    if earlier is None or chosen not in earlier.scores:
        return UNCHANGED, UNCHANGED
    curve = curve_of([earlier], chosen)
    gone = judging.snapshot.is_gone
    plain, turned = (((judging.chances(chosen, one) - gone) ** 2).mean() for one in (UNCHANGED, curve))
    return (curve, curve_of([earlier, judging], chosen)) if turned < plain else (UNCHANGED, UNCHANGED)


def _nothing(past: Purchases, now: float, horizon: float, serving: Predictor | None) -> Trained:
    report: dict[str, Any] = {"methods": [], "comparisons": [], "people": 0, "horizon_days": horizon, "snapshots": 0}
    why = _too_little(past, now, horizon)
    if serving is not None:
        return Trained(Kind.CHURN, serving, "kept", f"{why} What serves stays.", report)
    return Trained(Kind.CHURN, None, "none", why, report)


def _too_little(past: Purchases, now: float, horizon: float) -> str:
    """Say in a shopkeeper's words why nothing can be said."""
    if not len(past):
        return "No order has come in yet, so nobody can be expected back or not."
    history = now - float(past.day.min())
    if history < 2 * horizon:
        need = f"{2 * horizon:.0f} days are needed to learn what {horizon:.0f} days without an order mean"
        return f"The order history is {history:.0f} days long; {need}."
    people = int((past.before(now - 2 * horizon).counts() > 0).sum())
    if people < 20:
        return f"Only {people} people had ordered {2 * horizon:.0f} days ago; at least 20 are needed to learn from."
    return f"Nearly everybody came back within {horizon:.0f} days, or nearly nobody: there is nothing to tell them by."


def _sentence(people: int, chosen: str, candidate: str, outcome: str) -> str:
    """Say in a shopkeeper's words which method serves, and why."""
    who = f"The chance is told from {IN_WORDS[chosen]}."
    if people < LEAST_JUDGES:
        return f"{who} Only {people} people could judge, and {LEAST_JUDGES} are needed to try more."
    if outcome == "promoted":
        return f"{who} On {people:,} people of an earlier day it was nearer to what happened than any plain rule."
    if candidate in SIMPLE:
        return f"{who} There are too few orders to try more."
    return f"{who} On {people:,} people of an earlier day {IN_WORDS[candidate]} did not do better."
