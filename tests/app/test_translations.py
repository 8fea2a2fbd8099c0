"""Everything a shopper reads is said in German too: letters, the shelf, pages behind links, and their own page."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app import translations

APP = Path(translations.__file__).parents[1]
KEYWORDS = {"_": None, "_n": (1, 2), "gettext": None, "ngettext": (1, 2), "N_": None}
PLACES = {
    "serving/words.py": 8,
    "messaging/words.py": 7,
    "web/words.py": 6,
    "web/email_link_words.py": 14,
    "web/privacy*.py": 10,
    "web/own_link.py": 1,
    "web/correction.py": 1,
    "web/templates/you/**.html": 60,
}
"""Which files speak to shoppers, and how many sentences are there at the least."""


@pytest.fixture(scope="module")
def german():
    """Every sentence that is translated whole, in each of its numbers."""
    with (APP / "translations/de/LC_MESSAGES/messages.po").open("rb") as file:
        return {first(one.id) for one in read_po(file) if one.id and one.string and all(one.string)}


@pytest.mark.parametrize("place", PLACES)
def test_german_says_everything_that_english_says(german, place):
    methods = [(place, "jinja2" if place.endswith("html") else "python")]
    found = extract_from_dir(APP, methods, keywords=KEYWORDS)
    said = {first(message) for _file, _line, message, *_rest in found}

    assert len(said) >= PLACES[place]
    assert said - german == set()


def first(message):
    return message if isinstance(message, str) else message[0]
