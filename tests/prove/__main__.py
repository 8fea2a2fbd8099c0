"""Run one proof by its name: `python -m tests.prove messages --journeys 20000 --seed 1`."""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence

import tests.prove


def proofs() -> dict[str, Callable[[Sequence[str]], int]]:
    """Find every module of this package that has a `main(arguments)`."""
    names = [one.name for one in pkgutil.iter_modules(tests.prove.__path__) if not one.name.startswith(("_", "test_"))]
    modules = {name: importlib.import_module(f"tests.prove.{name}") for name in names}
    return {name: module.main for name, module in modules.items() if hasattr(module, "main")}


def main(asked: Sequence[str]) -> int:
    """Run the proof that was asked for; say which there are where the name is unknown."""
    known = proofs()
    if not asked or asked[0] not in known:
        print(f"Say which proof: {', '.join(known)}.")
        return 2
    return known[asked[0]](asked[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
