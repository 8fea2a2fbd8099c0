"""The house tests itself: arrows, sizes, doorplates, words, and what a process may load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILDINGS = ("app", "plugins", "recommender")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
TOP_LEVEL = {
    "app", "plugins", "recommender", "tests", "migrations", "Procfile", "pyproject.toml", "README.md",
    "requirements.lock", "Makefile", "CHANGELOG.md", "LICENSE",
}  # fmt: skip
FORBIDDEN_NAMES = ("util", "helper", "common", "misc", "manager")
LOOSE_WORDS = ("TODO", "FIXME", "XXX")


def modules() -> list[Path]:
    return [path for building in BUILDINGS for path in sorted((ROOT / building).rglob("*.py"))]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.splitlines()


def test_only_what_is_drawn_stands_at_the_top():
    found = {name.split("/")[0] for name in tracked()}

    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_no_module_is_longer_than_two():
    assert {str(path): n for path in modules() if (n := len(path.read_text().splitlines())) > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_the_wall():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules()
        for node in functions(ast.parse(path.read_text()))
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


def test_every_module_says_what_it_is_and_every_package_has_a_doorplate():
    silent = [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]

    assert silent == []


def test_a_package_of_python_has_an_init():
    bare = {str(path.parent.relative_to(ROOT)) for path in modules() if not (path.parent / "__init__.py").exists()}

    assert bare == set()


def test_no_drawer_is_called_utils():
    names = [
        str(path.relative_to(ROOT)) for path in modules() if any(word in path.stem.lower() for word in FORBIDDEN_NAMES)
    ]

    assert names == []


def test_every_public_function_of_the_mathematics_is_described():
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sorted((ROOT / "recommender").rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nothing_is_left_for_later_in_a_comment():
    marks = [
        f"{path.relative_to(ROOT)}: {word}" for path in modules() for word in LOOSE_WORDS if word in path.read_text()
    ]

    assert marks == []


def test_the_lock_names_no_host():
    assert "http" not in (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize("module", ["app.web", "app.jobs.clock", "app.jobs.deliveries", "recommender.ranking"])
def test_only_whoever_fits_loads_what_fits(module):
    loaded = "any(name in sys.modules for name in ('lightfm', 'sklearn', 'scipy.stats', 'pyarrow'))"
    code = f"import sys, {module}; sys.exit({loaded})"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("building", BUILDINGS)
def test_importing_a_building_reads_no_file_and_opens_no_connection(building):
    code = f"""
import sys
def hook(event, args):
    if event == "socket.connect" or (event == "open" and "w" in str(args[1] or "")):
        sys.exit(f"{{event}} {{args}}")
sys.dont_write_bytecode = True
sys.addaudithook(hook)
import {building}
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
