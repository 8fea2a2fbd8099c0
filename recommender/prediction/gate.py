"""The gate for predictors: the same burden of proof and the same margin as for rankers (`recommender/evaluate.py`)."""

from collections.abc import Mapping

import numpy as np

from recommender.evaluate import BOOTSTRAPS, Comparison
from recommender.interactions import Float64s

MOST_BAGS = 4000


def compare_losses(candidate: str, rival: str, task: str, losses: Mapping[str, Float64s], *, seed: int) -> Comparison:
    """Compare by a paired bootstrap over people (Efron 1979): how much smaller the mean loss is, relatively.

    losses: by name, float64 [people], one loss >= 0 a person and in the same order for all; lower is better. A
    difference of 0.05 says that the candidate's mean loss is 5 % below the rival's. Of very many people bags are drawn,
    each of people who do not stand together: the same spread at a fraction of the cost.
    """
    mine, theirs = losses[candidate], losses[rival]
    if mine.shape != theirs.shape:
        raise ValueError("Only losses of the same people can be compared.")
    people = len(mine)
    point, low, high = 0.0, -1.0, 1.0  # nothing to tell by
    if people and theirs.sum() > 0:
        count = min(people, MOST_BAGS)
        bag = np.arange(people) % count
        bags = np.stack([np.bincount(bag, one, count) for one in (mine, theirs)], axis=1)
        draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), BOOTSTRAPS)
        drawn = draws.astype(np.float64) @ bags
        relative = 1 - drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12)
        low, high = np.quantile(relative, [0.025, 0.975]).tolist()
        point = float(1 - mine.sum() / theirs.sum())
    return Comparison(candidate, rival, task, point, low, high, people, people)
