"""How good a ranker is on weeks nobody trained on, and whether one is honestly better than another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender.interactions import Float64s, Int32s, Int64s
from recommender.questions import Question
from recommender.ranking.blend import Weights, normalize
from recommender.ranking.ranker import Query, Ranker
from recommender.ranking.rules import top_k
from recommender.split import LEAST_JUDGES

K = 10
RECALL_K = 20
BOOTSTRAPS = 1000
MOST_LOSS = 0.02  # relative; how much worse the complex may be, at the lower end of the interval
DISCOUNTS = 1 / np.log2(np.arange(2, K + 2))


@dataclass(frozen=True)
class Report:
    """Quality of one ranker on one task, question by question, so that it can be compared pair by pair.

    ndcg, recall, hits: float64 [questions]. person: int64 [questions], who asked. coverage: the share of all items on
    sale that stand in any of the first ten places.
    """

    ranker: str
    task: str
    ndcg: Float64s
    recall: Float64s
    hits: Float64s
    person: Int64s
    coverage: float

    @property
    def quality(self) -> float:
        """Mean nDCG@10, 0 without questions."""
        return float(self.ndcg.mean()) if len(self.ndcg) else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the means, for people and JSON."""
        return {
            "ranker": self.ranker,
            "task": self.task,
            "questions": len(self.ndcg),
            "people": len(np.unique(self.person)),
            "ndcg_at_10": round(self.quality, 4),
            "recall_at_20": round(float(self.recall.mean()), 4) if len(self.recall) else 0.0,
            "hit_rate_at_10": round(float(self.hits.mean()), 4) if len(self.hits) else 0.0,
            "coverage_at_10": round(self.coverage, 4),
        }


def joined(task: str, reports: Sequence[Report]) -> Report:
    """Take the questions of several tasks, asked of one ranker, as one task. coverage is that of the widest."""
    return Report(
        reports[0].ranker,
        task,
        np.concatenate([one.ndcg for one in reports]),
        np.concatenate([one.recall for one in reports]),
        np.concatenate([one.hits for one in reports]),
        np.concatenate([one.person for one in reports]),
        max(one.coverage for one in reports),
    )


def evaluate(ranker: Ranker, task: str, questions: Sequence[Question]) -> Report:
    """Rank every question: nDCG@10 (Järvelin and Kekäläinen 2002), recall@20, hit rate@10, coverage@10."""
    return evaluate_blends([ranker], {ranker.name: {ranker.name: 1.0}}, task, questions)[ranker.name]


def evaluate_blends(
    arms: Sequence[Ranker], blends: Mapping[str, Weights], task: str, questions: Sequence[Question]
) -> dict[str, Report]:
    """Judge many weightings of the same arms, by name, on one task. Each arm is asked each question once."""
    table = np.array([[weights.get(arm.name, 0.0) for arm in arms] for weights in blends.values()], np.float32)
    rows = np.zeros((len(blends), 3, len(questions)))
    shown: list[set[int]] = [set() for _ in blends]
    for place, question in enumerate(questions):
        forbidden = question.forbidden()
        for n, scores in enumerate(table @ scores_of(arms, question.query)):
            ranked = top_k(scores, RECALL_K, forbidden)
            rows[n, :, place] = measure(ranked, question.wanted)
            shown[n].update(ranked[:K].tolist())
    on_sale = max(int((~questions[0].not_on_sale).sum()), 1) if questions else 1
    person = np.array([question.person for question in questions], np.int64)
    return {
        name: Report(name, task, rows[n, 0], rows[n, 1], rows[n, 2], person, len(shown[n]) / on_sale)
        for n, name in enumerate(blends)
    }


def scores_of(arms: Sequence[Ranker], query: Query) -> "np.typing.NDArray[np.float32]":
    """Ask every arm: float32 [arms, item_count], each row brought to [0, 1]."""
    return np.stack([normalize(arm.score(query)) for arm in arms])


def measure(ranked: Int32s, wanted: Int32s) -> tuple[float, float, float]:
    """Return nDCG@10, recall@20 and hit rate@10 of one list, int32 best first, with binary relevance."""
    hit = np.isin(ranked, wanted)
    gained = float((hit[:K] * DISCOUNTS[: len(hit[:K])]).sum())
    return gained / ideal_dcg(len(wanted)), float(hit[:RECALL_K].sum()) / len(wanted), float(hit[:K].any())


def ideal_dcg(wanted: int) -> float:
    """Return the DCG@10 of a perfect list where `wanted` >= 1 items are right."""
    return float(DISCOUNTS[: min(wanted, K)].sum())


@dataclass(frozen=True)
class Comparison:
    """A candidate against a rival: relative difference of mean nDCG@10 with its 95 % interval, paired by person."""

    candidate: str
    rival: str
    task: str
    difference: float
    low: float
    high: float
    questions: int
    people: int

    @property
    def is_enough(self) -> bool:
        """Whether so many people answered that an interval means anything."""
        return self.people >= LEAST_JUDGES

    @property
    def is_passed(self) -> bool:
        """The burden of proof: enough people, not below the rival, and at worst 2 % under it."""
        return self.is_enough and self.difference >= 0 and self.low > -MOST_LOSS

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison for JSON, with the verdict."""
        return {**asdict(self), "is_enough": self.is_enough, "is_passed": self.is_passed}


def compare(candidate: Report, rival: Report, *, seed: int) -> Comparison:
    """Compare by a paired bootstrap over people (Efron 1979; Sakai 2006 for retrieval measures).

    A person who asked several questions is drawn with all of them or not at all: their answers are not independent.
    Raises ValueError when the reports are not of the same questions.
    """
    if candidate.task != rival.task or not np.array_equal(candidate.person, rival.person):
        raise ValueError("Only reports of the same questions can be compared.")
    _, who = np.unique(candidate.person, return_inverse=True)
    people = int(who.max(initial=-1)) + 1
    mine, theirs = np.bincount(who, candidate.ndcg, people), np.bincount(who, rival.ndcg, people)
    point, low, high = 0.0, -1.0, 1.0  # nothing to tell by
    if people and theirs.sum() > 0:
        draws = np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), BOOTSTRAPS)
        relative = (draws @ mine) / np.maximum(draws @ theirs, 1e-12) - 1
        low, high = np.quantile(relative, [0.025, 0.975]).tolist()
        point = float(mine.sum() / theirs.sum() - 1)
    count = len(candidate.ndcg)
    return Comparison(candidate.ranker, rival.ranker, candidate.task, point, low, high, count, people)


@dataclass(frozen=True)
class Decision:
    """Whether a candidate may serve; `decisive` is the comparison it failed worst, or passed most narrowly."""

    is_promoted: bool
    decisive: Comparison
    comparisons: tuple[Comparison, ...]


def decide(candidate: Report, rivals: Sequence[Report], *, seed: int) -> Decision:
    """Apply the gate: the candidate must pass against every rival (the best simple arm, and what serves now)."""
    comparisons = tuple(compare(candidate, rival, seed=seed) for rival in rivals)
    failed = [one for one in comparisons if not one.is_passed]
    decisive = min(failed or comparisons, key=lambda one: one.difference)
    return Decision(not failed, decisive, comparisons)
