"""Who will not order within 90 days: ours beside single methods, on whole data sets and small shops cut from them."""

from pathlib import Path

import numpy as np
from scipy.special import expit

from recommender.prediction.buytilldie import fit_buy_till_die, rhythms
from recommender.prediction.calibration import calibration_error
from recommender.prediction.churn import fit_churn
from recommender.prediction.churn_methods import Logistic, fit_rfm
from recommender.prediction.churn_predictor import RECENCY, RFM_LOGISTIC, TREES
from recommender.prediction.churn_trial import area, learn, snapshots_before
from recommender.prediction.features import features_at
from recommender.prediction.histories import Purchases
from tests.bench.orders import HORIZON, History, histories
from tests.bench.predict import interval

SIZES = (50, 100, 250, 500)
SEEDS = 5
PEERS = {"recency rule": RECENCY, "RFM, held back": RFM_LOGISTIC, "boosted trees": TREES}
PLAIN = ("recency rule", "RFM, held back", "RFM logistic")


def run(data: Path) -> None:
    """Print both tables."""
    for history in histories(data):
        _whole(history)
        _small(history)


def _answers(history: History, *, seed: int, has_peers: bool = True) -> tuple[dict[str, np.ndarray], np.ndarray, str]:
    """Return what each way says of everybody who bought before, and who did not order again."""
    past = history.purchases.before(history.now)
    known = past.counts() > 0
    gone = history.purchases.between(history.now, history.now + HORIZON).counts()[known] == 0
    trained = fit_churn(past, history.now, horizon_days=HORIZON, seed=seed)
    if trained.predictor is None:
        return {}, gone, trained.outcome
    told = {"ours": trained.predictor.predict(past, history.now).value[known]}
    methods = learn(past, history.now, HORIZON, seed=seed)
    for name, one in PEERS.items():
        if one in methods:
            told[name] = methods[one].predict(past, history.now).value[known]
    told["RFM logistic"] = expit(_plain_rfm(past, history.now).log_odds(features_at(past, history.now).table))
    people = rhythms(past, history.now)
    fitted = fit_buy_till_die(people, may_leave_at_once=False) if has_peers else None
    if fitted is not None:
        told["BG/NBD"] = fitted.none(people, HORIZON)[known]
    return told, gone, trained.predictor.name


def _plain_rfm(past: Purchases, now: float) -> Logistic:
    """Fit RFM logistic regression as everybody does, on the same earlier days."""
    days = snapshots_before(past, now, HORIZON)
    table, gone = (np.concatenate([getattr(one, name) for one in days]) for name in ("table", "is_gone"))
    return fit_rfm(table, gone, strength=1.0)


def _whole(history: History) -> None:
    told, gone, method = _answers(history, seed=1)
    people = len(gone)
    print(f"\n{history.name}: {people:,} people, {gone.mean():.1%} did not order; ours is {method}\n")
    print(f"{'':16} {'AUC':28} {'Brier':28} ECE")
    for name, said in told.items():
        auc = interval(lambda at, said=said: area(said[at], gone[at]), people, draws=200)
        brier = interval(lambda at, said=said: float(((said[at] - gone[at]) ** 2).mean()), people)
        print(f"{name:16} {auc:28} {brier:28} {calibration_error(said, gone):.4f}")
    print("\nours minus the other, AUC and Brier, paired over people:")
    mine = (told["ours"] - gone) ** 2
    for name in [one for one in told if one != "ours"]:
        auc = interval(
            lambda at, name=name: area(told["ours"][at], gone[at]) - area(told[name][at], gone[at]), people, draws=200
        )
        off = mine - (told[name] - gone) ** 2
        print(f"{name:16} {auc:28} {interval(lambda at, off=off: float(off[at].mean()), people)}")


def _small(history: History) -> None:
    """Cut small shops from a large one, and hold ours to the best of the plain rules, pooled over the cuts."""
    print(f"\n{history.name}, small shops: Brier over {SEEDS} cuts; ours minus the best plain rule, paired\n")
    print(f"{'people':7} " + " ".join(f"{one:14}" for one in ("ours", *PLAIN, "difference")) + f"{'':19}serves")
    bought = np.flatnonzero(history.purchases.before(history.now).counts() > 0)
    for size in SIZES:
        losses, served = [], []
        for seed in range(SEEDS):
            some = np.random.default_rng(seed).choice(bought, size, replace=False)
            told, gone, method = _answers(history.only(some), seed=1, has_peers=False)
            served.append(method.removeprefix("churn_"))
            if told:
                losses.append(np.stack([(told[one] - gone) ** 2 for one in ("ours", *PLAIN)]))
        if not losses:
            print(f"{size:<7} nothing can be said yet")
            continue
        pooled = np.concatenate(losses, axis=1)
        mean = pooled.mean(axis=1)
        off = pooled[0] - pooled[1 + int(mean[1:].argmin())]
        difference = interval(lambda at, off=off: float(off[at].mean()), len(off))
        figures = " ".join(f"{one:<14.4f}" for one in mean)
        print(f"{size:<7} {figures} {difference:32} {', '.join(served)}")
