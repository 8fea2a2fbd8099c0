"""The buy-till-you-die models recover the people they were drawn from and agree with the papers' own formulas."""

import numpy as np
import pytest
from scipy.special import hyp2f1

from recommender.prediction.buytilldie import WEEK, BuyTillDie, Rhythms, fit_buy_till_die, rhythms
from recommender.prediction.gammagamma import GammaGamma, fit_gamma_gamma
from recommender.prediction.histories import Purchases

PUBLISHED = BuyTillDie(0.2426, 4.4135, 0.7929, 2.4258, may_leave_at_once=False)  # CDNOW, Fader, Hardie and Lee 2005


def people(*rows):
    repeats, last, age = np.array(rows, float).T
    return Rhythms(repeats, last, age, np.ones(len(rows), bool))


def drawn(model, count, weeks, seed=5):
    """Draw people from the model and let them order for so many weeks."""
    rng = np.random.default_rng(seed)
    rates, leaving = rng.gamma(model.r, 1 / model.alpha, count), rng.beta(model.a, model.b, count)
    customer, day = [], []
    for one in range(count):
        at, is_alive = rng.uniform(0, 10), not (model.may_leave_at_once and rng.random() < leaving[one])
        customer.append(one)
        day.append(at * WEEK)
        while is_alive and (at := at + rng.exponential(1 / rates[one])) < weeks:
            customer.append(one)
            day.append(at * WEEK)
            is_alive = rng.random() >= leaving[one]
    return Purchases(np.array(customer), np.array(day), np.ones(len(day)), count)


TRUTHS = [
    BuyTillDie(0.8, 5.0, 0.8, 2.5, may_leave_at_once=False),
    BuyTillDie(1.2, 6.0, 0.9, 1.6, may_leave_at_once=True),
]


@pytest.mark.parametrize("truth", TRUTHS)
def test_parameters_of_drawn_people_are_found_again(truth):
    found = fit_buy_till_die(rhythms(drawn(truth, 6000, 60), 60 * WEEK), may_leave_at_once=truth.may_leave_at_once)
    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=0.2)


@pytest.mark.parametrize("truth", TRUTHS)
def test_what_drawn_people_do_later_is_what_was_expected(truth):
    whole, now, horizon = drawn(truth, 6000, 80), 60 * WEEK, 20 * WEEK
    seen = rhythms(whole, now)
    fitted = fit_buy_till_die(seen, may_leave_at_once=truth.may_leave_at_once)
    later = whole.between(now, now + horizon).counts()
    assert fitted.expected(seen, horizon).sum() == pytest.approx(later.sum(), rel=0.08)
    assert fitted.none(seen, horizon).mean() == pytest.approx((later == 0).mean(), abs=0.01)


def test_expected_orders_agree_with_the_hypergeometric_formula_of_the_paper():
    seen, t = people((2, 30.43, 38.86), (0, 0, 38.0), (12, 20.0, 30.0), (1, 3.0, 4.0)), 39.0
    r, alpha, a, b = PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b
    x, last, age = seen.repeats, seen.last, seen.age
    series = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    above = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * series)
    gone = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + x), 0)
    assert PUBLISHED.expected(seen, t * WEEK) == pytest.approx(above / (1 + gone), rel=1e-9)


def test_the_chance_of_no_order_is_one_minus_that_of_at_least_one_and_the_chances_add_up_to_the_expectation():
    seen = people((2, 30.43, 38.86), (0, 0, 38.0), (12, 20.0, 30.0))
    for model in (PUBLISHED, BuyTillDie(0.5, 6.2, 0.9, 1.6, may_leave_at_once=True)):
        chances = [model.at_least(seen, 90, np.full(3, float(n))) for n in range(1, 200)]
        assert model.none(seen, 90) == pytest.approx(1 - chances[0])
        assert model.expected(seen, 90) == pytest.approx(np.sum(chances, axis=0))


def test_only_the_second_model_doubts_that_a_one_time_buyer_is_alive():
    once = people((0, 0, 38.0))
    assert PUBLISHED.alive(once) == 1
    assert BuyTillDie(0.5, 6.2, 0.9, 1.6, may_leave_at_once=True).alive(once) < 0.7


def test_longer_silence_means_less_alive():
    alive = PUBLISHED.alive(people((5, 30, 31), (5, 30, 40), (5, 30, 90)))
    assert (np.diff(alive) < 0).all()


def test_a_wholesaler_of_thousands_of_orders_gets_finite_numbers():
    seen = people((9999, 1430.0, 1430.1), (3000, 400.0, 900.0))
    for model in (PUBLISHED, BuyTillDie(0.7, 9.4, 0.0001, 11.0, may_leave_at_once=True)):
        assert np.isfinite(model.expected(seen, 365)).all()
        assert ((model.none(seen, 365) >= 0) & (model.none(seen, 365) <= 1)).all()


def test_orders_of_one_day_count_once_and_later_ones_are_not_looked_at():
    seen = rhythms(Purchases([0, 0, 0, 1, 0], [0.1, 0.9, 7.3, 50.0, 40.0], np.ones(5), 3), now=14.5)
    assert seen.repeats.tolist() == [1, 0, 0]
    assert seen.last[0] == pytest.approx(7.2 / WEEK)
    assert seen.has_ordered.tolist() == [True, False, False]
    assert PUBLISHED.alive(seen)[1] == 0


@pytest.mark.parametrize("orders", [0, 1, 11])
def test_where_nobody_came_back_nothing_is_fitted(orders):
    once = Purchases(np.arange(orders), np.zeros(orders), np.ones(orders), orders)
    assert fit_buy_till_die(rhythms(once, 30.0), may_leave_at_once=True) is None


def test_people_of_whom_none_ever_leaves_do_not_make_the_fit_run_away():
    steady = Purchases(np.repeat(np.arange(60), 12), np.tile(np.arange(12) * WEEK, 60) + 0.01, np.ones(720), 60)
    seen = rhythms(steady, 12 * WEEK)
    fitted = fit_buy_till_die(seen, may_leave_at_once=False)
    assert fitted.expected(seen, 10 * WEEK) == pytest.approx(10, rel=0.15)


def test_amounts_of_drawn_people_lead_back_to_their_parameters():
    rng, truth = np.random.default_rng(3), GammaGamma(6.25, 3.74, 15.44)
    count = rng.integers(1, 8, 8000).astype(float)
    mean = rng.gamma(truth.p * count, 1 / rng.gamma(truth.q, 1 / truth.v, 8000)) / count
    found = fit_gamma_gamma(count, mean)
    assert (found.p, found.q, found.mean) == pytest.approx((truth.p, truth.q, truth.mean), rel=0.1)


def test_who_ordered_often_is_believed_and_who_never_did_gets_the_usual_amount():
    often, once, never = GammaGamma(6.25, 3.74, 15.44).expected(
        np.array([50.0, 1.0, 3.0]), np.array([100.0, 100.0, -5.0])
    )
    assert 95 < often < 100
    assert once < 90
    assert never == pytest.approx(GammaGamma(6.25, 3.74, 15.44).mean)


def test_amounts_that_tell_nothing_are_not_fitted():
    assert fit_gamma_gamma(np.ones(40), -np.ones(40)) is None
    assert fit_gamma_gamma(np.ones(3), np.ones(3)) is None


def test_equal_amounts_are_expected_again():
    found = fit_gamma_gamma(np.full(40, 3.0), np.full(40, 20.0))
    assert found.expected(np.array([3.0]), np.array([20.0])) == pytest.approx(20, rel=0.05)
