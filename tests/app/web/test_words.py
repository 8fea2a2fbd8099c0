"""The widget's words: every one in every language."""

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from app.serving.recommend import PLACEMENTS
from app.serving.words import FOLDER
from app.web import words
from app.web.words import language_of, widget_words


@pytest.fixture
def german():
    """Every sentence that is translated, and how."""
    with (FOLDER / "de" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {
            message.id[0] if isinstance(message.id, tuple) else message.id: message.string for message in read_po(file)
        }


def test_german_says_everything_that_english_says(german):
    said = [found[1] for found in extract_from_file("python", words.__file__)]

    wanted = {one[0] if isinstance(one, tuple) else one for one in said}
    assert wanted <= set(german)
    assert all(german[one] and all(german[one]) for one in wanted)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_german_is_spoken(placement):
    assert widget_words(placement, "de") != widget_words(placement, "en")


@pytest.mark.parametrize(
    ("wish", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr, en", "en"), ("", "en"), ("*", "en"), ("xx,de", "de"), (";;;", "en")],
)
def test_the_closest_language_is_chosen(wish, language):
    assert language_of(wish) == language
