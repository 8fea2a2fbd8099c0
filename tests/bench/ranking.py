"""Rankers on the demo shop: quality by arm, seconds and peak memory next to bare LightFM, milliseconds a shelf.

Each measurement of memory runs in a process of its own, on the same arrays from a file, under a parent that stays small
(a child begins with its parent's peak). The test window is the last 30 days of the history.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.interactions import Interactions
from recommender.questions import ask
from recommender.ranking.factorization import COMPONENTS, EPOCHS, LEARNING_RATE
from recommender.ranking.stored import load_ranker, save_ranker
from recommender.train import fit_simple, train
from tests.bench.shop import load_shop

ROOT = Path(__file__).parents[2]
SHELF = 8


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        found = {step: _alone(step, folder) for step in STEPS}
    _print_quality(found["train"]["report"])
    _print_costs(found)
    _print_serving(found["serve"])


def step_write(folder: Path) -> dict[str, Any]:
    """Read the history and leave its arrays in the folder."""
    shop = load_shop()
    told = shop.interactions
    np.savez(folder / "shop.npz", **{name: getattr(told, name) for name in ("user", "item", "weight")},
             occurred_at=told.occurred_at, basket=told.basket, counts=[told.user_count, told.item_count])  # fmt: skip
    sp.save_npz(folder / "features.npz", sp.csr_matrix(shop.features))
    return {}


def _read(folder: Path) -> tuple[Interactions, sp.csr_array]:
    held = np.load(folder / "shop.npz")
    arrays = {name: held[name] for name in ("user", "item", "weight", "occurred_at", "basket")}
    users, items = held["counts"].tolist()
    return Interactions(**arrays, user_count=users, item_count=items), sp.csr_array(
        sp.load_npz(folder / "features.npz")
    )


def _alone(step: str, folder: str) -> dict[str, Any]:
    """Run one step in a process of its own and return what it prints."""
    print(f"... {step}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.bench.ranking", step, folder]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def step_arrays(_told: Interactions, _features: sp.csr_array) -> dict[str, Any]:
    """Do nothing: what reading the arrays costs everybody."""
    return {}


def step_bare(told: Interactions, features: sp.csr_array) -> dict[str, Any]:
    """Fit LightFM as its documentation does, once, on everything, with as many epochs as we use."""
    from lightfm import LightFM  # noqa: PLC0415 - the other steps must not pay for it

    bought = sp.coo_matrix(told.matrix())
    described = sp.csr_matrix(features)
    model = LightFM(no_components=COMPONENTS, loss="warp", learning_rate=LEARNING_RATE, random_state=1)
    model.fit(bought, item_features=described, epochs=EPOCHS, num_threads=2)
    return {}


def step_simple(told: Interactions, features: sp.csr_array) -> dict[str, Any]:
    """Fit the simple rules."""
    fit_simple(told, features)
    return {}


def step_train(folder: Path, told: Interactions, features: sp.csr_array) -> dict[str, Any]:
    """Train, judge and settle as the server does, and store the outcome."""
    trained = train(told, features)
    save_ranker(folder / "ranker", trained.arms, trained.weights)
    return {"report": trained.report, "reason": trained.reason}


def step_serve(folder: Path, told: Interactions) -> dict[str, Any]:
    """Answer the questions of the last month from the stored ranker, a shelf with reasons each."""
    started = time.perf_counter()
    stored = load_ranker(folder / "ranker")
    found: dict[str, Any] = {
        "load_ms": (time.perf_counter() - started) * 1000,
        "bytes": (folder / "ranker").stat().st_size,
    }
    end = int(told.occurred_at[-1]) + 1
    for purpose, blend in stored.blends.items():
        spent = []
        for question in ask(purpose, told, end - 30 * 86_400, end, seed=1)[:500]:
            forbidden = question.forbidden()
            begun = time.perf_counter()
            blend.rank(question.query, SHELF, forbidden)
            spent.append((time.perf_counter() - begun) * 1000)
        found[purpose] = np.quantile(spent, [0.5, 0.95]).tolist()
    return found


def _print_quality(report: dict[str, Any]) -> None:
    print("| task | ranker | nDCG@10 | recall@20 | hit rate@10 | coverage@10 |\n|---|---|---|---|---|---|")
    for told in report["purposes"].values():
        for one in told["quality"]:
            figures = (one[name] for name in ("ndcg_at_10", "recall_at_20", "hit_rate_at_10", "coverage_at_10"))
            print(f"| {one['task']} | {one['ranker']} | {' | '.join(f'{each:.4f}' for each in figures)} |")
    print("\n| purpose | candidate | against | difference | 95 % interval | people | passed |")
    print("|---|---|---|---|---|---|---|")
    for purpose, told in report["purposes"].items():
        for one in told["comparisons"]:
            interval = f"{one['low']:+.1%} to {one['high']:+.1%}"
            print(f"| {purpose} | {one['candidate']} | {one['rival']} | {one['difference']:+.1%} | {interval} "
                  f"| {one['people']} | {'yes' if one['is_passed'] else 'no'} |")  # fmt: skip
    print()
    for purpose, told in report["purposes"].items():
        print(f"- {purpose}: {told['sentence']} Weights: {told['weights']}. Each arm brings: {told['brings']}.")


def _print_costs(found: dict[str, Any]) -> None:
    bare = found["bare"]
    print("\n| | wall s | CPU s | CPU, ratio to bare LightFM | peak MB | peak, ratio |\n|---|---|---|---|---|---|")
    for step in ("arrays", "bare", "simple", "train"):
        one = found[step]
        print(f"| {step} | {one['seconds']:.1f} | {one['cpu']:.1f} | {one['cpu'] / bare['cpu']:.2f} "
              f"| {one['peak_mb']:.0f} | {one['peak_mb'] / bare['peak_mb']:.2f} |")  # fmt: skip
    print(f"\nSeconds of the training: {found['train']['report']['seconds']}")


def _print_serving(serve: dict[str, Any]) -> None:
    print(f"\nArtifact: {serve['bytes'] / 1e6:.1f} MB, mapped in {serve['load_ms']:.1f} ms; "
          f"process at its peak {serve['peak_mb']:.0f} MB.")  # fmt: skip
    for purpose in ("home", "product", "cart"):
        print(
            f"- a shelf of {SHELF} with reasons, {purpose}: {serve[purpose][0]:.2f} ms, p95 {serve[purpose][1]:.2f} ms"
        )


STEPS = {
    "write": step_write,
    "arrays": lambda folder: step_arrays(*_read(folder)),
    "bare": lambda folder: step_bare(*_read(folder)),
    "simple": lambda folder: step_simple(*_read(folder)),
    "train": lambda folder: step_train(folder, *_read(folder)),
    "serve": lambda folder: step_serve(folder, _read(folder)[0]),
}

if __name__ == "__main__":
    begun, cpu = time.perf_counter(), time.process_time()
    outcome = STEPS[sys.argv[1]](Path(sys.argv[2]))
    outcome |= {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**outcome, "peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10)}))
