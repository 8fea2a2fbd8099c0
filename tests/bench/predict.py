"""Predictions of people on public data: `make bench-predict DATA=DIR [ONLY=churn]`. See `orders.py` for the data.

Each part is a module here called predict_* with a `run(data)` that prints its tables. Seeds are fixed.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tests.bench

PREFIX = "predict_"
BOOTSTRAPS = 1000


def parts() -> dict[str, Callable[[Path], None]]:
    """Find every part there is, by its name."""
    names = [one.name for one in pkgutil.iter_modules(tests.bench.__path__) if one.name.startswith(PREFIX)]
    return {name.removeprefix(PREFIX): importlib.import_module(f"tests.bench.{name}").run for name in names}


def interval(figure: Callable[[np.ndarray], float], people: int, *, seed: int = 1, draws: int = BOOTSTRAPS) -> str:
    """Write a figure of people, given by their places, with its 95 % interval by bootstrap over people."""
    chance = np.random.default_rng(seed)
    drawn = [figure(chance.integers(0, people, people)) for _ in range(draws)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{figure(np.arange(people)):.4f} ({low:.4f} to {high:.4f})"


def measure(data: Path, asked: list[str]) -> int:
    """Run what was asked for, or everything; say what there is where a name is unknown."""
    known = parts()
    unknown = [name for name in asked if name not in known]
    if unknown or not data.is_dir():
        print(f"Say `make bench-predict DATA=a folder [ONLY=part]`; the parts are {', '.join(known)}.")
        return 2
    for name in asked or known:
        print(f"\n## {name}\n", flush=True)
        known[name](data)
    return 0


if __name__ == "__main__":
    sys.exit(measure(Path(sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]))
