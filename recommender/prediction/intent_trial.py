"""Judge what is said of visits on later ones of the same shop, and learn how to say it so that it comes true.

The later half of the time is cut into rounds. Every round is told by what lies before it alone; what was said in the
rounds before is what calibrates it, so no visit is judged by what was learned from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from recommender.interactions import Float64s, Int64s
from recommender.prediction.histories import Bools
from recommender.prediction.intent_methods import fit_methods

ROUNDS: Final = 4  # the first of them only calibrates
TRUST: Final = 0.1  # in what was fitted: see `calibrate`
MOST_OF_ONE: Final = 50.0  # visits' moments that one person may weigh: a program with 10,000 does not teach the shop
BINS: Final = 10


@dataclass(frozen=True)
class Visits:
    """Moments of visits, parallel arrays in the order of time.

    rows: float64 [n, columns] as `spread` makes them. outcome: bool [n], whether the visit ended in an order. day:
    float64 [n], when it started, days since 1970-01-01. person: int64 [n].
    """

    rows: Float64s
    outcome: Bools
    day: Float64s
    person: Int64s

    def __len__(self) -> int:
        return len(self.day)

    def where(self, mask: Bools) -> "Visits":
        """Return the moments for which the boolean mask [n] holds."""
        return Visits(self.rows[mask], self.outcome[mask], self.day[mask], self.person[mask])

    def weight(self) -> Float64s:
        """Return how much each moment teaches, float64 [n], so that nobody weighs more than MOST_OF_ONE."""
        _, place, counts = np.unique(self.person, return_inverse=True, return_counts=True)
        told: Float64s = np.minimum(1.0, MOST_OF_ONE / counts)[place]
        return told


@dataclass(frozen=True)
class Judged:
    """What every method said of the judged visits: chances by name, float64 [n] each, beside what happened.

    calibration: by method, how its log-odds are moved from now on: slope and offset.
    """

    visits: Visits
    said: Mapping[str, Float64s]
    calibration: Mapping[str, tuple[float, float]]

    @property
    def people(self) -> int:
        """How many people's visits were judged."""
        return len(np.unique(self.visits.person))

    def after(self, day: float, name: str, chance: Float64s) -> "Judged":
        """Return the moments later than `day` alone, with one more who said chances, float64 [n], of all of them."""
        is_later = self.visits.day > day
        said = {**self.said, name: chance}
        return Judged(
            self.visits.where(is_later), {one: told[is_later] for one, told in said.items()}, self.calibration
        )

    def losses(self) -> dict[str, Float64s]:
        """Return the Brier loss (1950) of each method, the mean of each person's moments: float64 [people]."""
        _, place, counts = np.unique(self.visits.person, return_inverse=True, return_counts=True)
        return {
            name: np.bincount(place, (chance - self.visits.outcome) ** 2, len(counts)) / counts
            for name, chance in self.said.items()
        }

    def figures(self, in_words: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return, for JSON, how well each method did: Brier loss a person, AUC and expected calibration error."""
        losses = self.losses()
        return [
            {
                "name": name,
                "in_words": in_words[name],
                "brier": float(losses[name].mean()) if self.people else None,
                "auc": ranking(chance, self.visits.outcome),
                "ece": self.calibration_error(name),
            }
            for name, chance in self.said.items()
        ]

    def reliability(self, name: str) -> list[dict[str, Any]]:
        """Return what was said and what happened in BINS groups of equally many moments, the unlikeliest first."""
        chance, outcome, person = self.said[name], self.visits.outcome, self.visits.person
        groups = np.array_split(np.argsort(chance, kind="stable"), BINS)
        return [
            {
                "said": float(chance[group].mean()),
                "happened": float(outcome[group].mean()),
                "people": len(np.unique(person[group])),
                "moments": len(group),
            }
            for group in groups
            if len(group)
        ]

    def calibration_error(self, name: str) -> float | None:
        """Return how far what was said lies from what happened, on the average of the groups; None without any."""
        groups = self.reliability(name)
        total = sum(group["moments"] for group in groups)
        off = sum(abs(group["said"] - group["happened"]) * group["moments"] for group in groups)
        return off / total if total else None


def judge(visits: Visits, *, seed: int) -> Judged:
    """Tell every later round from what lies before it, and hold that to what happened. Methods by name, calibrated."""
    start, end = float(visits.day[0]), float(visits.day[-1])
    edges = np.linspace((start + end) / 2, end, ROUNDS + 1)
    raw: list[dict[str, Float64s]] = []
    rounds: list[Visits] = []
    for first, last in pairwise(edges.tolist()):
        past = visits.where(visits.day < first)
        now = visits.where((visits.day >= first) & ((visits.day < last) | (last == end)))
        methods = fit_methods(past.rows, past.outcome, past.weight(), seed=seed)
        raw.append({name: one.predict(now.rows) for name, one in methods.items()})
        rounds.append(now)
    always = [name for name in raw[-1] if all(name in told for told in raw)]
    said: dict[str, list[Float64s]] = {name: [] for name in always}
    calibration: dict[str, tuple[float, float]] = {}
    for name in always:
        for n in range(1, ROUNDS + 1):
            before = np.concatenate([told[name] for told in raw[:n]])
            slope, offset = calibrate(before, together(rounds[:n]))
            if n < ROUNDS:
                said[name].append(chances(raw[n][name] * slope + offset))
            calibration[name] = slope, offset
    return Judged(together(rounds[1:]), {name: np.concatenate(parts) for name, parts in said.items()}, calibration)


def calibrate(odds: Float64s, visits: Visits) -> tuple[float, float]:
    """Return the slope, never below 0, and the offset that move log-odds to what happened (Platt 1999).

    Drawn to (1, 0), no move at all, as by a normal prior of TRUST around it: a few dozen orders are no reason to
    distrust what was fitted to chances in the first place.
    """
    weight, outcome = visits.weight(), visits.outcome.astype(np.float64)
    columns = np.stack([odds, np.ones(len(odds))], axis=1)

    def loss(move: Float64s) -> tuple[float, Float64s]:
        told, away = columns @ move, (move - (1.0, 0.0)) / TRUST
        surprise = weight @ (np.logaddexp(0.0, told) - outcome * told) + away @ away / 2
        return float(surprise), columns.T @ (weight * (chances(told) - outcome)) + away / TRUST

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)])
    slope, offset = found.x.tolist()
    return slope, offset


def together(parts: list[Visits]) -> Visits:
    """Put parts of visits one after the other."""
    return Visits(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.person for part in parts]),
    )


def chances(odds: Float64s) -> Float64s:
    """Return the probabilities of log-odds."""
    told: Float64s = 1 / (1 + np.exp(-np.clip(odds, -40.0, 40.0)))
    return told


def ranking(chance: Float64s, outcome: Bools) -> float | None:
    """Return the area under the ROC curve (Hanley and McNeil 1982); None where everybody did the same."""
    if not len(outcome) or outcome.all() or not outcome.any():
        return None
    return float(roc_auc_score(outcome, chance))
