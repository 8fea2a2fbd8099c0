"""What a merchant installs into the theme, and the pixel: held by our checks, and by Shopify's own where Node is."""

import gzip
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from plugins.shopify.app_files import PLACEHOLDER, SOURCE

THEME, PIXEL = SOURCE / "regulars-theme", SOURCE / "regulars-pixel"
BLOCKS = sorted((THEME / "blocks").glob("*.liquid"))
SCRIPTS = [THEME / "assets" / "regulars.js", PIXEL / "src" / "index.js"]
SCHEMA = re.compile(r"{% schema %}(.*){% endschema %}", re.DOTALL)
MOST_SCRIPT_BYTES = 10_000
MISSING = "npm ci --prefix plugins/shopify/extension installs Shopify's checks"


def read_locale(name):
    return json.loads((THEME / "locales" / f"{name}.json").read_text())


def keys(tree, path=""):
    return {path} if isinstance(tree, str) else {one for name in tree for one in keys(tree[name], f"{path}.{name}")}


@pytest.fixture
def node():
    """Run a command of the extension's development tools; skipped by name without them, a failure in CI."""
    if not (SOURCE / "node_modules").is_dir() or shutil.which("node") is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)

    def run(*command):
        return subprocess.run(["node", *command], cwd=SOURCE, capture_output=True, text=True, check=False, timeout=120)

    return run


def test_there_is_a_block_for_each_page_and_one_for_all():
    schemas = {path.stem: json.loads(SCHEMA.findall(path.read_text())[0]) for path in BLOCKS}

    targets = {name: (told["target"], told.get("enabled_on", {}).get("templates")) for name, told in schemas.items()}
    assert targets == {
        "product": ("section", ["product"]),
        "cart": ("section", ["cart"]),
        "home": ("section", ["index"]),
        "collection": ("section", ["collection"]),
        "embed": ("body", None),
    }


def test_shopifys_theme_check_finds_nothing(node):
    done = node("checks/theme_check.mjs")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["files"] >= len(BLOCKS) + 6
    assert told["found"] == []


@pytest.mark.parametrize("project", ["theme", "pixel", "admin"])
def test_the_scripts_hold_to_shopifys_types(node, project):
    done = node("node_modules/typescript/bin/tsc", "--project", f"checks/{project}.json")

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("kind", ["", ".schema"])
def test_german_says_all_that_english_says(kind):
    assert keys(read_locale(f"de{kind}")) == keys(read_locale(f"en.default{kind}"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_small_names_no_host_and_runs_no_strings(script):
    text = script.read_text()

    assert len(gzip.compress(text.encode(), 9)) <= MOST_SCRIPT_BYTES
    assert re.findall(r"https?://\w", text) == []
    assert not [danger for danger in ("innerHTML", "document.write", "eval(", "console.") if danger in text]


def test_only_the_placeholder_stands_for_our_address():
    named = {
        host
        for path in THEME.rglob("*.*")
        for host in re.findall(rb"https?://[\w.]+", path.read_bytes())
    }  # fmt: skip

    assert named == {PLACEHOLDER}


def test_the_pixel_is_strict_and_loads_only_where_the_shopper_allowed_it():
    told = tomllib.loads((PIXEL / "shopify.extension.toml").read_text())

    assert told["runtime_context"] == "strict"
    assert told["customer_privacy"] == {
        "analytics": True,
        "marketing": False,
        "preferences": True,
        "sale_of_data": "disabled",
    }
    assert list(told["settings"]["fields"]) == ["engine"]


def test_the_lock_of_the_development_tools_names_no_host():
    assert "://" not in Path(SOURCE / "package-lock.json").read_text()
