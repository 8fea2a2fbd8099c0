"""Learn what is to come of each person, judge it on the shop's own latest horizon, and decide who tells it.

Judged is one day, a whole horizon before now: every method is fitted to what was known on it, and what came since is
the truth. Sums are brought to the same first (`same_sum`), because expecting nothing of anybody errs little.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from recommender.evaluate import Comparison
from recommender.interactions import Float64s
from recommender.prediction.gate import compare_losses
from recommender.prediction.histories import Purchases
from recommender.prediction.lifetime_bounds import SAID, Bounds, fit_bounds
from recommender.prediction.lifetime_expectation import Expectation, Of
from recommender.prediction.lifetime_predictor import Lifetime
from recommender.prediction.lifetime_trial import LEAST_PAST, Looks, look_at, same_sum
from recommender.prediction.predictor import Kind, Predictor, Trained
from recommender.split import LEAST_JUDGES

SHORT: Final = 90.0
KINDS: Final[Mapping[Kind, tuple[Of, float]]] = {
    Kind.ORDERS_90: ("orders", SHORT),
    Kind.ORDERS_365: ("orders", 365.0),
    Kind.VALUE_90: ("value", SHORT),
    Kind.VALUE_365: ("value", 365.0),
}
LEAST_KNOWN = 30.0  # days since the first order, to say anything
ROUGH = Bounds(
    np.array([]), np.array([0.0]), np.array([3.0]), 0.5
)  # where nobody can judge; in multiples of what is told
USUAL_SWING: Final = (0.8, 1.25)  # of actual over predicted: seasons move it so far; that is left alone
IN_SERVICE: Final = "in_service"
IN_WORDS: Final = {
    "historic_rate": "each person's pace so far",
    "buy_till_die": "how often people order and how soon they stop",
    "mended_buy_till_die": "how often people order and how soon they stop, corrected by what came of it before",
    IN_SERVICE: "what serves now",
}


def fit_lifetime(
    purchases: Purchases, now: float, *, serving: Mapping[Kind, Predictor] | None = None, seed: int
) -> dict[Kind, Trained]:
    """Learn orders and money in the next 90 and 365 days from what lies before `now` (days since 1970-01-01).

    Orders are days with an order. Compared are the plain rate, MBG/NBD with Gamma-Gamma (Batislam et al. 2007; Fader
    and Hardie 2013) and boosted trees that mend them (Friedman 2001), by absolute error under the same sum. A horizon
    no earlier day has seen the end of is carried on from 90 days. The same seed, the same answer.
    """
    past = purchases.before(now)
    known = now - float(past.day.min()) if len(past) else 0.0
    if known < LEAST_KNOWN:
        sentence = _too_young(len(past), known)
        return {
            kind: Trained(kind, None, "none", sentence, {"people": 0, "horizon_days": asked})
            for kind, (_, asked) in KINDS.items()
        }
    lessons = _Lessons(look_at(past), now, seed)
    return {kind: _fit(kind, lessons, known, (serving or {}).get(kind)) for kind in KINDS}


@dataclass(frozen=True)
class Judged:
    """The day that judges. told: what each method expected then, by name; came: what followed.

    float64 [people] each.
    """

    told: dict[str, Float64s]
    came: Float64s

    @property
    def people(self) -> int:
        """How many could judge."""
        return len(self.came)

    def losses(self) -> dict[str, Float64s]:
        """Return absolute errors under the same sum, by name: float64 [people]."""
        return {name: np.abs(self.came - same_sum(one, self.came)) for name, one in self.told.items()}


@dataclass(frozen=True)
class Lesson:
    """What one horizon taught: the methods fitted now, and on the day that judges.

    table: float64 [people, features] of now; table_then: of the day that judges, or None where there is none.
    came: float64 [people], what came after that day.
    """

    methods: dict[str, Expectation]
    table: Float64s
    methods_then: dict[str, Expectation]
    table_then: Float64s | None
    came: Float64s


@dataclass(frozen=True)
class _Lessons:
    """What was learned at `now`, each horizon once."""

    looks: Looks
    now: float
    seed: int
    learned: dict[tuple[Of, float], Lesson] = field(default_factory=dict)

    def of(self, of: Of, horizon_days: float) -> Lesson:
        if (of, horizon_days) not in self.learned:
            self.learned[of, horizon_days] = self._learn(of, horizon_days)
        return self.learned[of, horizon_days]

    def _learn(self, of: Of, horizon_days: float) -> Lesson:
        looks, day = self.looks, self.now - horizon_days
        methods, table = looks.methods(self.now, horizon_days, of, seed=self.seed), looks.at(self.now).table
        if day - looks.first < LEAST_PAST:
            return Lesson(methods, table, {}, None, np.zeros(0))
        then = looks.methods(day, horizon_days, of, seed=self.seed)
        return Lesson(methods, table, then, looks.at(day).table, looks.came(day, horizon_days, of))


def _fit(kind: Kind, lessons: _Lessons, known: float, serving: Predictor | None) -> Trained:
    of, asked = KINDS[kind]
    learned = asked if known - asked >= asked / 2 + LEAST_PAST else min(asked, SHORT)
    lesson, seed = lessons.of(of, learned), lessons.seed
    methods, judged = lesson.methods, _judge(lesson, learned, serving)
    losses = judged.losses()
    comparisons = _compare(losses, methods, seed=seed)
    chosen = _settle(losses, comparisons, methods)
    fitted = serving if chosen == IN_SERVICE else _finish(methods[chosen], judged, lesson.table, (learned, asked))
    outcome = {"historic_rate": "simple", IN_SERVICE: "kept"}.get(chosen, "promoted")
    report: dict[str, Any] = {
        "methods": _figures(judged, losses),
        "comparisons": [one.to_dict() for one in comparisons],
        "coverage": {"said": SAID, "happened": _coverage(chosen, judged, seed=seed)},
        "people": judged.people,
        "horizon_days": asked,
        "judged_days": learned,
        "snapshots": int(judged.people > 0),
        "serves": chosen,
    }
    return Trained(kind, fitted, outcome, _sentence(chosen, judged, comparisons, (learned, asked)), report)


def _judge(lesson: Lesson, horizon_days: float, serving: Predictor | None) -> Judged:
    table = lesson.table_then
    if table is None:
        return Judged({}, np.zeros(0))
    told = {name: one.expected(table, horizon_days) for name, one in lesson.methods_then.items()}
    if isinstance(serving, Lifetime) and serving.learned_days == horizon_days:
        told[IN_SERVICE] = serving.learned(table)
    return Judged(told, lesson.came)


def _compare(losses: Mapping[str, Float64s], methods: Mapping[str, Expectation], *, seed: int) -> list[Comparison]:
    """Compare each method with every simpler one, and with what serves now."""
    names = [name for name in methods if name in losses]
    rivals = [IN_SERVICE] if IN_SERVICE in losses else []
    return [
        compare_losses(name, rival, "lifetime", losses, seed=seed)
        for place, name in enumerate(names)
        for rival in [*names[:place], *rivals]
    ]


def _settle(losses: Mapping[str, Float64s], comparisons: list[Comparison], methods: Mapping[str, Expectation]) -> str:
    for name in reversed([one for one in methods if one in losses and one != "historic_rate"]):
        if all(one.is_passed for one in comparisons if one.candidate == name):
            return name
    plain = [one for one in comparisons if one.candidate == "historic_rate" and one.rival == IN_SERVICE]
    return IN_SERVICE if plain and not plain[0].is_passed and plain[0].is_enough else "historic_rate"


def _finish(expectation: Expectation, judged: Judged, table: Float64s, horizons: tuple[float, float]) -> Lifetime:
    """Give the fitted method its sum, its interval and what is typical."""
    level, bounds = 1.0, ROUGH
    then = judged.told.get(expectation.name)
    if then is not None and judged.people >= LEAST_JUDGES:
        bounds = fit_bounds(then, judged.came)
        swing = judged.came.sum() / max(float(then.sum()), 1e-12)
        if expectation.trees is None and not USUAL_SWING[0] <= swing <= USUAL_SWING[1]:
            level = float(np.clip(swing, 0.2, 5.0))
    typical = np.array([np.median(one[~np.isnan(one)]) if (~np.isnan(one)).any() else np.nan for one in table.T])
    fitted = Lifetime(expectation, *horizons, level, bounds, typical, np.zeros(3))
    return replace(fitted, usual=np.array([float(one.mean()) for one in fitted.told(table)]))


def _coverage(chosen: str, judged: Judged, *, seed: int) -> float | None:
    """Fit intervals to half of the judges and count how many of the others they held; None with too few."""
    then = judged.told.get(chosen)
    if then is None or judged.people < LEAST_JUDGES:
        return None
    half = np.random.default_rng(seed).permutation(judged.people) % 2 == 0
    low, high = fit_bounds(then[half], judged.came[half]).around(then[~half])
    return round(float(((judged.came[~half] >= low) & (judged.came[~half] <= high)).mean()), 4)


def _figures(judged: Judged, losses: Mapping[str, Float64s]) -> list[dict[str, Any]]:
    """Return what each method came to on the day that judged."""
    actual = float(judged.came.sum())
    return [
        {
            "name": name,
            "in_words": IN_WORDS[name],
            "mean_absolute_error": round(float(losses[name].mean()), 4),
            "predicted_over_actual": round(float(told.sum()) / actual, 4) if actual > 0 else None,
        }
        for name, told in judged.told.items()
        if judged.people
    ]


def _too_young(orders: int, known: float) -> str:
    if not orders:
        return "There are no orders yet, so nothing can be said of what people will spend."
    return f"The first order is {known:.0f} days old. What is to come can be estimated from {LEAST_KNOWN:.0f} days on."


def _sentence(chosen: str, judged: Judged, comparisons: list[Comparison], horizons: tuple[float, float]) -> str:
    """Say in a shopkeeper's words who tells what is to come, and why."""
    learned, asked = horizons
    told = f"It is told from {IN_WORDS[chosen]}."
    mine = [one for one in comparisons if one.candidate == chosen]
    if judged.people < LEAST_JUDGES:
        told += f" Only {judged.people} people could be followed for {learned:.0f} days, and {LEAST_JUDGES} are needed "
        told += "to compare methods, so the plain rule serves and its intervals are rough."
    elif mine:
        proofs = [f"{one.difference:.1%} less error than {IN_WORDS[one.rival]} alone" for one in mine]
        told += f" Over {judged.people:,} people and {learned:.0f} days that had {', and '.join(proofs)}."
    else:
        told += " Nothing more elaborate was shown to be better."
    if asked > learned:
        told += f" Nobody has been followed for {asked:.0f} days yet: it is carried on from {learned:.0f},"
        told += " with wider intervals."
    return told
