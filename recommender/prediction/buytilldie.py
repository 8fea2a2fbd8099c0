"""Buy till you die: how often people order while they are customers, and how soon they stop, from when they ordered.

BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24): while alive a person orders at a rate of their own (gamma);
after each further order they leave with a probability of their own (beta). MBG/NBD (Batislam, Denizel and Filiztekin
2007, IJRM 24): they may leave after the first order too, so a one-time buyer need not be alive. Orders of one day count
as one. Fitted by maximum likelihood in weeks, on the logarithms of the four parameters, which a weak normal prior
(as much as one more person would say) keeps from running away where a shop's data cannot tell.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv, betaln, digamma, expit, gammaln

from recommender.interactions import Float64s
from recommender.prediction.histories import Bools, Purchases
from recommender.prediction.likelihood import least_loss

WEEK = 7.0
PRIOR_SPREAD = 3.0  # of a logarithm: a factor of twenty either way is nothing unusual
MOST_FITTED = 10_000  # people; the parameters are sharp long before
LEAST_FITTED = 10  # people, of whom two came back
STARTS = ((0.5, 1.0, 1.0, 2.0), (0.2, 0.5, 0.3, 3.0), (1.0, 3.0, 0.1, 1.0))  # rate shape, rate scale (mean age), a, b


@dataclass(frozen=True)
class Rhythms:
    """What the timing of one shop's orders comes to: float64 [customer_count] each, in weeks.

    repeats: days with an order after the first. last: from the first order to the last. age: from the first to now.
    has_ordered: bool; the other numbers are 0 where it is False.
    """

    repeats: Float64s
    last: Float64s
    age: Float64s
    has_ordered: Bools


def rhythms(purchases: Purchases, now: float) -> Rhythms:
    """Sum up the orders before `now` (days since 1970-01-01)."""
    past = purchases.before(now)
    count = past.counts()
    whole = np.floor(past.day)
    is_new = np.ones(len(past), np.bool_)
    is_new[1:] = (past.customer[1:] != past.customer[:-1]) | (whole[1:] != whole[:-1])
    ends = np.cumsum(count)
    has, first_at, last_at = count > 0, ends - count, ends - 1
    days = np.bincount(past.customer[is_new], minlength=past.customer_count)
    last, age = np.zeros(past.customer_count), np.zeros(past.customer_count)
    first = past.day[first_at[has]]
    last[has] = np.where(days[has] > 1, past.day[last_at[has]] - first, 0.0) / WEEK
    age[has] = (now - first) / WEEK
    return Rhythms(np.where(has, days - 1.0, 0.0), last, age, has)


@dataclass(frozen=True)
class BuyTillDie:
    """A fitted BG/NBD, or with may_leave_at_once MBG/NBD. Rate ~ gamma(r, alpha weeks); leaving ~ beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    may_leave_at_once: bool

    def alive(self, people: Rhythms) -> Float64s:
        """Return the probability of still being a customer, float64 [customer_count]; 0 without any order."""
        return np.where(people.has_ordered, expit(-self._log_odds_gone(people)), 0.0)

    def none(self, people: Rhythms, horizon_days: float) -> Float64s:
        """Return the probability of no order in the horizon: gone already, or alive and waiting longer than that."""
        waits = np.exp(-(self.r + people.repeats) * np.log1p(horizon_days / WEEK / (self.alpha + people.age)))
        nothing: Float64s = 1 - self.alive(people) * (1 - waits)
        return nothing

    def expected(self, people: Rhythms, horizon_days: float) -> Float64s:
        """Return the expected days with an order in the horizon, float64 [customer_count].

        The integral over the probability of leaving is taken numerically (tanh-sinh, Takahasi and Mori 1974) and not by
        the hypergeometric function of the papers, which loses its digits for a near 1 and for hundreds of orders.
        """
        nodes, weights = _tanh_sinh()
        chances, which = np.unique(self._chances(people), return_inverse=True)
        leaving = np.maximum(betaincinv(self.a, self.b + chances[:, None], nodes), 1e-300)
        relative = horizon_days / WEEK / (self.alpha + people.age)
        total = np.zeros_like(relative)
        for node, weight in enumerate(weights):
            p = leaving[which, node]
            total += weight * -np.expm1(-(self.r + people.repeats) * np.log1p(p * relative)) / p
        return self.alive(people) * total

    def at_least(self, people: Rhythms, horizon_days: float, orders: Float64s) -> Float64s:
        """Return the probability of at least `orders` >= 1 (float64 [customer_count]) days with an order."""
        weeks = horizon_days / WEEK
        stays = self.b + self._chances(people)
        survives = np.exp(betaln(self.a, stays + orders - 1) - betaln(self.a, stays))
        enough = betainc(orders, self.r + people.repeats, weeks / (self.alpha + people.age + weeks))
        chance: Float64s = self.alive(people) * survives * enough
        return chance

    def _chances(self, people: Rhythms) -> Float64s:
        """How often each person could have left."""
        return people.repeats + self.may_leave_at_once

    def _log_odds_gone(self, people: Rhythms) -> Float64s:
        chances = self._chances(people)
        silence = np.log(self.alpha + people.age) - np.log(self.alpha + people.last)
        odds = np.log(self.a) - np.log(np.maximum(self.b + chances - 1, 1e-12))
        return np.where(chances > 0, odds + (self.r + people.repeats) * silence, -np.inf)


def fit_buy_till_die(people: Rhythms, *, may_leave_at_once: bool, prior: float = 1.0) -> BuyTillDie | None:
    """Fit by penalised maximum likelihood; prior 0 is plain maximum likelihood.

    Returns None where too few came back, or where no start led to a finite optimum.
    """
    rows = np.flatnonzero(people.has_ordered & (people.age > 0))
    if len(rows) < LEAST_FITTED or (people.repeats[rows] > 0).sum() < 2:
        return None
    rows = rows[:: -(-len(rows) // MOST_FITTED)]
    seen = Rhythms(people.repeats[rows], people.last[rows], people.age[rows], people.has_ordered[rows])
    scale = float(seen.age.mean())
    usual = np.log([1.0, scale, 1.0, 1.0])
    best = least_loss(
        lambda at: _loss(at, usual=usual, people=seen, at_once=may_leave_at_once, prior=prior),
        [np.log([r, alpha * scale, a, b]) for r, alpha, a, b in STARTS],
    )
    if best is None:
        return None
    r, alpha, a, b = np.exp(best).tolist()
    return BuyTillDie(r, alpha, a, b, may_leave_at_once)


def _loss(at: Float64s, *, usual: Float64s, people: Rhythms, at_once: bool, prior: float) -> tuple[float, Float64s]:
    """Return minus the penalised log-likelihood a person, and its slope along the logarithms of r, alpha, a, b."""
    r, alpha, a, b = np.exp(at).tolist()
    x = people.repeats
    orders, which, times = np.unique(x, return_inverse=True, return_counts=True)
    k = orders + at_once
    by_count = gammaln(r + orders) - gammaln(r) + r * at[1] + betaln(a, b + k) - betaln(a, b)
    log_age, log_last = np.log(alpha + people.age), np.log(alpha + people.last)
    odds = np.where(k > 0, at[2] - np.log(np.maximum(b + k - 1, 1e-300)), -np.inf)[which]
    stays, leaves = -(r + x) * log_age, odds - (r + x) * log_last
    both = np.logaddexp(stays, leaves)
    w = np.exp(stays - both)
    slope = np.array([
        (times * (digamma(r + orders) - digamma(r) + at[1])).sum() - (w * log_age + (1 - w) * log_last).sum(),
        len(x) * r / alpha - ((r + x) * (w / (alpha + people.age) + (1 - w) / (alpha + people.last))).sum(),
        (times * (digamma(a + b) - digamma(a + b + k))).sum() + (1 - w).sum() / a,
        (times * (digamma(b + k) - digamma(a + b + k) - digamma(b) + digamma(a + b))).sum()
        - np.where(k > 0, np.bincount(which, 1 - w) / np.maximum(b + k - 1, 1e-300), 0.0).sum(),
    ])  # fmt: skip
    away = (at - usual) / PRIOR_SPREAD
    likely = (times * by_count).sum() + both.sum() - prior * (away**2).sum() / 2
    return -likely / len(x), -(slope * np.exp(at) - prior * away / PRIOR_SPREAD) / len(x)


def _tanh_sinh() -> tuple[Float64s, Float64s]:
    """Return nodes and weights of a quadrature on (0, 1) that forgives steep ends."""
    t = np.arange(-24, 25) * 0.14
    bent = np.pi / 2 * np.sinh(t)
    weights = 0.14 * np.pi / 4 * np.cosh(t) / np.cosh(bent) ** 2
    nodes = expit(2 * bent)
    return nodes, weights / weights.sum()
