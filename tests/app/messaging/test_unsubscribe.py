"""A no by a letter's link holds, whatever else is told of the address, early or late."""

from datetime import timedelta

import pytest

from app import consent
from app.messaging.links import UNSUBSCRIBE, Target, find_link, make_link
from app.messaging.unsubscribe import unsubscribe
from app.models import ConsentRecord
from app.profiles.choices import BY_MAIL, Said, choose_mail
from plugins.events import Purpose, SuppressionReason

ANN = "ann@example.com"
HOUR = timedelta(hours=1)
HERE = {"source": BY_MAIL, "wording": "No", "wording_version": "1", "locale": "en"}


def say(session, shop_id, at, *, is_given=True):
    word = consent.Word(
        purpose=Purpose.EMAIL_MARKETING, is_given=is_given, source="shop", email=ANN, occurred_at=at
    )  # fmt: skip
    consent.record(session, shop_id, word)


@pytest.fixture
def click(wiring, harbour):
    """Follow a letter's way out."""

    def follow():
        with wiring.db.of_shop(harbour) as session:
            token = make_link(session, harbour, UNSUBSCRIBE, Target(email=ANN))
            unsubscribe(session, harbour, find_link(session, harbour, UNSUBSCRIBE, token), locale="en")

    return follow


def may(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return consent.may_mail(session, shop_id, ANN).is_allowed


def test_a_yes_of_a_clock_ahead_of_ours_does_not_outlast_a_no(wiring, harbour, click):
    with wiring.db.of_shop(harbour) as session:
        say(session, harbour, wiring.clock() + 5 * HOUR)
    assert may(wiring, harbour)

    click()

    assert not may(wiring, harbour)


def test_nor_does_it_outlast_a_no_on_their_own_page(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        say(session, harbour, wiring.clock() + 5 * HOUR)
        choose_mail(session, harbour, ANN, Said(is_given=False, **HERE))

    assert not may(wiring, harbour)


def test_a_later_yes_of_their_own_counts_after_all(wiring, harbour, click):
    with wiring.db.of_shop(harbour) as session:
        say(session, harbour, wiring.clock() + 5 * HOUR)
    click()
    with wiring.db.of_shop(harbour) as session:
        choose_mail(session, harbour, ANN, Said(is_given=True, **HERE))

    assert may(wiring, harbour)


def test_a_no_is_kept_beside_a_stop_that_an_older_yes_lifts(wiring, harbour, click):
    now = wiring.clock()
    with wiring.db.of_shop(harbour) as session:
        stop = consent.Stop(ANN, SuppressionReason.BLOCKED, "shop", now - 5 * HOUR)
        consent.suppress(session, harbour, stop)
    click()
    with wiring.db.of_shop(harbour) as session:
        say(session, harbour, now - HOUR)  # told late

    assert not may(wiring, harbour)


def test_a_second_click_is_no_second_word(wiring, harbour, click):
    click()
    click()

    with wiring.db.of_shop(harbour) as session:
        assert session.query(ConsentRecord).count() == 1
