"""Which visits end in an order: on UCI's online shoppers, trained February to October, tested November and December.

The data (Sakar and others 2018) are public; the folder holds online_shoppers/online_shoppers_intention.csv. PageValues
is left out: it is computed from visits that ended in an order, and cannot be known in time. Ours chooses between its
curve and its trees by the worst month left out inside February to October. Then what one event of a visit costs.
"""

import csv
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from recommender.prediction.abandonment import fit_intent
from recommender.prediction.intent_methods import fit_logistic, fit_trees
from recommender.prediction.intent_predictor import Intent
from recommender.prediction.intent_trial import ranking
from recommender.prediction.session import FEATURES, Session, Visitor
from tests.bench.predict import interval

FILE = Path("online_shoppers/online_shoppers_intention.csv")
MONTHS = ("Feb", "Mar", "May", "June", "Jul", "Aug", "Sep", "Oct")
COUNTS = ("Administrative", "Informational", "ProductRelated")
FALLING = ("BounceRates", "ExitRates")
KINDS = ("VisitorType", "TrafficType", "OperatingSystems", "Browser", "Region")
LEAST = 60  # visits, for a kind of its own column

Method = Callable[[np.ndarray, np.ndarray], np.ndarray]  # who teaches and who is asked, bool [n] each, to log-odds


def run(data: Path) -> None:
    """Print both tables, or the second alone where the data are absent."""
    if (data / FILE).is_file():
        _shoppers(data / FILE)
    else:
        print(f"skipped: no {FILE}")
    _cost()


class _Visits:
    """The file as arrays, exact repetitions left out, so that none stands on both sides."""

    def __init__(self, path: Path) -> None:
        with path.open(newline="") as file:
            rows = [dict(one) for one in dict.fromkeys(tuple(row.items()) for row in csv.DictReader(file))]
        self.column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        self.month = self.column["Month"]
        self.outcome = np.char.upper(self.column["Revenue"]) == "TRUE"

    def number(self, name: str) -> np.ndarray:
        return self.column[name].astype(float)

    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Return columns, float64 [n, columns], and which way each can only move an order, int [columns]."""
        counts = [self.number(name) for name in COUNTS]
        seconds = [self.number(f"{name}_Duration") for name in COUNTS]
        rates = [np.log(self.number(name) + 1e-3) for name in FALLING]
        paces = [np.log1p(spent / np.maximum(count, 1)) for count, spent in zip(counts, seconds, strict=True)]
        others = [self.number("SpecialDay"), np.char.upper(self.column["Weekend"]) == "TRUE"]
        rising = [np.log1p(one) for one in counts + seconds]
        direction = [1] * len(rising) + [-1] * len(rates) + [0] * (len(paces) + len(others))
        return np.stack([*rising, *rates, *paces, *others], axis=1), np.array(direction, np.int32)

    def kinds(self, past: np.ndarray, least: int) -> np.ndarray:
        """Return one column for each kind that `past` saw at least so often."""
        told = []
        for name in KINDS:
            seen, counts = np.unique(self.column[name][past], return_counts=True)
            told += [self.column[name] == one for one in seen[counts >= least]]
        return np.stack(told, axis=1).astype(float)


def _ours(visits: _Visits) -> dict[str, Method]:
    table, direction = visits.counted()

    def columns(past: np.ndarray) -> np.ndarray:
        return np.concatenate([table, visits.kinds(past, LEAST)], axis=1)

    def curve(past: np.ndarray, asked: np.ndarray) -> np.ndarray:
        rows = columns(past)
        return fit_logistic(rows[past], visits.outcome[past], np.ones(past.sum())).predict(rows[asked])

    def trees(past: np.ndarray, asked: np.ndarray) -> np.ndarray:
        rows = columns(past)
        ways = np.r_[direction, np.zeros(rows.shape[1] - len(direction), np.int32)]
        kept = fit_trees(rows[past], visits.outcome[past], np.ones(past.sum()), direction=ways, seed=1)
        return kept.predict(rows[asked])

    return {"curve": curve, "trees held to directions": trees}


def _peers(visits: _Visits) -> dict[str, Method]:
    names = [f"{name}{end}" for name in COUNTS for end in ("", "_Duration")] + [*FALLING, "SpecialDay"]
    numbers = np.stack([visits.number(name) for name in names], axis=1)
    weekend = (np.char.upper(visits.column["Weekend"]) == "TRUE")[:, None].astype(float)
    codes = np.stack([np.unique(visits.column[name], return_inverse=True)[1] for name in KINDS], axis=1)

    def logistic(past: np.ndarray, asked: np.ndarray) -> np.ndarray:
        logs = np.log1p(np.concatenate([numbers, weekend], axis=1))
        logs = (logs - logs[past].mean(axis=0)) / logs[past].std(axis=0)
        rows = np.concatenate([logs, visits.kinds(past, 20)], axis=1)
        model = LogisticRegression(C=0.5, max_iter=3000).fit(rows[past], visits.outcome[past])
        return model.decision_function(rows[asked])

    def boosting(past: np.ndarray, asked: np.ndarray) -> np.ndarray:
        rows = np.concatenate([codes, numbers, weekend], axis=1)
        model = HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=150, max_leaf_nodes=15, min_samples_leaf=40, l2_regularization=5.0,
            random_state=7,
        )  # fmt: skip
        return model.fit(rows[past], visits.outcome[past]).decision_function(rows[asked])

    return {"logistic": logistic, "boosted trees": boosting}


def _shoppers(path: Path) -> None:
    visits = _Visits(path)
    past, asked = np.isin(visits.month, MONTHS), np.isin(visits.month, ("Nov", "Dec"))
    ours = _ours(visits)
    worst = {name: min(_left_out(visits, one, past, month) for month in MONTHS[1:]) for name, one in ours.items()}
    chosen = max(worst, key=lambda name: worst[name])
    print(f"ours is {chosen}; worst month left out: {', '.join(f'{name} {auc:.4f}' for name, auc in worst.items())}\n")
    told = {"ours": ours[chosen](past, asked)} | {name: one(past, asked) for name, one in _peers(visits).items()}
    ended = visits.outcome[asked]
    print(f"{len(ended):,} visits, {ended.mean():.1%} ended in an order; area under the curve, differences paired\n")
    for name, said in told.items():
        area = interval(lambda at, said=said: ranking(said[at], ended[at]), len(ended), draws=300)
        more = interval(
            lambda at, said=said: ranking(told["ours"][at], ended[at]) - ranking(said[at], ended[at]),
            len(ended),
            draws=300,
        )
        print(f"{name:14} {area:28} ours more by {more}" if name != "ours" else f"{name:14} {area}")


def _left_out(visits: _Visits, method: Method, past: np.ndarray, month: str) -> float:
    is_month = visits.month == month
    return ranking(method(past & ~is_month, is_month), visits.outcome[is_month]) or 0.0


def _cost() -> None:
    """Print what one event and one explanation cost, beside putting 100,000 numbers in order."""
    sort = _milliseconds(lambda: np.sort(np.random.default_rng(1).random(100_000)))
    print(f"\n{'':18} ms an event   of a sort   ms to explain")
    for is_both in (False, True):
        predictor = _learned(is_both=is_both)
        visit = Session().after("item_viewed", 5, 1)
        event = _milliseconds(
            lambda predictor=predictor, visit=visit: predictor.chance(
                visit.after("cart_added", 9, 1).features(9, Visitor())[None]
            )
        )
        why = _milliseconds(lambda predictor=predictor, visit=visit: predictor.why(visit.features(9, Visitor())))
        print(f"{predictor.name:18} {event:11.3f}   {event / sort:9.1%}   {why:13.3f}")
    print(f"{'sort of 100,000':18} {sort:11.3f}")


def _learned(*, is_both: bool) -> Intent:
    """Learn from made-up visits: orders follow from a cart and from orders before, or only from both at once."""
    chance = np.random.default_rng(1)
    rows = np.zeros((3000, len(FEATURES)))
    cart, before = (FEATURES.index(name) for name in ("cart_size", "prior_orders"))
    rows[:, [cart, before]] = chance.poisson(0.7, (3000, 2))
    has_cart, has_before = rows[:, cart] > 0, rows[:, before] > 0
    odds = (
        np.where(has_cart & has_before, 1.5, -2.5)
        if is_both
        else -3 + 1.5 * np.log1p(rows[:, cart]) + np.log1p(rows[:, before])
    )
    outcome = chance.random(3000) < 1 / (1 + np.exp(-odds))
    trained = fit_intent(rows, outcome, np.sort(chance.random(3000)) * 60, np.arange(3000), seed=1)
    assert isinstance(trained.predictor, Intent)
    return trained.predictor


def _milliseconds(work: Callable[[], object]) -> float:
    return min(timeit.repeat(work, number=50, repeat=5)) / 50 * 1000
