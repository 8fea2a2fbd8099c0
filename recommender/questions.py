"""What a holdout asks: queries with their right answers, made from weeks nobody trained on.

Tasks: `home` (everything a known person bought in the window, nothing removed), `home_new` (only what they never bought
before; what they own leaves the lists), `product` (one item of a held-out basket asks for the others), `cart` (half a
held-out basket asks for the other half). Every item on sale before the cut is ranked; nothing is sampled away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Int32s, Int64s, Interactions
from recommender.ranking.ranker import NO_ITEMS, Query
from recommender.split import DAY, judging_users

MOST_QUESTIONS = 1500  # judged per task; more costs time and moves no decision
TASKS = ("home", "home_new", "product", "cart")


@dataclass(frozen=True)
class Question:
    """One query of a holdout with its right answers.

    wanted: int32 [w], ascending. not_on_sale: bool [item_count], shared between questions. hidden: int32 [h], what this
    question alone keeps out of the lists. person: who asks, a number below 0 for a guest's basket.
    """

    query: Query
    wanted: Int32s
    not_on_sale: npt.NDArray[np.bool_]
    hidden: Int32s
    person: int

    def forbidden(self) -> npt.NDArray[np.bool_]:
        """Return what may not be listed, bool [item_count]."""
        if not len(self.hidden):
            return self.not_on_sale
        closed = self.not_on_sale.copy()
        closed[self.hidden] = True
        return closed


def ask(task: str, interactions: Interactions, start: int, end: int, *, seed: int) -> list[Question]:
    """Ask the questions of one of TASKS in [start, end), unix seconds; nothing from `start` on reaches a query."""
    if task in {"home", "home_new"}:
        return list(_home(interactions, start, end, only_new=task == "home_new", seed=seed))
    return list(_baskets(interactions, start, end, is_half=task == "cart", seed=seed))


def query_of(before: Interactions, places: Int64s, now: int, user: int) -> Query:
    """Turn a user's interactions (int64 places in `before`) into what they ask with at `now`, unix seconds."""
    ages = ((now - before.occurred_at[places]) / DAY).astype(np.float32)
    return Query(user, before.item[places], before.weight[places], ages)


def _home(interactions: Interactions, start: int, end: int, *, only_new: bool, seed: int) -> Iterator[Question]:
    known = interactions.of_known_users()
    before, during = known.between(0, start), known.between(start, end)
    not_on_sale = _not_on_sale(interactions, start)
    past, window = _groups(before.user, known.user_count), _groups(during.user, known.user_count)
    for user in _sample(judging_users(interactions, start, end), seed).tolist():
        query = query_of(before, past[user], start, user)
        wanted = np.unique(during.item[window[user]])
        wanted = wanted[~not_on_sale[wanted]]
        hidden = np.unique(query.history_items) if only_new else NO_ITEMS
        wanted = np.setdiff1d(wanted, hidden)
        if len(wanted):
            yield Question(query, wanted, not_on_sale, hidden, user)


def _baskets(interactions: Interactions, start: int, end: int, *, is_half: bool, seed: int) -> Iterator[Question]:
    during = interactions.between(start, end)
    during = during.where(during.basket >= 0)
    not_on_sale = _not_on_sale(interactions, start)
    names, dense = np.unique(during.basket, return_inverse=True)
    places = _groups(dense.astype(np.int32), len(names))
    chance = np.random.default_rng(seed)
    for basket in _sample(np.arange(len(names), dtype=np.int32), seed).tolist():
        items = np.unique(during.item[places[basket]])
        items = chance.permutation(items[~not_on_sale[items]])
        if len(items) < 2:
            continue
        given, wanted = np.split(items, [len(items) // 2 if is_half else 1])
        user = int(during.user[places[basket][0]])
        yield Question(Query(context=given), np.sort(wanted), not_on_sale, given, user if user >= 0 else -1 - basket)


def _not_on_sale(interactions: Interactions, start: int) -> npt.NDArray[np.bool_]:
    return np.asarray(np.bincount(interactions.between(0, start).item, minlength=interactions.item_count) == 0)


def _groups(of: Int32s, count: int) -> list[Int64s]:
    """Return the places of each value in [0, count), in the order they stand."""
    order = np.argsort(of, kind="stable")
    return np.split(order, np.searchsorted(of[order], np.arange(1, count)))


def _sample(of: Int32s, seed: int) -> Int32s:
    if len(of) <= MOST_QUESTIONS:
        return of
    return np.sort(np.random.default_rng(seed).choice(of, MOST_QUESTIONS, replace=False))
