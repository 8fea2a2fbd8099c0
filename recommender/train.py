"""From interactions to rankers worth trusting: fit, weigh, judge, decide, refit.

Arms are fitted on everything before the validation window, weights learned on that window; arms refitted before the
test window, judged there once, and let through the gate or not; last, arms are refitted on everything to serve with the
weights that were decided. Nothing at or after a cut ever reaches what is judged behind it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.errors import EngineUnavailable
from recommender.evaluate import Decision, Question, Report, basket_questions, decide, evaluate, home_questions
from recommender.interactions import Interactions
from recommender.ranking.baselines import simple_arms
from recommender.ranking.blend import Blend, Weights, learn_weights, single
from recommender.ranking.content import fit_content
from recommender.ranking.factorization import fit_factorization
from recommender.ranking.ranker import Ranker
from recommender.split import Windows, choose_windows
from recommender.tuning import judge_on

PURPOSES = ("home", "product", "cart")
SIMPLE = ("recent_popularity", "bought_together", "personal_frequency")
FIRST_CHOICE: Mapping[str, Weights] = {
    "home": {"recent_popularity": 0.3, "personal_frequency": 1.0, "bought_together": 0.5},
    "product": {"recent_popularity": 0.01, "bought_together": 1.0, "content": 0.1},
    "cart": {"recent_popularity": 0.01, "bought_together": 1.0, "content": 0.1},
}
"""What a shop serves before it can be measured."""

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Trained:
    """Arms fitted on everything, the weights that serve each purpose, and how that was decided."""

    arms: tuple[Ranker, ...]
    weights: Mapping[str, Weights]
    is_promoted: bool
    reason: str
    report: dict[str, Any] = field(default_factory=dict)


def fit_simple(interactions: Interactions, features: sp.csr_array) -> Trained:
    """Fit the simple arms and no more: seconds, for the first minutes of a shop or one too small to judge."""
    arms = (*simple_arms(interactions, now=_now(interactions)), fit_content(features))
    reason = "The simple rules serve until there is enough to compare with."
    return Trained(arms, FIRST_CHOICE, is_promoted=True, reason=reason)


def train(
    interactions: Interactions,
    features: sp.csr_array,
    *,
    in_service: Mapping[str, Weights] | None = None,
    seed: int = 1,
    threads: int = 2,
    tell: Tell = lambda _stage, _share: None,
) -> Trained:
    """Train, judge and decide. `tell` hears the stage and the finished share, 0 to 1.

    in_service: the weights that serve now, by purpose. features: csr float32 [item_count, feature_count]. Raises
    TooFewInteractions where the history is too short or too thin to judge anything.
    """
    windows = choose_windows(interactions)
    run = _Run(interactions, features, windows, seed, threads, tell)
    learned = run.learn()
    judged = run.judge(learned, in_service or {})
    arms = run.arms_before(windows.end, "Learning from everything", 0.7, 1.0)
    weights = {purpose: judged[purpose].weights for purpose in PURPOSES}
    promoted = [purpose for purpose in PURPOSES if judged[purpose].decision.is_promoted]
    reason = " ".join(f"{purpose.capitalize()}: {judged[purpose].decision.reason}" for purpose in PURPOSES)
    return Trained(arms, weights, bool(promoted), reason, run.report(judged))


@dataclass(frozen=True)
class _Judged:
    """What one purpose came to."""

    decision: Decision
    weights: Weights
    blend: Weights
    reports: tuple[Report, ...]


class _Run:
    """One training: what every step needs, and how long the engines took."""

    def __init__(
        self, interactions: Interactions, features: sp.csr_array, windows: Windows, seed: int, threads: int, tell: Tell
    ) -> None:
        self._all = interactions
        self._features = features
        self._windows = windows
        self._seed = seed
        self._threads = threads
        self._tell = tell
        self._seconds: dict[str, float] = {}
        self._absent = ""

    def arms_before(self, end: int, stage: str, start_share: float, end_share: float) -> tuple[Ranker, ...]:
        """Fit every arm on what happened before `end`; LightFM is an absent arm where it cannot be loaded."""
        self._tell(stage, start_share)
        before = self._all.between(0, end)
        arms: tuple[Ranker, ...] = (*simple_arms(before, now=end), fit_content(self._features))
        started = time.perf_counter()
        try:
            factorization = fit_factorization(
                before,
                self._features,
                seed=self._seed,
                threads=self._threads,
                progress=lambda share: self._tell(stage, start_share + share * (end_share - start_share)),
            )
        except EngineUnavailable as error:
            self._absent = str(error)
            return arms
        self._seconds[stage] = round(time.perf_counter() - started, 2)
        return (*arms, factorization)

    def questions(self, task: str, start: int, end: int) -> list[Question]:
        """Ask the questions of a task in a window."""
        if task.startswith("home"):
            return home_questions(self._all, start, end, only_new=task == "home_new", seed=self._seed)
        return basket_questions(self._all, start, end, given_half=task == "cart", seed=self._seed)

    def learn(self) -> dict[str, tuple[Weights, Weights]]:
        """Learn each purpose's weights on the validation window, with and without LightFM."""
        start, end = self._windows.validation_start, self._windows.test_start
        arms = self.arms_before(start, "Learning from the earlier weeks", 0.0, 0.25)
        learned = {}
        for place, purpose in enumerate(PURPOSES):
            self._tell("Weighing what helps", 0.25 + place * 0.05)
            judge = judge_on(arms, self.questions(purpose, start, end))
            names = [arm.name for arm in arms]
            simple = [name for name in names if name != "factorization"]
            without = learn_weights(simple, FIRST_CHOICE[purpose], judge)
            learned[purpose] = (learn_weights(names, without, judge) if simple != names else without, without)
        return learned

    def judge(
        self, learned: Mapping[str, tuple[Weights, Weights]], in_service: Mapping[str, Weights]
    ) -> dict[str, _Judged]:
        """Judge every arm and the blends once on the test window, and decide each purpose."""
        start, end = self._windows.test_start, self._windows.end
        arms = self.arms_before(start, "Learning from all but the last weeks", 0.4, 0.6)
        judged = {}
        for place, purpose in enumerate(PURPOSES):
            self._tell("Judging on the last weeks", 0.6 + place * 0.03)
            blend, without = learned[purpose]
            serving = in_service.get(purpose)
            judged[purpose] = self._judge_one(purpose, arms, blend, without, serving, (start, end))
        return judged

    def _judge_one(
        self,
        purpose: str,
        arms: tuple[Ranker, ...],
        blend: Weights,
        without: Weights,
        serving: Weights | None,
        window: tuple[int, int],
    ) -> _Judged:
        questions = self.questions(purpose, *window)

        def judged(weights: Weights, name: str) -> Report:
            return evaluate(Blend(arms, weights), purpose, questions, name=name)

        singles = {arm.name: judged(single(arm.name), arm.name) for arm in arms}
        candidate = judged(blend, "blend")
        best_simple = max(SIMPLE, key=lambda name: singles[name].ndcg.mean() if questions else 0.0)
        rivals = {best_simple: singles[best_simple]}
        if serving:
            rivals["in_service"] = judged(serving, "in_service")
        decision = decide(candidate, rivals, seed=self._seed)
        reports = [*singles.values(), judged(without, "blend_without_lightfm"), candidate, *list(rivals.values())[1:]]
        if purpose == "home":
            news = self.questions("home_new", *window)
            reports += [evaluate(Blend(arms, single(arm.name)), "home_new", news, name=arm.name) for arm in arms]
            reports.append(evaluate(Blend(arms, blend), "home_new", news, name="blend"))
        chosen = blend if decision.is_promoted else (serving or single(best_simple))
        return _Judged(decision, chosen, blend, tuple(reports))

    def report(self, judged: Mapping[str, _Judged]) -> dict[str, Any]:
        """Tell everything in plain JSON."""
        return {
            "windows": {"days": self._windows.days, **self._windows.__dict__},
            "sizes": {
                "interactions": len(self._all),
                "people": len(np.unique(self._all.user[self._all.user >= 0])),
                "items": self._all.item_count,
                "baskets": len(np.unique(self._all.basket[self._all.basket >= 0])),
            },
            "engine_seconds": self._seconds,
            "engine_absent": self._absent,
            "purposes": {
                purpose: {
                    "is_promoted": one.decision.is_promoted,
                    "reason": one.decision.reason,
                    "comparisons": [comparison.to_dict() for comparison in one.decision.comparisons],
                    "weights": dict(one.weights),
                    "blend": dict(one.blend),
                    "reports": [report.to_dict() for report in one.reports],
                }
                for purpose, one in judged.items()
            },
        }


def _now(interactions: Interactions) -> int:
    return int(interactions.occurred_at[-1]) + 1 if len(interactions) else 0
