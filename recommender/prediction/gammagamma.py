"""What an order of each person is usually worth: the Gamma-Gamma model (Fader and Hardie 2013, a note).

The amounts of one person scatter around a mean of their own (gamma), and the means of people scatter too (gamma): who
ordered once is drawn towards what is usual here, who ordered often is believed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from recommender.interactions import Float64s
from recommender.prediction.likelihood import least_loss

PRIOR_SPREAD = 2.0
LEAST_FITTED = 10
MOST_FITTED = 10_000  # people
LEAST_RATIO, MOST_RATIO = 0.6, 1.6  # of the mean the model implies to the mean that was seen


@dataclass(frozen=True)
class GammaGamma:
    """Amounts of a person ~ gamma(p, own rate); rates ~ gamma(q, v). q > 1, so that a mean exists."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float:
        """The expected amount of a person nobody knows."""
        return self.p * self.v / (self.q - 1)

    def expected(self, count: Float64s, mean: Float64s) -> Float64s:
        """Return what an order of each person is worth on average, given `count` amounts seen of mean `mean`, [n] each.

        A mean of 0 or less (more given back than paid) tells nothing of what is ordered: it counts as never seen.
        """
        seen = np.where(mean > 0, count, 0.0)
        known: Float64s = self.p * (self.v + seen * np.maximum(mean, 0)) / (self.p * seen + self.q - 1)
        return known


def fit_gamma_gamma(count: Float64s, mean: Float64s, *, prior: float = 1.0) -> GammaGamma | None:
    """Fit by penalised maximum likelihood (prior 0: plain) to `count` > 0 amounts of mean `mean` of each person.

    People with a mean of 0 or less are left out. Returns None with fewer than ten others, or where the fitted mean is
    far from the one that was seen: the model is known to collapse.
    """
    use = np.flatnonzero((count > 0) & (mean > 0))
    use = use[:: max(1, -(-len(use) // MOST_FITTED))]
    if len(use) < LEAST_FITTED:
        return None
    x, scale = count[use], float(mean[use].mean())
    m = mean[use] / scale
    best = least_loss(
        lambda at: _loss(at, x, m, prior), [np.log([p, q - 1, v]) for p, q, v in ((6, 4, 2), (1, 2, 1), (3, 1.5, 0.3))]
    )
    if best is None:
        return None
    p, above, v = np.exp(best).tolist()
    fitted = GammaGamma(p, 1 + above, v * scale)
    ratio = float(fitted.expected(x, m * scale).mean()) / scale
    return fitted if LEAST_RATIO < ratio < MOST_RATIO else None


def _loss(at: Float64s, x: Float64s, m: Float64s, prior: float) -> tuple[float, Float64s]:
    """Return minus the penalised log-likelihood a person, and its slope along log p, log(q - 1) and log v."""
    p, above, v = np.exp(at).tolist()
    q, px = 1 + above, p * x
    total = np.log(v + m * x)
    likely = gammaln(px + q) - gammaln(px) - gammaln(q) + q * at[2] + (px - 1) * np.log(m) + px * np.log(x)
    likely = (likely - (px + q) * total).sum()
    slope = np.array([
        (x * (digamma(px + q) - digamma(px) + np.log(m) + np.log(x) - total)).sum(),
        (digamma(px + q) - digamma(q) + at[2] - total).sum(),
        (q / v - (px + q) / (v + m * x)).sum(),
    ])  # fmt: skip
    away = at / PRIOR_SPREAD
    value = -(likely - prior * (away**2).sum() / 2) / len(x)
    return value, -(slope * np.exp(at) - prior * away / PRIOR_SPREAD) / len(x)
