"""Run benchmarks by name, or all of them: `python -m tests.bench [name...]`."""

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable

import tests.bench


def benchmarks() -> dict[str, Callable[[], None]]:
    """Find every module of this package that has a `main()`."""
    names = [one.name for one in pkgutil.iter_modules(tests.bench.__path__) if not one.name.startswith("_")]
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    return {name: module.main for name, module in modules.items() if hasattr(module, "main")}


def main(asked: list[str]) -> int:
    """Run what was asked for; say what there is where a name is unknown."""
    known = benchmarks()
    unknown = [name for name in asked if name not in known]
    if unknown:
        print(f"There is no benchmark called {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    for name in asked or known:
        started = time.perf_counter()
        print(f"\n## {name}\n", flush=True)
        known[name]()
        print(f"\n({name} took {time.perf_counter() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
