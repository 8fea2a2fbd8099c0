"""A little invented shop whose truth is known: people of three tastes who like to buy again what they bought."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from hypothesis import settings

from recommender.interactions import Interactions, build_item_features
from recommender.split import DAY

TASTES = ("garden tools", "kitchen glass", "paper cards")
START = 1_600_000_000

quick = settings(max_examples=30, deadline=None)  # a busy machine is no fault of the mathematics


@dataclass(frozen=True)
class Little:
    interactions: Interactions
    features: sp.csr_array


def rows(*told, users=None, items=None) -> Interactions:
    """Make interactions of (user, item, day, basket) rows, each of weight 1."""
    user, item, day, basket = (np.array(column, np.int64) for column in zip(*told, strict=True))
    return Interactions(
        user.astype(np.int32),
        item.astype(np.int32),
        np.ones(len(user), np.float32),
        START + day * DAY,
        basket.astype(np.int32),
        users if users is not None else int(user.max()) + 1,
        items if items is not None else int(item.max()) + 1,
    )


def make_little(*, people=90, items=60, days=240, seed=3) -> Little:
    chance = np.random.default_rng(seed)
    told, basket = [], 0
    for person in range(people):
        taste = person % len(TASTES)
        shelf = np.arange(taste, items, len(TASTES))
        likes = chance.choice(shelf, 4, replace=False)
        for day in np.sort(chance.choice(days, 12, replace=False)):
            bought = {*chance.choice(likes, 2).tolist(), *chance.choice(shelf, 2).tolist()}
            user = -1 if basket % 9 == 0 else person
            told += [(user, item, int(day), basket) for item in bought]
            basket += 1
    titles = [f"{TASTES[item % len(TASTES)]} number {'abcdefghij'[item % 10] * 4}" for item in range(items)]
    prices = np.linspace(1, 50, items)
    return Little(rows(*told, users=people, items=items), build_item_features(titles, [[]] * items, prices))
