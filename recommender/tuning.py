"""Learning the weights of a blend on weeks its arms have not seen: a climb, with a judge that is quick to ask."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from recommender.evaluate import DISCOUNTS, K, ideal_dcg, scores_of
from recommender.interactions import Float32s, Float64s
from recommender.questions import Question
from recommender.ranking.blend import FILL, Weights
from recommender.ranking.ranker import Ranker

CANDIDATES = 100  # of each arm; what no arm has among its best is rarely made best by weights
STEPS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
ROUNDS = 3
LEAST_GAIN = 1e-4

Judge = Callable[[Weights], float]


def learn_weights(names: Sequence[str], start: Weights, judge: Judge) -> Weights:
    """Climb from `start`, one arm's weight at a time over a fixed grid, to where `judge` is highest.

    `judge` returns a quality of which more is better, measured on validation weeks; the outcome is never below the
    start's. Deterministic. The scale of all weights is free, so the grid is coarse on purpose: finer steps fit noise.
    Popularity keeps at least FILL, so that no list runs dry. Coordinate ascent after Metzler and Croft (2007).
    """
    weights, best = dict(start), judge(start)
    for _ in range(ROUNDS):
        before = best
        for name in names:
            for step in STEPS:
                trial = {**weights, name: max(step, FILL) if name == "recent_popularity" else step}
                quality = judge(trial)
                if quality > best + LEAST_GAIN:
                    weights, best = trial, quality
        if best <= before + LEAST_GAIN:
            break
    return {name: weight for name, weight in weights.items() if weight > 0}


def judge_on(arms: Sequence[Ranker], questions: Sequence[Question]) -> Judge:
    """Return a judge of weights: mean nDCG@10 over the questions, among the best CANDIDATES of each arm."""
    names = [arm.name for arm in arms]
    scores, is_wanted, ideal = _table(arms, questions)
    rows = np.arange(len(ideal))[:, None]

    def judge(weights: Weights) -> float:
        each = np.array([weights.get(name, 0.0) for name in names], np.float32)
        total = np.tensordot(each, scores, 1)
        best = np.argpartition(-total, K - 1, axis=1)[:, :K]
        best = best[rows, np.argsort(-total[rows, best], axis=1, kind="stable")]
        gains = is_wanted[rows, best] * (total[rows, best] > 0) * DISCOUNTS
        return float((gains.sum(axis=1) / ideal).mean()) if len(ideal) else 0.0

    return judge


def _table(arms: Sequence[Ranker], questions: Sequence[Question]) -> tuple[Float32s, npt.NDArray[np.bool_], Float64s]:
    """Score the candidates of all questions.

    Returns scores, float32 [arms, questions, candidates], which of them are wanted, bool [questions, candidates], and
    the ideal DCG@10, float64 [questions]. Places a question does not need hold 0, which is never listed.
    """
    most = max(len(arms) * CANDIDATES, K)
    scores = np.zeros((len(arms), len(questions), most), np.float32)
    is_wanted = np.zeros((len(questions), most), bool)
    width = K
    for place, question in enumerate(questions):
        each = scores_of(arms, question.query)
        each[:, question.forbidden()] = 0
        best = min(CANDIDATES, each.shape[1])
        chosen = np.unique(np.argpartition(-each, best - 1, axis=1)[:, :best])
        width = max(width, len(chosen))
        scores[:, place, : len(chosen)] = each[:, chosen]
        is_wanted[place, : len(chosen)] = np.isin(chosen, question.wanted)
    scores, is_wanted = np.ascontiguousarray(scores[:, :, :width]), is_wanted[:, :width]
    return scores, is_wanted, np.array([ideal_dcg(len(question.wanted)) for question in questions])
