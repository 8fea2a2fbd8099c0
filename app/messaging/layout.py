"""Our own layout: MJML that becomes HTML once in a process; for each recipient only its placeholders are filled.

Nothing is fetched from anywhere, neither here nor, but for the pictures of items, by whoever reads the letter.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import mrml
from css_inline import CSSInliner
from liquid import BoundTemplate, Environment, StrictUndefined

FOLDER = Path(__file__).parent / "templates"
# Loops travel through the HTML tools as comments, which are left where they stand even inside tables.
FILLING = "\u200c\u00a0" * 80  # after the preview line, so that an inbox does not go on with the letter's first words
TAG = re.compile(r"<!--%\s*(.*?)\s*%-->", re.DOTALL)


def write_html(values: Mapping[str, object]) -> str:
    """Fill the layout; every value is escaped."""
    return _html().render(**values)


def write_plain(values: Mapping[str, object]) -> str:
    """Write the same content as plain text."""
    return _plain().render(**values).strip() + "\n"


@lru_cache(maxsize=1)
def _html() -> BoundTemplate:
    source = (FOLDER / "letter.mjml").read_text()
    told = mrml.to_html(source, render_options=mrml.RenderOptions(fonts={}))
    inlined = CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False).inline(told.content)
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(
        TAG.sub(r"{% \1 %}", inlined).replace("FILLING", FILLING)
    )


@lru_cache(maxsize=1)
def _plain() -> BoundTemplate:
    return Environment(undefined=StrictUndefined).from_string((FOLDER / "letter.txt").read_text())
