"""What learning who will not order again costs: 100,000 customers and a million orders, made up, in a process alone."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from recommender.prediction.churn import fit_churn
from recommender.prediction.histories import Purchases

ROOT = Path(__file__).parents[2]
CUSTOMERS, ORDERS, DAYS, NOW = 100_000, 1_000_000, 730, 20_000.0


def run(_data: Path) -> None:
    """Print seconds and the peak of memory, of making the orders alone and of learning from them too."""
    for step in ("orders", "learn"):
        command = [sys.executable, "-m", "tests.bench.predict_cost", step]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout)
        print(f"{step:8} {told['seconds']:6.1f} s   {told['megabytes']:6.0f} MB   {told['said']}")


def _orders() -> Purchases:
    chance = np.random.default_rng(1)
    share = chance.gamma(0.6, size=CUSTOMERS)
    customer = np.sort(chance.choice(CUSTOMERS, ORDERS, p=share / share.sum()))
    start = NOW - DAYS * chance.random(CUSTOMERS)
    stay = chance.exponential(200.0, CUSTOMERS)
    day = start[customer] + chance.random(ORDERS) * np.minimum(stay, NOW - start)[customer]
    return Purchases(customer, day, 10 + 40 * chance.random(ORDERS), CUSTOMERS)


def _step(name: str) -> None:
    begun = time.perf_counter()
    orders = _orders()
    said = f"{len(orders):,} orders"
    if name == "learn":
        begun = time.perf_counter()
        trained = fit_churn(orders, NOW, horizon_days=90.0, seed=1)
        told = time.perf_counter()
        trained.predictor.predict(orders, NOW)
        said = f"{trained.report['serves']}; {CUSTOMERS:,} people told in {time.perf_counter() - told:.1f} s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - begun, "megabytes": peak, "said": said}))


if __name__ == "__main__":
    _step(sys.argv[1])
