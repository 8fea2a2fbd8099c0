"""Judging many weights on the same questions quickly: every arm scores every question once, then sums are cheap."""

from collections.abc import Callable, Sequence

import numpy as np

from recommender.evaluate import K, Question
from recommender.ranking.blend import Weights, normalize
from recommender.ranking.ranker import Ranker

MOST_QUESTIONS = 400
CANDIDATES = 150  # of each arm; what no arm has among its best cannot be made best by weights


def judge_on(arms: Sequence[Ranker], questions: Sequence[Question]) -> Callable[[Weights], float]:
    """Return a judge of weights: mean nDCG@10 over (at most MOST_QUESTIONS evenly taken) questions."""
    step = max(1, len(questions) // MOST_QUESTIONS)
    table = [_row(arms, question) for question in questions[::step]]
    names = [arm.name for arm in arms]
    discounts = 1 / np.log2(np.arange(2, K + 2))

    def judge(weights: Weights) -> float:
        each = np.array([weights.get(name, 0.0) for name in names], np.float32)
        total = 0.0
        for scores, is_wanted, ideal in table:
            summed = each @ scores
            order = np.argsort(-summed, kind="stable")[:K]
            total += float((is_wanted[order] * (summed[order] > 0) * discounts[: len(order)]).sum()) / ideal
        return total / max(len(table), 1)

    return judge


def _row(
    arms: Sequence[Ranker], question: Question
) -> tuple["np.typing.NDArray[np.float32]", "np.typing.NDArray[np.bool_]", float]:
    """Score the candidates of a question: float32 [arms, candidates], bool [candidates], the ideal DCG@10."""
    scores = np.stack([normalize(arm.score(question.query)) for arm in arms])
    scores[:, question.forbidden] = 0
    best = np.argpartition(-scores, min(CANDIDATES, scores.shape[1] - 1), axis=1)[:, :CANDIDATES]
    candidates = np.unique(best)
    ideal = float((1 / np.log2(np.arange(2, min(len(question.wanted), K) + 2))).sum())
    return scores[:, candidates], np.isin(candidates, question.wanted), ideal
