"""What people spend within 90 days: ours beside the usual ways, by person, in sum, by order and by fifths of people."""

from pathlib import Path

import numpy as np

from recommender.prediction.lifetime import fit_lifetime
from recommender.prediction.lifetime_figures import figures, peers
from recommender.prediction.predictor import Kind
from tests.bench.orders import HORIZON, History, histories
from tests.bench.predict import interval


def run(data: Path) -> None:
    """Print a table for each history."""
    for history in histories(data):
        _judge(history)


def _judge(history: History) -> None:
    past = history.purchases.before(history.now)
    known = past.counts() > 0
    later = history.purchases.between(history.now, history.now + HORIZON)
    came = np.maximum(later.spent()[known], 0.0)
    trained = fit_lifetime(past, history.now, seed=1)[Kind.VALUE_90]
    if trained.predictor is None:
        print(f"{history.name}: {trained.sentence}")
        return
    told = trained.predictor.predict(past, history.now)
    inside = (told.low[known] <= came) & (came <= told.high[known])
    print(f"\n{history.name}: {len(came):,} people; ours is {trained.predictor.name}, and its 80 % interval")
    print(f"held {interval(lambda at: float(inside[at].mean()), len(inside))}\n")
    print(f"{'':20} {'mean absolute error':32} {'told / came':12} {'Gini':8} told / came by fifth, least told first")
    everyone = {"ours": told.value[known], **peers(past, history.now, HORIZON, seed=1)}
    for name, value in everyone.items():
        off, one = np.abs(value - came), figures(value, came)
        error = interval(lambda at, off=off: float(off[at].mean()), len(off))
        print(f"{name:20} {error:32} {one['ratio']:<12} {one['gini']:<8} {one['by_fifth']}")
