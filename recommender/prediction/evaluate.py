"""Judge a predictor on any file of transactions: `python -m recommender.prediction.evaluate --transactions FILE ...`.

What lies before the cut-off is learned from, as if it were that day; what lies in the horizon after it only judges.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from recommender.errors import RecommenderError, Unreadable
from recommender.interactions import Float64s
from recommender.prediction.buytilldie import fit_buy_till_die, rhythms
from recommender.prediction.calibration import calibration_error, reliability
from recommender.prediction.churn import fit_churn
from recommender.prediction.churn_predictor import RECENCY, RFM_LOGISTIC, TREES
from recommender.prediction.churn_trial import area, learn
from recommender.prediction.histories import Bools, Purchases
from recommender.prediction.lifetime import fit_lifetime
from recommender.prediction.lifetime_bounds import SAID
from recommender.prediction.lifetime_figures import figures, peers
from recommender.prediction.next_order import fit_next_order, next_order_rules
from recommender.prediction.predictor import Kind
from recommender.prediction.transactions import SECONDS_A_DAY, Transactions, read_transactions

SEED = 1


@dataclass(frozen=True)
class Trial:
    """One file, cut in time. history: strictly before `now`. later: [now, now + horizon), for judging alone.

    known: bool [customers], who bought before `now` and is asked about. now, horizon: days.
    """

    transactions: Transactions
    history: Purchases
    later: Purchases
    known: Bools
    now: float
    horizon: float


Task = Callable[[Trial], dict[str, Any]]


def judge_next_order(trial: Trial) -> dict[str, Any]:
    """Tell dates at the cut-off and return how far off they were, in days, for who ordered within the horizon.

    Everybody who ordered judges, also who had been told no date: what is usual in the shop was then said of them.
    """
    trained = fit_next_order(trial.history, trial.now, window_days=trial.horizon, seed=SEED)
    soonest = np.full(trial.history.customer_count, np.inf)
    np.minimum.at(soonest, trial.later.customer, trial.later.day - trial.now)
    is_back = trial.known & np.isfinite(soonest)
    told: dict[str, Any] = {"outcome": trained.outcome, "sentence": trained.sentence, "judges": int(is_back.sum())}
    if trained.predictor is None or not is_back.any():
        return told
    rules = next_order_rules(trial.history, trial.now)
    estimate = trained.predictor.predict(trial.history, trial.now)
    wait, is_known = soonest[is_back], estimate.is_known
    off = {name: np.abs(days[is_back] - wait) for name, days in {"ours": estimate.value, **rules}.items()}
    inside = (wait >= estimate.low[is_back]) & (wait <= estimate.high[is_back])
    return told | {
        "serves": trained.predictor.name,
        "median_error_days": {name: round(float(np.median(each)), 3) for name, each in off.items()},
        "mean_error_days": {name: round(float(each.mean()), 3) for name, each in off.items()},
        "interval": {"said": 0.8, "happened": round(float(inside.mean()), 4)},
        "told_no_date": int((trial.known & ~is_known).sum()),
        "told_no_date_but_ordered": int((is_back & ~is_known).sum()),
        "did_not_order": int((trial.known & ~is_back).sum()),
    }


def judge_churn(trial: Trial) -> dict[str, Any]:
    """Tell at the cut-off who will not order within the horizon, and return how right that was, beside plainer ways."""
    trained = fit_churn(trial.history, trial.now, horizon_days=trial.horizon, seed=SEED)
    gone = trial.later.counts()[trial.known] == 0
    told: dict[str, Any] = {"outcome": trained.outcome, "sentence": trained.sentence, "people": len(gone)}
    if trained.predictor is None:
        return told
    said = trained.predictor.predict(trial.history, trial.now).value[trial.known]
    return told | {
        "did_not_order": int(gone.sum()),
        "method": trained.predictor.name,
        **_figures(said, gone),
        "reliability": reliability(said, gone),
        "baselines": {name: _figures(each, gone) for name, each in _plainer(trial).items()},
    }


def _plainer(trial: Trial) -> dict[str, Float64s]:
    """Return what single methods say, uncalibrated, of everybody who is known: float64 [people] each, by name."""
    methods = learn(trial.history, trial.now, trial.horizon, seed=SEED)
    names = {"recency_rule": RECENCY, "rfm_logistic": RFM_LOGISTIC, "boosted_trees": TREES}
    told = {
        name: methods[one].predict(trial.history, trial.now).value[trial.known]
        for name, one in names.items()
        if one in methods
    }
    people = rhythms(trial.history, trial.now)
    fitted = fit_buy_till_die(people, may_leave_at_once=False)
    if fitted is not None:
        told["bg_nbd"] = fitted.none(people, trial.horizon)[trial.known]
    return told


def _figures(said: Float64s, happened: Bools) -> dict[str, float]:
    return {
        "auc": round(area(said, happened), 4),
        "brier": round(float(((said - happened) ** 2).mean()), 4),
        "ece": round(calibration_error(said, happened), 4),
    }


def judge_lifetime(trial: Trial) -> dict[str, Any]:
    """Tell at the cut-off what everybody will spend within the horizon, 90 or 365 days, and return how far off it was.

    Raises Unreadable for another horizon.
    """
    kinds = {90.0: Kind.VALUE_90, 365.0: Kind.VALUE_365}
    if trial.horizon not in kinds:
        raise Unreadable(f"Money to come is told for 90 or 365 days, not for {trial.horizon:g}. Choose one of them.")
    trained = fit_lifetime(trial.history, trial.now, seed=SEED)[kinds[trial.horizon]]
    came = np.maximum(trial.later.spent()[trial.known], 0.0)
    told: dict[str, Any] = {"outcome": trained.outcome, "sentence": trained.sentence, "people": len(came)}
    if trained.predictor is None:
        return told
    estimate = trained.predictor.predict(trial.history, trial.now)
    is_inside = (estimate.low[trial.known] <= came) & (came <= estimate.high[trial.known])
    plainer = peers(trial.history, trial.now, trial.horizon, seed=SEED)
    return told | {
        "method": trained.predictor.name,
        **figures(estimate.value[trial.known], came),
        "coverage": {"said": SAID, "happened": round(float(is_inside.mean()), 4)},
        "baselines": {name: figures(each, came) for name, each in plainer.items()},
    }


TASKS: Mapping[str, Task] = {"churn": judge_churn, "lifetime": judge_lifetime, "next_order": judge_next_order}
"""Each task returns JSON-able figures of the people it judged."""


def trial_of(path: Path, cutoff: float, horizon: float) -> Trial:
    """Read a file and cut it at `cutoff` (days since 1970-01-01). Raises Unreadable where there is nothing to judge."""
    read = read_transactions(path, cutoff)
    history, later = read.purchases.before(cutoff), read.purchases.between(cutoff, cutoff + horizon)
    if not len(history):
        raise Unreadable(f"Nobody bought before the cut-off; orders begin on {_date(read.purchases.day.min())}.")
    last = read.purchases.day.max()
    if last < cutoff:
        raise Unreadable(f"Nothing happens after the cut-off; orders end on {_date(last)}. Choose an earlier cut-off.")
    return Trial(read, history, later, history.counts() > 0, cutoff, horizon)


def evaluate(task: str, trial: Trial) -> dict[str, Any]:
    """Run one task and put what was read before its figures. All of it is plain JSON."""
    last = float(trial.transactions.purchases.day.max())
    return {
        "task": task,
        "cutoff": _date(trial.now),
        "horizon_days": trial.horizon,
        "customers": int(trial.known.sum()),
        "orders_before": len(trial.history),
        "orders_after": len(trial.later),
        "rows_without_customer": trial.transactions.without_customer,
        "returns": trial.transactions.returns,
        "is_horizon_complete": bool(np.floor(last) + 1 >= trial.now + trial.horizon),
        **TASKS[task](trial),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from a terminal: 0 and the figures, or 2 and a sentence saying what to change."""
    asked = _parser().parse_args(arguments)
    try:
        told = evaluate(asked.task, trial_of(asked.transactions, asked.cutoff, asked.horizon))
    except RecommenderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(told, indent=None if asked.json else 2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recommender.prediction.evaluate", description=__doc__)
    parser.add_argument("--transactions", type=Path, required=True, metavar="FILE", help="CSV or Parquet: see README")
    parser.add_argument("--task", choices=sorted(TASKS), required=True)
    parser.add_argument("--cutoff", type=_day, required=True, metavar="DATE", help="learn from what lies before it")
    parser.add_argument("--horizon", type=_horizon, default=90.0, metavar="DAYS", help="how far to look ahead (90)")
    parser.add_argument("--json", action="store_true", help="one line of JSON for programs")
    return parser


def _day(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2024-05-31") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / SECONDS_A_DAY


def _horizon(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 3650")
    return days


def _date(day: float) -> str:
    return datetime.fromtimestamp(day * SECONDS_A_DAY, UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
