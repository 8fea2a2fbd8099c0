"""How good a ranker is on weeks nobody trained on, and whether one is honestly better than another.

Tasks: `home` (everything a known person bought in the window, nothing removed), `home_new` (only what they never bought
before; what they own leaves the lists), `product` (one item of a held-out basket asks for the others), `cart` (half a
held-out basket asks for the other half). Every item on sale before the cut is ranked; nothing is sampled away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s, Interactions
from recommender.ranking.ranker import Query, Ranker
from recommender.ranking.rules import top_k
from recommender.split import DAY, judging_users

K = 10
RECALL_K = 20
MOST_QUERIES = 1500  # judged per task; more costs time and moves no decision
BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Question:
    """One query of a holdout with its right answers. `forbidden`: bool [item_count], out of the lists."""

    query: Query
    wanted: Int32s
    forbidden: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Report:
    """Quality of one ranker on one task. ndcg: float64 [questions], kept to compare question by question."""

    ranker: str
    task: str
    ndcg: Float64s
    recall: Float64s
    hits: Float64s
    coverage: float

    def to_dict(self) -> dict[str, Any]:
        """Return the means, for people and JSON."""
        return {
            "ranker": self.ranker,
            "task": self.task,
            "questions": len(self.ndcg),
            "ndcg_at_10": _mean(self.ndcg),
            "recall_at_20": _mean(self.recall),
            "hit_rate_at_10": _mean(self.hits),
            "coverage_at_10": round(self.coverage, 4),
        }


def home_questions(interactions: Interactions, start: int, end: int, *, only_new: bool, seed: int) -> list[Question]:
    """Ask for each known user of [start, end), unix seconds, given what they did before `start`."""
    known = interactions.of_known_users()
    before, during = known.between(0, start), known.between(start, end)
    on_sale = np.bincount(interactions.between(0, start).item, minlength=interactions.item_count) > 0
    users = _sample(judging_users(interactions, start, end), seed)
    past, window = _by_user(before), _by_user(during)
    questions = []
    for user in users.tolist():
        query = query_of(before, past[user], start, user)
        forbidden = ~on_sale
        if only_new:
            forbidden = forbidden.copy()
            forbidden[query.history_items] = True
        wanted = np.unique(during.item[window[user]])
        wanted = wanted[~forbidden[wanted]]
        if len(wanted):
            questions.append(Question(query, wanted, forbidden))
    return questions


def basket_questions(
    interactions: Interactions, start: int, end: int, *, given_half: bool, seed: int
) -> list[Question]:
    """Ask for each basket of [start, end) what else was in it, given one of its items or half of them."""
    during = interactions.between(start, end)
    during = during.where(during.basket >= 0)
    on_sale = np.bincount(interactions.between(0, start).item, minlength=interactions.item_count) > 0
    chance = np.random.default_rng(seed)
    questions = []
    for basket in _sample(np.unique(during.basket), seed).tolist():
        items = np.unique(during.item[during.basket == basket])
        items = chance.permutation(items[on_sale[items]]).astype(np.int32)
        if len(items) < 2:
            continue
        given = items[: len(items) // 2 if given_half else 1]
        forbidden = ~on_sale
        forbidden[given] = True
        questions.append(Question(Query(context=given), items[len(given) :], forbidden))
    return questions


def query_of(before: Interactions, places: npt.NDArray[np.int64], now: int, user: int) -> Query:
    """Turn a user's interactions (their places in `before`) into what they ask with at `now`, unix seconds."""
    ages = ((now - before.occurred_at[places]) / DAY).astype(np.float32)
    return Query(user, before.item[places], before.weight[places], ages)


def evaluate(ranker: Ranker, task: str, questions: Sequence[Question], *, name: str | None = None) -> Report:
    """Rank every question once: nDCG@10, recall@20, hit rate@10 and the share of permitted items ever shown."""
    rows = np.zeros((3, len(questions)))
    shown: set[int] = set()
    for place, question in enumerate(questions):
        ranked = top_k(ranker.score(question.query), RECALL_K, question.forbidden)
        rows[:, place] = _measure(ranked, question.wanted)
        shown.update(ranked[:K].tolist())
    permitted = int((~questions[0].forbidden).sum()) if questions else 1
    return Report(name or ranker.name, task, rows[0], rows[1], rows[2], len(shown) / max(permitted, 1))


def _measure(ranked: Int32s, wanted: Int32s) -> tuple[float, float, float]:
    hit = np.isin(ranked, wanted)
    discounts = 1 / np.log2(np.arange(2, K + 2))
    ideal = discounts[: min(len(wanted), K)].sum()
    gained = float((hit[:K] * discounts[: len(hit[:K])]).sum())
    return gained / ideal, float(hit.sum()) / min(len(wanted), RECALL_K), float(hit[:K].any())


@dataclass(frozen=True)
class Comparison:
    """A candidate against a baseline: relative difference of mean nDCG@10 with its 95 % interval, paired."""

    candidate: str
    baseline: str
    task: str
    difference: float
    low: float
    high: float
    questions: int

    @property
    def is_passed(self) -> bool:
        """The burden of proof: not below the baseline, and at worst 2 % under it."""
        return self.difference >= 0 and self.low > -0.02

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison for JSON, with the verdict."""
        return {**self.__dict__, "is_passed": self.is_passed}


def compare(candidate: Report, baseline: Report, *, seed: int) -> Comparison:
    """Compare question by question with a paired bootstrap (Efron 1979; Sakai 2006 for retrieval measures).

    Raises ValueError when the reports are not of the same questions.
    """
    if candidate.task != baseline.task or len(candidate.ndcg) != len(baseline.ndcg):
        raise ValueError("Only reports of the same questions can be compared.")
    count = len(candidate.ndcg)
    if not count or baseline.ndcg.mean() <= 0:
        return Comparison(candidate.ranker, baseline.ranker, candidate.task, 0.0, -1.0, 1.0, count)
    draws = np.random.default_rng(seed).integers(0, count, (BOOTSTRAPS, count))
    mine, theirs = candidate.ndcg[draws].mean(axis=1), baseline.ndcg[draws].mean(axis=1)
    relative = mine / np.maximum(theirs, 1e-12) - 1
    low, high = np.quantile(relative, [0.025, 0.975])
    point = candidate.ndcg.mean() / baseline.ndcg.mean() - 1
    return Comparison(candidate.ranker, baseline.ranker, candidate.task, float(point), float(low), float(high), count)


@dataclass(frozen=True)
class Decision:
    """Whether a candidate may serve, and why, in a sentence."""

    is_promoted: bool
    reason: str
    comparisons: tuple[Comparison, ...]


def decide(candidate: Report, rivals: Mapping[str, Report], *, seed: int) -> Decision:
    """Apply the gate: the candidate must pass against every rival (the best simple arm, and what serves now)."""
    comparisons = tuple(compare(candidate, rival, seed=seed) for rival in rivals.values())
    failed = [one for one in comparisons if not one.is_passed]
    if failed:
        worst = min(failed, key=lambda one: one.low)
        return Decision(
            is_promoted=False,
            reason=f"Not shown to be as good as {worst.baseline}: {_words(worst)}, {worst.questions} questions.",
            comparisons=comparisons,
        )
    closest = min(comparisons, key=lambda one: one.difference)
    reason = f"Against {closest.baseline}: {_words(closest)}."
    return Decision(is_promoted=True, reason=reason, comparisons=comparisons)


def _words(one: Comparison) -> str:
    return f"{one.difference:+.1%} (between {one.low:+.1%} and {one.high:+.1%})"


def _by_user(interactions: Interactions) -> list[npt.NDArray[np.int64]]:
    order = np.argsort(interactions.user, kind="stable")
    cuts = np.searchsorted(interactions.user[order], np.arange(1, interactions.user_count))
    return np.split(order, cuts)


def _sample(of: Int32s, seed: int) -> Int32s:
    if len(of) <= MOST_QUERIES:
        return of
    return np.sort(np.random.default_rng(seed).choice(of, MOST_QUERIES, replace=False))


def _mean(values: Float64s) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0
