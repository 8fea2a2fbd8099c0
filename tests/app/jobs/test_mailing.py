"""A hand-over is decided under the locks of whoever might change the answer, and no shop's letters delay another's."""

import threading
import time

import pytest
from sqlalchemy import text

from app.campaigns import campaigns
from app.db import Database
from app.identity import known
from app.jobs import mailing, messages
from app.messaging import outbox, recheck
from app.messaging.senders import Outcome, Verdict
from app.models import Message, Suppression
from app.privacy import rows
from app.privacy.person import Whole
from tests.app.cast import MONDAY
from tests.app.stage import ANN, HOUR

WORK = "ann@work.example.com"


@pytest.fixture
def other(settings):
    """Somebody else's connection to the same database."""
    database = Database(settings.database_url)
    yield database
    database.close()


@pytest.fixture
def planned(stage):
    """A cart that was left by somebody who said yes, planned and due."""
    stage.subscribe()
    stage.leave()
    stage.plan()
    return stage


def test_forgetting_and_handing_over_never_wait_for_each_other_in_a_circle(planned, other):
    person = Whole(known(emails=ANN, carts="c1"), frozenset())
    faults = []

    def forget():
        try:
            with other.of_shop(planned.shop_id) as session:
                rows.erase_rows(session, planned.shop_id, person)
        except Exception as fault:  # noqa: BLE001 - told below
            faults.append(type(fault).__name__)

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        (one,) = outbox.claim(session, planned.shop_id, most=1)
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        mailing.consent.hold_address(session, planned.shop_id, ANN)  # as a hand-over begins
        thread = threading.Thread(target=forget)
        thread.start()
        time.sleep(0.3)
        session.execute(text("SET LOCAL lock_timeout = '3s'"))
        assert outbox.hold(session, planned.shop_id, one) is not None
    thread.join()

    assert faults == []
    assert planned.messages() == []


def test_both_addresses_of_a_corrected_cart_are_held(planned, other, monkeypatch):
    planned.subscribe(WORK)
    planned.leave(email=WORK, at=MONDAY + HOUR / 4)
    held = []

    def look(session, case):
        del session, case
        with other.of_shop(planned.shop_id) as session:
            held.append(session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")))

    monkeypatch.setattr(recheck, "ask_again", look)
    planned.send()

    assert held == [2]
    assert planned.box.to == [WORK]


def test_switching_off_waits_for_a_letter_being_decided_and_is_asked_by_the_next(planned, other, monkeypatch):
    honest, order = recheck.ask_again, []

    def slow(session, case):
        answer = honest(session, case)
        switch.start()
        time.sleep(0.3)
        order.append("decided")
        return answer

    def switch_off():
        with other.of_shop(planned.shop_id) as session:
            campaigns.switch_off(session, planned.shop_id)
        order.append("off")

    switch = threading.Thread(target=switch_off)
    monkeypatch.setattr(recheck, "ask_again", slow)
    planned.send()
    switch.join()

    assert order == ["decided", "off"]


def test_an_address_that_was_dead_is_not_kept_of_somebody_forgotten_meanwhile(planned, other):
    def forget():
        with other.of_shop(planned.shop_id) as session:
            rows.erase_rows(session, planned.shop_id, Whole(known(emails=ANN, carts="c1"), frozenset()))

    planned.box.meanwhile = forget
    planned.box.answers = [Outcome(Verdict.REFUSED, "550 5.1.1 nobody here", is_address_dead=True)]
    planned.send()

    with other.of_shop(planned.shop_id) as session:
        assert session.query(Suppression).count() == 0
        assert session.query(Message).count() == 0


def test_a_shop_with_a_slow_mail_server_gives_way_in_the_middle_of_a_batch(planned, monkeypatch):
    for number in range(2, 6):
        planned.subscribe(f"p{number}@example.com")
        planned.leave(f"c{number}", email=f"p{number}@example.com")
    planned.plan()
    monkeypatch.setattr(messages, "MOST_SECONDS", 0.3)
    planned.box.meanwhile = lambda: time.sleep(0.2)
    planned.send()

    assert 1 <= len(planned.box.letters) <= 2
    monkeypatch.undo()
    planned.box.meanwhile = lambda: None
    planned.send()
    assert [state for state, _ in planned.pairs()] == ["sent"] * 5
