"""The WordPress plugin, without WordPress: its rules, its grammar, its sentences and its zip."""

import ast
import io
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from plugins.woocommerce.wordpress import build, words

HERE = Path(__file__).parent
PLUGIN = build.SOURCE
PHP_FILES = sorted(PLUGIN.rglob("*.php"))


def tool(name: str) -> str:
    """Return where a tool of PHP is. Missing ones are skipped by name; in CI that is a failure."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: .ci/run installs it")
        pytest.skip(f"{name} is not installed (apt install php-cli php-mbstring phpunit php-codesniffer)")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def zipped() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(build.build_zip()))


def header(name: str) -> str:
    found = re.search(rf"^ \* {name}: +(.+)$", (PLUGIN / f"{build.NAME}.php").read_text(), re.MULTILINE)
    assert found, name
    return found[1]


def test_every_file_is_php_that_php_can_read():
    php = tool("php")
    for path in PHP_FILES:
        run(php, "-d", "display_errors=1", "-l", str(path))


def test_the_plugins_own_rules_hold():
    tool("php")
    run(tool("phpunit"), "--bootstrap", "bootstrap.php", "--do-not-cache-result", "--fail-on-warning", ".")


def test_it_is_written_by_wordpress_coding_rules():
    tool("php")
    run(tool("phpcs"), "-s", "--report=full", "--standard=phpcs.xml", str(PLUGIN))


def test_no_file_can_be_opened_by_itself():
    guard = re.compile(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;")
    open_files = [str(path) for path in PHP_FILES if path.name != "index.php" and not guard.search(path.read_text())]

    assert open_files == []


def test_every_function_and_constant_bears_the_plugins_name():
    names = [
        name
        for path in PHP_FILES
        for name in re.findall(r"^(?:function|const|class)\s+&?(\w+)", path.read_text(), re.MULTILINE)
    ]

    assert [name for name in names if not name.lower().startswith("regulars_")] == []


def test_no_file_names_a_host_of_a_developer():
    loose = re.compile(r"localhost|127\.0\.0\.1|error_log\(|console\.log")
    files = [path for path in PLUGIN.rglob("*") if path.is_file()]

    assert [str(path) for path in files if loose.search(path.read_text())] == []


def test_every_file_it_requires_is_there():
    missing = [
        f"{path}: {wanted}"
        for path in PHP_FILES
        for wanted in re.findall(r"require_once __DIR__ \. '([^']+)'", path.read_text())
        if not (path.parent / wanted.lstrip("/")).is_file()
    ]

    assert missing == []


def test_the_version_is_the_same_everywhere():
    ours = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text())["project"]["version"]
    defined = [
        found
        for path in (PLUGIN / f"{build.NAME}.php", PLUGIN / "uninstall.php")
        for found in re.findall(r"define\( 'REGULARS_VERSION', '([^']+)' \)", path.read_text())
    ]
    stable = re.findall(r"^Stable tag: (.+)$", (PLUGIN / "readme.txt").read_text(), re.MULTILINE)

    assert {header("Version"), *defined, *stable} == {ours}
    assert len(defined) == 2


def test_the_header_says_what_the_directory_of_plugins_wants_to_know():
    readme = (PLUGIN / "readme.txt").read_text()

    assert header("Requires Plugins") == "woocommerce"
    assert header("License") == "GPL-2.0-or-later"
    assert header("Text Domain") == build.NAME
    for name in ("Requires at least", "Requires PHP"):
        assert f"\n{name}: {header(name)}\n" in readme
    short = readme.split("\n\n")[1]
    assert len(short) <= 150


def test_packing_twice_gives_the_same_bytes(tmp_path):
    shutil.copytree(PLUGIN, tmp_path / "copy")

    assert build.build_zip() == build.build_zip(tmp_path / "copy")


def test_the_zip_holds_the_plugin_under_its_name_and_nothing_of_a_working_copy(tmp_path):
    source = tmp_path / "copy"
    shutil.copytree(PLUGIN, source)
    for stray in (".env", "notes.md", "includes/x.php~", ".DS_Store", "debug.log"):
        (source / stray).write_text("mine")

    packed = zipfile.ZipFile(io.BytesIO(build.build_zip(source))).namelist()

    assert packed == zipped().namelist()
    assert all(name.startswith(f"{build.NAME}/") for name in packed)
    assert {f"{build.NAME}/{name}" for name in (f"{build.NAME}.php", "readme.txt", "uninstall.php")} <= set(packed)


def test_the_zip_brings_its_translations_ready_to_load():
    names = {Path(name).name for name in zipped().namelist()}

    assert {f"{build.NAME}-de_DE.mo", f"{build.NAME}-de_DE-{words.BLOCK_SCRIPT}.json", f"{build.NAME}.pot"} <= names


def test_every_sentence_is_in_the_catalogues_and_said_in_german():
    kept = read_po(io.BytesIO((PLUGIN / "languages" / f"{build.NAME}.pot").read_bytes()))
    german = read_po(io.BytesIO((PLUGIN / "languages" / f"{build.NAME}-de_DE.po").read_bytes()), locale="de_DE")
    found = {(one.words, one.context) for one in words.sentences()}

    assert found == {(str(one.id), one.context) for one in kept if one.id}, (
        "python -m plugins.woocommerce.wordpress.words"
    )
    assert sorted(text for text, context in found if not _said(german.get(text, context=context))) == []


def _said(message):
    """Tell whether a sentence is translated, with the same places for values."""
    places = re.compile(r"%(?:\d\$)?[sd]")
    return bool(message and message.string and places.findall(message.id) == places.findall(message.string))


def test_every_sentence_is_marked_as_the_plugins_own():
    loose = [
        f"{path.name}: {line.strip()}"
        for path in PHP_FILES
        for line in path.read_text().splitlines()
        if re.search(r"(?<![\w'])(?:esc_html__|esc_attr__|esc_html_e|__|_e)\(", line) and f"'{build.NAME}'" not in line
    ]

    assert loose == []


def test_the_packer_reads_nothing_when_it_is_imported():
    tree = ast.parse(Path(build.__file__).read_text())
    calls = [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]

    assert calls == []
