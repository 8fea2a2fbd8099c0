"""Reasons and the widget's words: every one in every language."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from app.serving.catalogue import Good
from app.serving.recommend import PLACEMENTS, Cause, Shown
from app.web import words
from app.web.words import language_of, reason_words, widget_words
from recommender.ranking.ranker import Why
from tests.app.cast import MONDAY

TEA = Good(1, "1", "Green tea 50%", "", "", 450, "GBP", True, MONDAY)  # noqa: FBT003 - it can be had


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("why", [*Why, *Cause])
@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("evidence", [None, TEA])
def test_every_reason_is_a_sentence(language, why, count, evidence):
    sentence = reason_words(Shown(TEA, why, evidence, count), language)

    assert sentence
    assert "%(" not in sentence


def test_german_says_everything_that_english_says():
    folder = Path(words.__file__).parent.parent / "translations" / "de" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        german = {
            message.id[0] if isinstance(message.id, tuple) else message.id: message.string for message in read_po(file)
        }
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
