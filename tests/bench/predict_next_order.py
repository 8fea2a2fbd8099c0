"""In how many days people order next, who did within 90: ours beside the mean gap of the person and of the shop."""

from pathlib import Path

import numpy as np

from recommender.prediction.next_order import fit_next_order, next_order_rules
from tests.bench.orders import HORIZON, History, histories
from tests.bench.predict import interval


def run(data: Path) -> None:
    """Print a table for each history."""
    for history in histories(data):
        _judge(history)


def _judge(history: History) -> None:
    past = history.purchases.before(history.now)
    later = history.purchases.between(history.now, history.now + HORIZON)
    wait = np.full(past.customer_count, np.inf)
    np.minimum.at(wait, later.customer, later.day - history.now)
    back = (past.counts() > 0) & np.isfinite(wait)
    trained = fit_next_order(past, history.now, window_days=HORIZON, seed=1)
    if trained.predictor is None:
        print(f"{history.name}: {trained.sentence}")
        return
    told = trained.predictor.predict(past, history.now)
    inside = ((wait >= told.low) & (wait <= told.high))[back]
    print(f"\n{history.name}: {back.sum():,} people did order; ours is {trained.predictor.name}, and its 80 % interval")
    print(f"held {interval(lambda at: float(inside[at].mean()), len(inside))}\n")
    print(f"{'':12} {'median error, days':32} mean error, days")
    for name, days in {"ours": told.value, **next_order_rules(past, history.now)}.items():
        off = np.abs(days[back] - wait[back])
        median = interval(lambda at, off=off: float(np.median(off[at])), len(off))
        print(f"{name:12} {median:32} {interval(lambda at, off=off: float(off[at].mean()), len(off))}")
