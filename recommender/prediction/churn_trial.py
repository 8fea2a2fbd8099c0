"""Leaving, learned from earlier days of the shop and judged on later ones, always from what was known on the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recommender.interactions import Float64s
from recommender.prediction.calibration import Calibration, calibration_error, fit_calibration
from recommender.prediction.churn_methods import Method, fit_all, fit_boosted, fit_leaving, fit_recency, fit_rfm
from recommender.prediction.churn_predictor import (
    AVERAGE,
    EVERYTHING,
    LEAVING,
    RECENCY,
    RFM_LOGISTIC,
    TREES,
    Churn,
)
from recommender.prediction.features import features_at
from recommender.prediction.histories import Bools, Purchases

SNAPSHOTS: Final = 4  # earlier days learned from, a third of a horizon apart
LEAST_PEOPLE: Final = 20
LEAST_OF_EACH: Final = 3  # who left, and who stayed
MOST_ROWS: Final = 60_000


@dataclass(frozen=True)
class Snapshot:
    """People on one day, and what came of them. table: float64 [people, features]. is_gone: bool [people]."""

    day: float
    table: Float64s
    is_gone: Bools

    @property
    def is_enough(self) -> bool:
        """Whether anything can be learned from it."""
        least = min(self.is_gone.sum(), (~self.is_gone).sum())
        return len(self.is_gone) >= LEAST_PEOPLE and bool(least >= LEAST_OF_EACH)


@dataclass(frozen=True)
class Round:
    """One snapshot, and what each method had said of it without knowing. methods: learned strictly before its day."""

    snapshot: Snapshot
    methods: Mapping[str, Churn]
    scores: Mapping[str, Float64s]

    def chances(self, name: str, curve: Calibration) -> Float64s:
        """Return what a method says, calibrated: float64 [people]."""
        return curve.chance(self.scores[name])

    def shared(self, methods: Mapping[str, Churn]) -> dict[str, Churn]:
        """Return those of `methods` that could be learned for this day too."""
        return {name: one for name, one in methods.items() if name in self.methods}

    def losses(self) -> dict[str, Float64s]:
        """Return by method the squared error of each person's probability (Brier 1950), uncalibrated."""
        gone = self.snapshot.is_gone
        return {name: (one.curve.chance(self.scores[name]) - gone) ** 2 for name, one in self.methods.items()}


def snapshot_at(past: Purchases, day: float, horizon: float) -> Snapshot:
    """Count everybody's features on `day`, and see who did not order in the `horizon` days from it."""
    found = features_at(past, day)
    later = past.between(day, day + horizon).counts()
    return Snapshot(day, found.table, later[found.rows] == 0)


def snapshots_before(past: Purchases, day: float, horizon: float) -> list[Snapshot]:
    """Return days whose whole horizon lies before `day`, the newest first; none where too little is known."""
    if not len(past):
        return []
    first = float(past.day.min())
    days = [day - horizon * (1 + n / 3) for n in range(SNAPSHOTS)]
    found = [snapshot_at(past, one, horizon) for one in days if one == days[0] or one >= first + horizon / 2]
    enough = [one for one in found if one.is_enough]
    return enough if found[0].is_enough else []


def learn(past: Purchases, day: float, horizon: float, *, seed: int) -> dict[str, Churn]:
    """Fit every method on what was known before `day`, and the average of all but the recency rule; or nothing."""
    known = past.before(day)
    snapshots = snapshots_before(known, day, horizon)
    if not snapshots:
        return {}
    table = np.concatenate([one.table for one in snapshots])
    gone = np.concatenate([one.is_gone for one in snapshots])
    if len(gone) > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(gone), MOST_ROWS, replace=False))
        table, gone = table[chosen], gone[chosen]
    fitted: dict[str, Method | None] = {
        RECENCY: fit_recency(table, gone),
        RFM_LOGISTIC: fit_rfm(table, gone),
        EVERYTHING: fit_all(table, gone),
        TREES: fit_boosted(table, gone, seed=seed),
        LEAVING: fit_leaving(features_at(known, day).table, horizon),
    }
    there = {name: one for name, one in fitted.items() if one is not None}
    typical, usual = _typical(snapshots[0].table), float(snapshots[0].is_gone.mean())
    methods = {name: Churn(name, {name: one}, horizon, typical, usual) for name, one in there.items()}
    members = {name: one for name, one in there.items() if name != RECENCY}
    if len(members) > 1:
        methods[AVERAGE] = Churn(AVERAGE, members, horizon, typical, usual)
    return methods


def judge(past: Purchases, day: float, horizon: float, *, seed: int) -> Round | None:
    """Learn as if it were `day`, and keep what was said of everybody and what happened; None without enough people."""
    methods = learn(past, day, horizon, seed=seed)
    snapshot = snapshot_at(past, day, horizon)
    if not methods or not snapshot.is_enough:
        return None
    return Round(snapshot, methods, {name: one.score(snapshot.table) for name, one in methods.items()})


def curve_of(rounds: list[Round], name: str) -> Calibration:
    """Learn a calibration from what a method had said on these days, and what happened."""
    score = np.concatenate([one.scores[name] for one in rounds])
    return fit_calibration(score, np.concatenate([one.snapshot.is_gone for one in rounds]))


def figures(judging: Round, in_words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return for each method how it did on the day that judges, as JSON."""
    gone = judging.snapshot.is_gone
    return [
        {
            "name": name,
            "in_words": in_words[name],
            "auc": round(area(judging.scores[name], gone), 4),
            "brier": round(float(loss.mean()), 4),
            "ece": round(calibration_error(judging.methods[name].curve.chance(judging.scores[name]), gone), 4),
        }
        for name, loss in judging.losses().items()
    ]


def area(score: Float64s, happened: Bools) -> float:
    """Return the area under the ROC curve: how often who left was put before who stayed; 0.5 is chance."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    gone, stayed = int(happened.sum()), int((~happened).sum())
    if not (gone and stayed):
        return 0.5
    return float((rank[happened].sum() - gone * (gone + 1) / 2) / (gone * stayed))


def _typical(table: Float64s) -> Float64s:
    """Return the medians of the known values of each feature; 0 where nobody's is known."""
    return np.array(
        [np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 0.0 for column in table.T]
    )
