"""Reasons: every one in every language."""

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from app.serving import words
from app.serving.catalogue import Good
from app.serving.recommend import Cause, Shown
from app.serving.words import FOLDER, reason_words
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
