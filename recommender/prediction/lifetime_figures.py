"""How well money to come was told, beside the ways everybody else tells it: figures for `evaluate.py`."""

from typing import Any, Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from recommender.interactions import Float64s
from recommender.prediction.buytilldie import fit_buy_till_die, rhythms
from recommender.prediction.features import features_at, occasions_at
from recommender.prediction.gammagamma import fit_gamma_gamma
from recommender.prediction.histories import Purchases

FIFTHS: Final = 5
EARLIER: Final = (0.0, 30.0, 60.0, 90.0)  # days before the latest day whose horizon is over, for the trees


def figures(told: Float64s, came: Float64s) -> dict[str, Any]:
    """Compare money told with money that came, float64 [people] each.

    mae: mean absolute error. ratio: told over came. gini: how well people are ordered by it, as a share of the best
    order there is; people told the same share what came of them. by_fifth: told over came in each fifth of people,
    those of whom the least is told first; None where nothing came.
    """
    fifths = np.array_split(np.argsort(told, kind="stable"), FIFTHS)
    return {
        "mae": round(float(np.abs(told - came).mean()), 4),
        "ratio": _over(told, came),
        "gini": round(_gain(told, came) / _gain(came, came), 4) if _gain(came, came) > 0 else None,
        "by_fifth": [_over(told[one], came[one]) for one in fifths],
    }


def peers(history: Purchases, now: float, horizon_days: float, *, seed: int) -> dict[str, Float64s]:
    """Return money to come of everybody who bought before `now`, float64 [people] each, by the usual ways.

    historic_rate: spent a day of being known. bg_nbd_gamma_gamma: Fader, Hardie and Lee 2005, with amounts of repeated
    orders. boosted_trees: Poisson regression on the features (Friedman 2001). A way that cannot be fitted is left out.
    """
    seen = features_at(history, now)
    told = {"historic_rate": seen.column("spent") / np.maximum(seen.column("days_since_first"), 1.0) * horizon_days}
    usual = _buy_till_die(history, now, horizon_days)
    if usual is not None:
        told["bg_nbd_gamma_gamma"] = usual[seen.rows]
    trees = _trees(history, now, horizon_days, seed=seed)
    if trees is not None:
        told["boosted_trees"] = trees.predict(seen.table)
    return told


def _over(told: Float64s, came: Float64s) -> float | None:
    return round(float(told.sum() / came.sum()), 4) if came.sum() > 0 else None


def _gain(by: Float64s, came: Float64s) -> float:
    """Return the area between the gain curve and the diagonal."""
    order = np.argsort(-by, kind="stable")
    _, which, times = np.unique(-by[order], return_inverse=True, return_counts=True)
    even = (np.bincount(which, came[order]) / times)[which]
    gained = np.cumsum(even) / max(float(even.sum()), 1e-300)
    return float(gained.mean() - (len(by) + 1) / 2 / len(by))


def _buy_till_die(history: Purchases, now: float, horizon_days: float) -> Float64s | None:
    past = occasions_at(history, now)
    is_repeat = np.ones(len(past.ago), np.bool_)
    is_repeat[past.start] = False
    count, mean = past.count - 1, past.total(past.spent * is_repeat) / np.maximum(past.count - 1, 1.0)
    people = rhythms(history, now)
    timing, amounts = fit_buy_till_die(people, may_leave_at_once=False), fit_gamma_gamma(count, mean)
    if timing is None or amounts is None:
        return None
    told = timing.expected(people, horizon_days)
    told[past.rows] *= amounts.expected(count, mean)
    return told


def _trees(history: Purchases, now: float, horizon_days: float, *, seed: int) -> HistGradientBoostingRegressor | None:
    latest = now - horizon_days
    days = [latest - one for one in EARLIER if len(history.before(latest - one))]
    if not days:
        return None
    looks = [features_at(history, day) for day in days]
    came = np.concatenate(
        [
            np.maximum(history.between(day, day + horizon_days).spent()[look.rows], 0.0)
            for day, look in zip(days, looks, strict=True)
        ]
    )
    if came.sum() <= 0:
        return None
    model = HistGradientBoostingRegressor(loss="poisson", learning_rate=0.05, early_stopping=False, random_state=seed)
    return model.fit(np.concatenate([one.table for one in looks]), came)
