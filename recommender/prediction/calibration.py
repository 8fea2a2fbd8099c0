"""Make probabilities honest: when 30 % is said, it should happen to three in ten. And measure how far off they are."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import isotonic_regression

from recommender.interactions import Float64s
from recommender.prediction.histories import Bools

MOST_CERTAIN: Final = 16.0  # log-odds; nothing about people is surer than one in nine million
FEW: Final = 1500.0  # people; where so many taught, the free curve counts as much as the plain one
STEPS: Final = 50
BINS: Final = 10


@dataclass(frozen=True)
class Calibration:
    """A rising curve from a score to log-odds. shift + slope * score, and `weight` of it replaced by a free curve.

    scores, told: float64 [knots], the free curve, straight between the knots; beyond them it goes on as the plain one.
    """

    shift: float
    slope: float
    weight: float
    scores: Float64s
    told: Float64s

    def log_odds(self, score: Float64s) -> Float64s:
        """Return calibrated log-odds, float64 [n]; more is said for a higher score, never less."""
        plain = self.shift + self.slope * score
        if not len(self.scores):
            return np.clip(plain, -MOST_CERTAIN, MOST_CERTAIN)
        inside = np.clip(score, self.scores[0], self.scores[-1])
        free = np.interp(inside, self.scores, self.told) + self.slope * (score - inside)
        return np.clip((1 - self.weight) * plain + self.weight * free, -MOST_CERTAIN, MOST_CERTAIN)

    def chance(self, score: Float64s) -> Float64s:
        """Return calibrated probabilities, float64 [n]."""
        told: Float64s = expit(self.log_odds(score))
        return told

    def array(self) -> Float64s:
        """Return everything it is made of: float64 [3 + 2 * knots]."""
        return np.concatenate([[self.shift, self.slope, self.weight], self.scores, self.told])

    @classmethod
    def from_array(cls, array: Float64s) -> "Calibration":
        """Put together again what `array` took apart. Raises ValueError when it does not fit."""
        shift, slope, weight = array[:3].tolist()
        scores, told = np.split(array[3:].astype(np.float64), 2)
        return cls(shift, slope, weight, scores, told)


UNCHANGED: Final = Calibration(0.0, 1.0, 0.0, np.array([]), np.array([]))


def fit_calibration(score: Float64s, happened: Bools, *, slope: float = 1.0, faith: float = 10.0) -> Calibration:
    """Learn the curve from scores, float64 [n], and what happened, bool [n].

    Logistic (Platt 1999), drawn to `slope` and no shift with the force of `faith` people; blended, the more people
    there are, with isotonic regression (Zadrozny and Elkan 2002). Alone the latter has steps, on which people could
    not be told apart. slope < 0 is for scores that fall as the chance rises: its sign is kept.
    """
    if slope < 0:
        turned = fit_calibration(-score, happened, slope=-slope, faith=faith)
        return Calibration(turned.shift, -turned.slope, turned.weight, -turned.scores[::-1], turned.told[::-1])
    plain = _logistic(score, happened, slope, faith)
    if len(score) < STEPS or happened.all() or not happened.any():
        return Calibration(*plain, 0.0, np.array([]), np.array([]))
    edges = np.array_split(np.argsort(score, kind="stable"), min(STEPS, len(score) // 10))
    count = np.array([len(one) for one in edges], np.float64)
    middle = np.array([score[one].mean() for one in edges])
    share = np.array([happened[one].mean() for one in edges])
    prior = expit(plain[0] + plain[1] * middle)
    rising = isotonic_regression((share * count + prior * 2) / (count + 2), sample_weight=count)
    told = logit(np.clip(rising, 1e-6, 1 - 1e-6))
    middle, first = np.unique(middle, return_index=True)
    return Calibration(*plain, len(score) / (len(score) + FEW), middle, told[first])


def _logistic(score: Float64s, happened: Bools, slope: float, faith: float) -> tuple[float, float]:
    """Return shift and slope by Newton's method on the penalised likelihood (concave: one summit)."""
    rows = np.stack([np.ones(len(score)), score], axis=1)
    usual = np.array([0.0, slope])
    pull = np.array([faith / 10, faith])  # the shop's level moves more readily than who stands before whom
    at = usual.copy()
    for _ in range(30):
        told = expit(rows @ at)
        rise = rows.T @ (happened - told) - pull * (at - usual)
        bend = (rows * (told * (1 - told))[:, None]).T @ rows + np.diag(pull)
        step = np.clip(np.linalg.solve(bend, rise), -2.0, 2.0)
        at = at + step
        if np.abs(step).max() < 1e-10:
            break
    return float(at[0]), max(float(at[1]), 1e-3)


def reliability(said: Float64s, happened: Bools) -> list[dict[str, Any]]:
    """Return ten rows of equally many people, by what was said: {"said", "happened", "people"}, means, for JSON."""
    parts = np.array_split(np.argsort(said, kind="stable"), min(BINS, max(len(said), 1)))
    return [
        {"said": float(said[one].mean()), "happened": float(happened[one].mean()), "people": len(one)}
        for one in parts
        if len(one)
    ]


def calibration_error(said: Float64s, happened: Bools) -> float:
    """Return the expected calibration error over ten bins of equally many people (Naeini et al. 2015): 0 is honest."""
    rows = reliability(said, happened)
    people = max(sum(row["people"] for row in rows), 1)
    return float(sum(abs(row["said"] - row["happened"]) * row["people"] for row in rows) / people)
