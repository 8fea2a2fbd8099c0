"""Reasons: every one in every language."""

import pytest

from app.serving.catalogue import Good
from app.serving.recommend import Cause, Shown
from app.serving.words import reason_words
from app.translations import LANGUAGES
from recommender.ranking.ranker import Why
from tests.app.cast import MONDAY

TEA = Good(1, "1", "Green tea 50%", "", "", 450, "GBP", True, MONDAY)  # noqa: FBT003 - it can be had


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", [*Why, *Cause])
@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("evidence", [None, TEA])
def test_every_reason_is_a_sentence(language, why, count, evidence):
    sentence = reason_words(Shown(TEA, why, evidence, count), language)

    assert sentence
    assert "%(" not in sentence
