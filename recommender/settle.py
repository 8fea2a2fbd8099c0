"""Who serves a purpose: the new blend, the simpler blend, what serves now, or one simple rule.

The burden of proof lies on the complex. The blend with LightFM must pass the gate against the best simple arm, against
what serves now and against the blend that does without LightFM; the blend without, against the first two. When neither
passes, what serves now stays if it still passes against the best simple arm; else that arm serves alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.evaluate import Comparison, Decision, Report, decide, evaluate_blends, joined
from recommender.questions import Question
from recommender.ranking.blend import FILL, Weights, single
from recommender.ranking.ranker import Ranker
from recommender.split import LEAST_JUDGES

PURPOSES: Mapping[str, tuple[str, ...]] = {"home": ("home", "home_new"), "product": ("product",), "cart": ("cart",)}
"""What is served, and the tasks that judge it: a home shelf must serve both what is bought again and what is new."""

SIMPLE = ("recent_popularity", "bought_together", "personal_frequency")
IN_WORDS = {
    "recent_popularity": "what sells now",
    "bought_together": "what is bought together",
    "personal_frequency": "what each person buys again",
    "content": "similar descriptions",
    "factorization": "LightFM",
    "blend": "the new blend",
    "blend_without_lightfm": "the new blend without LightFM",
    "in_service": "what serves now",
}


@dataclass(frozen=True)
class Mixes:
    """Weights learned for one purpose, with LightFM and without; equal where it is absent or was given nothing."""

    full: Weights
    plain: Weights


@dataclass(frozen=True)
class Verdict:
    """What one purpose came to. outcome: promoted, kept (what serves now stays) or simple (one rule serves alone).

    brings: by arm, the relative gain in nDCG@10 of the new blend over itself without that arm, weights untouched.
    """

    outcome: str
    weights: Weights
    sentence: str
    serves: str
    best_simple: str
    mixes: Mixes
    comparisons: tuple[Comparison, ...]
    reports: tuple[Report, ...]
    brings: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON and the merchant's page."""
        return {
            "outcome": self.outcome,
            "is_promoted": self.outcome == "promoted",
            "sentence": self.sentence,
            "serves": self.serves,
            "weights": dict(self.weights),
            "best_simple": self.best_simple,
            "blend": dict(self.mixes.full),
            "blend_without_lightfm": dict(self.mixes.plain),
            "comparisons": [one.to_dict() for one in self.comparisons],
            "quality": [one.to_dict() for one in self.reports],
            "brings": {name: round(gain, 4) for name, gain in self.brings.items()},
            "in_words": IN_WORDS,
        }


HOW_COUNTED = {"home": " What people buy again and what is new to them were judged together."}


def settle(
    purpose: str,
    arms: Sequence[Ranker],
    mixes: Mixes,
    serving: Weights | None,
    asked: Mapping[str, Sequence[Question]],
    *,
    seed: int,
) -> Verdict:
    """Judge all arms and blends on the test window's questions, by task, and decide who serves `purpose`.

    serving: the weights that serve now; arms that are absent are left out of them.
    """
    names = [arm.name for arm in arms]
    serving = {name: weight for name, weight in (serving or {}).items() if name in names and weight > 0}
    blends = {name: single(name) for name in names if purpose == "home" or name != "personal_frequency"}
    rivals = {"blend_without_lightfm": mixes.plain, "blend": mixes.full, **({"in_service": serving} if serving else {})}
    without = {f"without {name}": _leave_out(mixes.full, name) for name in mixes.full}
    judged = {task: evaluate_blends(arms, blends | rivals | without, task, each) for task, each in asked.items()}
    whole = {name: joined(purpose, [each[name] for each in judged.values()]) for name in blends | rivals | without}
    best_simple = max((name for name in SIMPLE if name in blends), key=lambda name: whole[name].quality)
    decisions = _decide(whole, best_simple, mixes, is_serving=bool(serving), seed=seed)
    outcome, serves = _outcome(decisions, best_simple)
    return Verdict(
        outcome,
        {**blends, **rivals}[serves],
        _sentence(outcome, serves, decisions) + HOW_COUNTED.get(purpose, ""),
        serves,
        best_simple,
        mixes,
        tuple(one for decision in decisions.values() for one in decision.comparisons),
        tuple(each[name] for each in judged.values() for name in blends | rivals),
        {name: _gain(whole["blend"], whole[f"without {name}"]) for name in mixes.full},
    )


def _decide(
    whole: Mapping[str, Report], best_simple: str, mixes: Mixes, *, is_serving: bool, seed: int
) -> dict[str, Decision]:
    """Let the candidates through the gate, the most complex first, until one passes."""
    rivals = [whole[best_simple], *([whole["in_service"]] if is_serving else [])]
    decisions = {}
    if mixes.full != mixes.plain:
        decisions["blend"] = decide(whole["blend"], [*rivals, whole["blend_without_lightfm"]], seed=seed)
        if decisions["blend"].is_promoted:
            return decisions
    decisions["blend_without_lightfm"] = decide(whole["blend_without_lightfm"], rivals, seed=seed)
    if is_serving and not decisions["blend_without_lightfm"].is_promoted:
        decisions["in_service"] = decide(whole["in_service"], rivals[:1], seed=seed)
    return decisions


def _outcome(decisions: Mapping[str, Decision], best_simple: str) -> tuple[str, str]:
    for name, decision in decisions.items():
        if decision.is_promoted:
            return ("kept" if name == "in_service" else "promoted"), name
    return "simple", best_simple


def _sentence(outcome: str, serves: str, decisions: Mapping[str, Decision]) -> str:
    """Say in a shopkeeper's words who serves and why."""
    if outcome == "promoted":
        proofs = ", and ".join(_words(one) for one in decisions[serves].comparisons)
        told = f"{_capital(IN_WORDS[serves])} serves. It is {proofs}."
        if serves == "blend_without_lightfm" and "blend" in decisions:
            told += f" LightFM was left out: with it, the blend is {_words(decisions['blend'].decisive)}."
        return told
    last = decisions["blend_without_lightfm"].decisive
    if not last.is_enough:
        told = f"Only {last.people} people could judge, and {LEAST_JUDGES} are needed."
    else:
        told = f"The new blend was not shown to be good enough: it is {_words(last)}."
    who = "What serves now stays." if outcome == "kept" else f"{_capital(IN_WORDS[serves])} serves alone."
    return f"{told} {who}"


def _words(one: Comparison) -> str:
    direction = "better" if one.difference >= 0 else "worse"
    interval = f"between {one.low:+.1%} and {one.high:+.1%}, {one.people:,} people and guests"
    return f"{abs(one.difference):.1%} {direction} than {IN_WORDS[one.rival]} ({interval})"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _leave_out(weights: Weights, name: str) -> Weights:
    """Take an arm out of a blend; popularity keeps filling what is left open."""
    return {**weights, name: FILL if name == "recent_popularity" else 0.0}


def _gain(whole: Report, part: Report) -> float:
    return whole.quality / part.quality - 1 if part.quality > 0 else 0.0
