"""A shopper's own page is whole in German: every sentence of it has its own."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

APP = Path(__file__).parents[3] / "app"
METHODS = [
    ("web/privacy*.py", "python"),
    ("web/own_link.py", "python"),
    ("web/correction.py", "python"),
    ("web/templates/you/**.html", "jinja2"),
]
KEYWORDS = {"_": None, "_n": (1, 2), "ngettext": (1, 2)}


def test_every_sentence_has_its_german():
    with (APP / "translations/de/LC_MESSAGES/messages.po").open("rb") as file:
        german = {first(one.id) for one in read_po(file) if one.id and one.string}
    said = {first(message) for _file, _line, message, *_rest in extract_from_dir(APP, METHODS, keywords=KEYWORDS)}

    assert len(said) > 100
    assert said - german == set()


def first(message):
    return message if isinstance(message, str) else message[0]
