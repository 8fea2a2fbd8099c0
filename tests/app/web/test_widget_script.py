"""widget.js as a file: small, and nothing in it that a strict page would refuse."""

import gzip
import re
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "app" / "web" / "static" / "widget.js"
MOST_BYTES = 4096


def test_the_script_is_four_kilobytes_at_most():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= MOST_BYTES


@pytest.mark.parametrize("danger", ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("])
def test_nothing_is_parsed_as_markup_or_code(danger: str):
    assert danger not in SCRIPT.read_text()


def test_no_host_is_named():
    assert re.findall(r"https?://\w", SCRIPT.read_text()) == []


def test_nothing_is_said_in_the_console():
    assert "console." not in SCRIPT.read_text()
