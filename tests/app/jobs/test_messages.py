"""The journey of a message: asked again right before it goes, handed over outside of any transaction, never twice."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.consent import Stop, Word, record, suppress
from app.db import Database, make_engine
from app.errors import BadRequest, NotFound
from app.jobs import messages as jobs
from app.jobs.campaigns import plan_campaigns
from app.messaging import recheck
from app.messaging.letter import BadLetter
from app.messaging.senders import Outcome, Verdict
from app.messaging.texts import DEFAULT_TEXTS
from app.models import MailLink, Message, Suppression
from plugins.events import Purpose, SuppressionReason
from tests.app.cast import MONDAY, cart, order, tell
from tests.app.stage import ANN, HOUR, LATER, set_campaign


def test_a_left_cart_becomes_one_letter(planned):
    planned.send()
    planned.send()

    message = planned.only()
    assert planned.box.to == [ANN]
    assert (message.state, message.reason, message.reply) == ("sent", "accepted", "250 taken")
    assert message.message_key == planned.box.letters[0].message_key
    assert [one["item"] for one in message.content["items"]] == ["1", "2"]
    assert [one["what"] for one in message.decisions] == ["planned", "sending", "sent"]
    assert planned.box.closed == 2


def test_exactly_three_other_things_are_recommended_each_with_its_reason(planned):
    planned.send()

    recommended = planned.only().content["recommendations"]
    assert len(recommended) == 3
    assert all(one["reason"] for one in recommended)
    assert not {one["title"] for one in recommended} & {"Tea 1", "Tea 2"}


def test_the_links_of_a_letter_are_kept_as_digests_only(planned):
    planned.send()

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        found = {link.purpose: link for link in session.query(MailLink)}
    assert set(found) == {"unsubscribe", "recover", "data"}
    assert {link.message_id for link in found.values()} == {planned.only().id}
    assert {link.cart_external_id for link in found.values()} == {"c1"}


def test_an_address_that_is_dead_is_never_written_to_again(planned):
    planned.box.answers = [Outcome(Verdict.REFUSED, "550 5.1.1 nobody here", is_address_dead=True)]

    planned.send()

    assert planned.pairs() == [("failed", "address_dead")]
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        assert [(one.address, one.reason) for one in session.query(Suppression)] == [(ANN, "bounced")]


def test_the_address_that_was_dead_is_the_one_that_was_written_to(planned):
    planned.subscribe("ann@work.example.com")
    planned.leave(email="ann@work.example.com", at=MONDAY + timedelta(minutes=20))
    planned.box.answers = [Outcome(Verdict.REFUSED, "550 5.1.1 nobody here", is_address_dead=True)]

    planned.send()

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        assert [one.address for one in session.query(Suppression)] == ["ann@work.example.com"]


def test_a_letter_that_is_refused_is_not_tried_again(planned):
    planned.box.answers = [Outcome(Verdict.REFUSED, "554 not this letter")]

    planned.send()
    planned.clock.step(100_000)
    planned.send()

    assert planned.box.letters == []
    assert planned.pairs() == [("failed", "refused")]


def test_what_was_certainly_not_taken_is_tried_again_later_each_time(planned):
    planned.box.answers = [Outcome(Verdict.LATER, "451 come again")] * 8
    waits = []
    for _ in range(8):
        planned.send()
        message = planned.only()
        assert (message.state, message.reason) == ("planned", "not_taken")
        waits.append((message.due_at - planned.clock.now).total_seconds())
        planned.clock.to(message.due_at)
    planned.send()

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert planned.only().state == "sent"


def test_what_may_have_been_taken_is_parked(planned):
    planned.box.answers = [Outcome(Verdict.IN_DOUBT, "the line broke")]

    planned.send()
    planned.clock.step(100_000)
    planned.send()

    assert planned.pairs() == [("in_doubt", "line_broke")]
    assert len(planned.box.letters) == 1


def test_a_server_that_is_away_stops_the_batch_and_counts_against_no_message(planned):
    for number in range(3):
        planned.subscribe(f"p{number}@example.com")
        planned.leave(f"p{number}", email=f"p{number}@example.com")
    planned.plan()
    planned.box.answers = [Outcome(Verdict.LATER, "nobody there", is_server_away=True)]

    planned.send()
    planned.send()

    assert planned.box.letters == []
    assert {(one.state, one.reason, one.attempts) for one in planned.messages()} == {("planned", "server_away", 0)}
    planned.clock.step(61)
    planned.send()
    assert len(planned.box.letters) == 4


def test_without_a_mail_server_messages_stay_planned_and_say_so(planned):
    jobs.send_messages.__wrapped__(replace(planned.wiring, sender=None), planned.shop_id)

    assert planned.pairs() == [("planned", "no_server")]


def test_a_shop_that_has_not_said_who_it_is_waits(planned):
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.execute(text("UPDATE mail_senders SET accepted_at = NULL"))

    planned.send()

    assert planned.pairs() == [("planned", "no_sender")]


def test_a_text_that_breaks_fails_before_anything_is_handed_over(planned):
    set_campaign(planned.wiring, planned.shop_id, text="{% for n in (1..100000) %}x{{ n }}{% endfor %}")

    planned.send()

    message = planned.only()
    assert (message.state, message.reason) == ("failed", "unreadable")
    assert message.reply
    assert planned.box.letters == []


def test_an_address_no_mail_can_go_to_fails_alone(planned):
    planned.subscribe("a..b@example.com")
    planned.leave("odd", email="a..b@example.com")
    planned.plan()

    planned.send()

    found = {one.cart_external_id: (one.state, one.reason) for one in planned.messages()}
    assert found == {"c1": ("sent", "accepted"), "odd": ("failed", "address_dead")}


@contextmanager
def speaking(stage):
    """Let the mail server be in the middle of a letter."""
    is_asked, may_answer = threading.Event(), threading.Event()

    def meanwhile():
        is_asked.set()
        assert may_answer.wait(10)

    stage.box.meanwhile = meanwhile
    mailer = threading.Thread(target=stage.send)
    mailer.start()
    assert is_asked.wait(10)
    try:
        yield
    finally:
        may_answer.set()
        mailer.join()


def test_a_slow_mail_server_holds_no_transaction_open(planned, settings):
    owner = make_engine(settings.database_url)  # who sees what every session does
    with speaking(planned), owner.connect() as watcher:
        states = watcher.execute(
            text("SELECT state FROM pg_stat_activity WHERE application_name = 'regulars' AND pid <> pg_backend_pid()")
        ).scalars()
        assert set(states) == {"idle"}
        assert watcher.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar() == 0
        assert planned.only().state == "sending"
    owner.dispose()

    assert planned.only().state == "sent"


def test_an_unsubscribe_while_the_letter_is_out_is_kept_and_stops_the_next_one(planned):
    with speaking(planned), planned.wiring.db.of_shop(planned.shop_id) as session:
        suppress(session, planned.shop_id, Stop(ANN, SuppressionReason.COMPLAINED, "test", LATER))

    assert planned.only().state == "sent"
    planned.clock.step(3600)
    planned.leave("c2", at=planned.clock.now - HOUR)
    planned.plan()
    assert planned.messages()[-1].reason == "suppressed"


def test_an_unsubscribe_waits_for_a_hand_off_being_decided_and_the_other_way_round(planned, settings, monkeypatch):
    """Whoever comes first is asked first: there is no moment in which both are true."""
    is_asked, done = threading.Event(), []
    honest = recheck.ask_again

    def slow(session, case):
        answer = honest(session, case)
        is_asked.set()
        time.sleep(0.3)
        done.append("decided")
        return answer

    monkeypatch.setattr(recheck, "ask_again", slow)
    mailer = threading.Thread(target=planned.send)
    mailer.start()
    assert is_asked.wait(10)
    other = Database(settings.database_url)
    with other.of_shop(planned.shop_id) as session:
        suppress(session, planned.shop_id, Stop(ANN, SuppressionReason.UNSUBSCRIBED, "link", LATER))
        done.append("unsubscribed")
    mailer.join()
    assert done == ["decided", "unsubscribed"]

    planned.clock.step(21 * 3600)
    planned.leave("c2", at=planned.clock.now - HOUR)
    word = Word(purpose=Purpose.EMAIL_MARKETING, is_given=True, source="test", email=ANN, occurred_at=planned.clock.now)
    with other.of_shop(planned.shop_id) as session:
        record(session, planned.shop_id, word)
    planned.plan()
    monkeypatch.setattr(recheck, "ask_again", honest)
    with other.of_shop(planned.shop_id) as session:
        suppress(session, planned.shop_id, Stop(ANN, SuppressionReason.COMPLAINED, "link", planned.clock.now))
        mailer = threading.Thread(target=planned.send)
        mailer.start()
        time.sleep(0.3)
        assert len(planned.box.letters) == 1
    mailer.join()
    other.close()

    assert len(planned.box.letters) == 1
    assert planned.messages()[-1].reason == "suppressed"


def test_two_mailers_send_each_message_once(planned):
    for number in range(15):
        planned.subscribe(f"p{number}@example.com")
        planned.leave(f"p{number}", email=f"p{number}@example.com")
    planned.plan()
    mailers = [threading.Thread(target=planned.send) for _ in range(2)]
    for one in mailers:
        one.start()
    for one in mailers:
        one.join()

    assert len(planned.box.to) == len(set(planned.box.to)) == 16
    assert {one.state for one in planned.messages()} == {"sent"}


def test_a_test_message_goes_out_whatever_stands_against_it_and_is_not_the_one(planned):
    planned.tell(order("o1", "9", at=LATER, email=ANN))

    message_id = jobs.ask_test(planned.wiring, planned.shop_id, "c1", "owner@harbour.example.com")
    planned.send()

    found = {one.id: (one.is_test, one.state) for one in planned.messages()}
    assert found[message_id] == (True, "sent")
    assert planned.box.to == ["owner@harbour.example.com"]
    assert jobs.ask_test(planned.wiring, planned.shop_id, "c1", "owner@harbour.example.com") != message_id


def test_a_test_to_nowhere_or_about_nothing_is_refused(planned):
    with pytest.raises(BadRequest):
        jobs.ask_test(planned.wiring, planned.shop_id, "c1", "nowhere")
    with pytest.raises(NotFound):
        jobs.ask_test(planned.wiring, planned.shop_id, "no-such-cart", "owner@harbour.example.com")


def test_a_preview_shows_the_cart_and_writes_nothing(planned):
    letter = jobs.preview(planned.wiring, planned.shop_id, "c1", DEFAULT_TEXTS["de"], language="de")

    assert "Tea 1" in letter.text
    assert "Harbour Tea" in letter.subject
    assert planned.only().state == "planned"
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        assert session.query(MailLink).count() == 0
    with pytest.raises(BadLetter):
        jobs.preview(planned.wiring, planned.shop_id, "c1", DEFAULT_TEXTS["en"].__class__("{{", "", ""))


def test_eves_shop_sends_nothing_of_ours(planned, linden):
    set_campaign(planned.wiring, linden, on_since=MONDAY)
    tell(planned.wiring, linden, cart("c1", "1", ANN))
    plan_campaigns.__wrapped__(planned.wiring, linden)

    jobs.send_messages.__wrapped__(planned.wiring, linden)

    assert planned.box.letters == []
    assert planned.pairs() == [("planned", "")]
    with planned.wiring.db.of_shop(linden) as session:
        assert [(one.state, one.reason) for one in session.query(Message)] == [("skipped", "never_asked")]
        with pytest.raises(NotFound):
            jobs.preview(planned.wiring, linden, "c2", DEFAULT_TEXTS["en"])
