"""The widget's words: every one in every language."""

import pytest

from app.serving.recommend import PLACEMENTS
from app.web.words import language_of, widget_words


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_german_is_spoken(placement):
    assert widget_words(placement, "de") != widget_words(placement, "en")


@pytest.mark.parametrize(
    ("wish", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr, en", "en"), ("", "en"), ("*", "en"), ("xx,de", "de"), (";;;", "en")],
)
def test_the_closest_language_is_chosen(wish, language):
    assert language_of(wish) == language
