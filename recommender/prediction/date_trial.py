"""Dates told on earlier days, from what was known then, and what happened: the judges of every method."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recommender.interactions import Float64s, Int32s
from recommender.prediction.date_learning import learn, waits_after
from recommender.prediction.dates import LEAST_CHANCE, RULES, TREES, NextOrder
from recommender.prediction.features import features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Predictor

ROUNDS: Final = 2
SAID: Final = 0.8
IN_SERVICE: Final = "in_service"


@dataclass(frozen=True)
class Judged:
    """People who ordered again, and what each method had told. person: int32 [n]. wait: float64 [n], in days.

    told: by method, float64 [n, 3]. asked: people who had bought before, whether or not they ordered again. absent,
    absent_back: how many of them were told no date, and how many of those ordered within the window all the same.
    """

    person: Int32s
    wait: Float64s
    told: Mapping[str, Float64s]
    asked: int
    absent: int
    absent_back: int
    rounds: int

    @property
    def people(self) -> int:
        """How many different people judge."""
        return len(np.unique(self.person))

    def losses(self) -> dict[str, Float64s]:
        """Return by method how many days off it was for each person, on the average: float64 [people]."""
        _, who = np.unique(self.person, return_inverse=True)
        times = np.bincount(who)
        return {name: np.bincount(who, np.abs(told[:, 1] - self.wait)) / times for name, told in self.told.items()}

    def margin(self, method: str) -> float:
        """Return days to add on both sides of a method's interval, so that it holds 80 % (conformal)."""
        return conformal_margin(self.told[method], self.wait)

    def coverage(self, method: str, *, seed: int) -> float | None:
        """Return the share of waits inside the interval, which one half of the people widened for the other."""
        told, half = self.told[method], np.random.default_rng(seed).random(int(self.person.max(initial=-1)) + 1) < 0.5
        is_first, inside = half[self.person], []
        for side in (is_first, ~is_first):
            margin = conformal_margin(told[side], self.wait[side])
            low, high = told[~side, 0] - margin, told[~side, 2] + margin
            inside.append((self.wait[~side] >= low) & (self.wait[~side] <= high))
        return float(np.concatenate(inside).mean()) if len(self.wait) else None


def conformal_margin(told: Float64s, wait: Float64s) -> float:
    """Return what to add to [low, high] on both sides so that it holds 80 % of waits: Romano, Patterson, Candès 2019.

    told: float64 [n, 3]. wait: float64 [n]. Below 0 where the interval was too wide; 0 without enough people.
    """
    count = len(wait)
    level = np.ceil((count + 1) * SAID) / max(count, 1)
    if level > 1 or not count:
        return 0.0
    beyond = np.maximum(told[:, 0] - wait, wait - told[:, 2])
    return float(np.quantile(beyond, level, method="higher"))


def judge(past: Purchases, now: float, window: float, serving: Predictor | None, *, seed: int) -> Judged:
    """Learn on earlier days (one and two windows ago) from what was known then, and keep what came of it."""
    parts: list[tuple[Int32s, Float64s, dict[str, Float64s]]] = []
    counts = np.zeros(3, np.int64)
    for day in (now - window * n for n in range(1, ROUNDS + 1)):
        methods = learn(past.before(day), day, window, seed=seed)
        if not methods:
            break
        found = features_at(past, day)
        waits = waits_after(past, day, window, found.rows)
        is_back = np.isfinite(waits)
        is_absent = next(iter(methods.values())).returning.chance_in_a_year(found.table) < LEAST_CHANCE
        counts += [len(waits), is_absent.sum(), (is_absent & is_back).sum()]
        if isinstance(serving, NextOrder):
            methods[IN_SERVICE] = serving
        told = {name: one.waits(found.table[is_back]) for name, one in methods.items()}
        parts.append((found.rows[is_back], waits[is_back], told))
    return _joined(parts, counts.tolist())


def _joined(parts: list[tuple[Int32s, Float64s, dict[str, Float64s]]], counts: list[int]) -> Judged:
    """Put rounds together; a method that could not be learned in one of them is left out."""
    shared = [name for name in (*RULES, TREES, IN_SERVICE) if parts and all(name in told for *_, told in parts)]
    return Judged(
        np.concatenate([person for person, *_ in parts]) if parts else np.array([], np.int32),
        np.concatenate([wait for _, wait, _ in parts]) if parts else np.array([], np.float64),
        {name: np.concatenate([told[name] for *_, told in parts]) for name in shared},
        asked=counts[0],
        absent=counts[1],
        absent_back=counts[2],
        rounds=len(parts),
    )


def figures(judged: Judged, losses: Mapping[str, Float64s], in_words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return for each method how many days off it was, in the middle case and on the average, as JSON."""
    return [
        {
            "name": name,
            "in_words": in_words[name],
            "median_error_days": round(float(np.median(np.abs(judged.told[name][:, 1] - judged.wait))), 2),
            "mean_error_days": round(float(loss.mean()), 2),
        }
        for name, loss in losses.items()
        if len(loss)
    ]
