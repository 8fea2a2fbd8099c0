"""From interactions to rankers worth trusting: fit, weigh, judge, settle, fit again.

Arms are fitted on everything before the validation window, weights learned on that window; arms refitted before the
test window, judged there once, and let through the gate or not; last, what serves is refitted on everything with the
weights that were settled. Nothing at or after a cut ever reaches what is judged behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import scipy.sparse as sp

from recommender.errors import TooFewInteractions
from recommender.interactions import Interactions
from recommender.questions import ask
from recommender.ranking.blend import Weights
from recommender.ranking.ranker import Ranker
from recommender.settle import PURPOSES, Mixes, Verdict, settle
from recommender.split import Windows, choose_windows
from recommender.tuning import judge_on, learn_weights
from recommender.workshop import Tell, Workshop, silent, sizes_of

FIRST_CHOICE: Mapping[str, Weights] = {
    "home": {"recent_popularity": 0.5, "personal_frequency": 1.0, "bought_together": 0.1, "content": 0.1},
    "product": {"recent_popularity": 0.25, "bought_together": 1.0, "content": 0.1},
    "cart": {"recent_popularity": 0.01, "bought_together": 1.0, "content": 0.25},
}
"""What a shop serves before it can be measured."""

LIGHTFM_CHOICE: Weights = {"factorization": 0.25}
"""Where LightFM's weight starts from; from nothing alone the climb often stops at the first small hill."""


@dataclass(frozen=True)
class Trained:
    """Arms fitted on everything, the weights that serve each purpose, and how that was settled.

    is_promoted: whether any purpose is served by something new that passed the gate. reason: one sentence a purpose.
    report: plain JSON, see `train`.
    """

    arms: tuple[Ranker, ...]
    weights: Mapping[str, Weights]
    is_promoted: bool
    reason: str
    report: dict[str, Any] = field(default_factory=dict)


def fit_simple(interactions: Interactions, features: sp.csr_array, *, tell: Tell = silent) -> Trained:
    """Fit the simple arms and no more: seconds, for the first minutes of a shop or one too small to judge.

    features: csr float32 [item_count, feature_count], from `build_item_features`. Raises TooFewInteractions where
    nothing was bought at all.
    """
    if not len(interactions):
        raise TooFewInteractions("No order has come in yet.")
    workshop = Workshop(interactions, features, seed=1, threads=1, tell=tell)
    arms = workshop.simple_arms(int(interactions.occurred_at[-1]) + 1)
    reason = "Simple rules serve until there are enough later orders to compare with."
    workshop.tell("Ready", 1.0)
    report = {"sizes": sizes_of(interactions), **workshop.costs(), "purposes": {}}
    return Trained(arms, FIRST_CHOICE, is_promoted=True, reason=reason, report=report)


def train(
    interactions: Interactions,
    features: sp.csr_array,
    *,
    in_service: Mapping[str, Weights] | None = None,
    seed: int = 1,
    threads: int = 2,
    tell: Tell = silent,
) -> Trained:
    """Train, judge and settle. `tell` hears the stage and the finished share, 0 to 1, never going back.

    in_service: the weights that serve now, by purpose. features: csr float32 [item_count, feature_count], from
    `build_item_features`. The report holds windows (unix seconds), sizes, seconds, peak_memory_mb, lightfm (whether it
    is absent, and why) and for each purpose what `Verdict.to_dict` says. Without LightFM everything else is trained.
    Raises TooFewInteractions, saying what is missing, where the history is too short or too thin to judge anything.
    """
    windows = choose_windows(interactions)
    workshop = Workshop(interactions, features, seed=seed, threads=threads, tell=tell)
    mixes = _learn(workshop, windows, seed)
    verdicts = _judge(workshop, windows, mixes, in_service or {}, seed)
    used = {name for verdict in verdicts.values() for name in verdict.weights}
    arms = workshop.arms(windows.end, "Learning from everything", (0.75, 1.0), is_lightfm_used="factorization" in used)
    workshop.tell("Ready", 1.0)
    return Trained(
        arms,
        {purpose: verdict.weights for purpose, verdict in verdicts.items()},
        is_promoted=any(verdict.outcome == "promoted" for verdict in verdicts.values()),
        reason=" ".join(f"{purpose.capitalize()}: {verdict.sentence}" for purpose, verdict in verdicts.items()),
        report={
            "windows": {**windows.__dict__, "days": windows.days},
            "sizes": sizes_of(interactions),
            **workshop.costs(),
            "purposes": {purpose: verdict.to_dict() for purpose, verdict in verdicts.items()},
        },
    )


def _learn(workshop: Workshop, windows: Windows, seed: int) -> dict[str, Mixes]:
    """Learn each purpose's weights on the validation window, with and without LightFM."""
    start, end = windows.validation_start, windows.test_start
    arms = workshop.arms(start, "Learning from the earlier weeks", (0.0, 0.2))
    names = [arm.name for arm in arms]
    simple = [name for name in names if name != "factorization"]
    mixes = {}
    for place, (purpose, tasks) in enumerate(PURPOSES.items()):
        workshop.tell("Weighing what helps", 0.2 + 0.05 * place)
        with workshop.timed("weighing"):
            asked = [one for task in tasks for one in ask(task, workshop.interactions, start, end, seed=seed)]
            judge = judge_on(arms, asked)
            plain = learn_weights(simple, FIRST_CHOICE[purpose], judge)
            starts = [plain] if names == simple else [plain, {**FIRST_CHOICE[purpose], **LIGHTFM_CHOICE}]
            full = max((learn_weights(names, start, judge) for start in starts), key=judge)
            mixes[purpose] = Mixes(full, plain)
    return mixes


def _judge(
    workshop: Workshop, windows: Windows, mixes: Mapping[str, Mixes], in_service: Mapping[str, Weights], seed: int
) -> dict[str, Verdict]:
    """Judge every arm and blend once on the test window, and settle who serves each purpose."""
    start, end = windows.test_start, windows.end
    arms = workshop.arms(start, "Learning from all but the last weeks", (0.35, 0.6))
    verdicts = {}
    for place, (purpose, tasks) in enumerate(PURPOSES.items()):
        workshop.tell("Judging on the last weeks", 0.6 + 0.05 * place)
        with workshop.timed("judging"):
            asked = {task: ask(task, workshop.interactions, start, end, seed=seed) for task in tasks}
            verdicts[purpose] = settle(purpose, arms, mixes[purpose], in_service.get(purpose), asked, seed=seed)
    return verdicts
