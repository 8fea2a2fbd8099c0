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
from app.models import Campaign, Delivery, Erasure, MailLink, Message, Shop, Suppression
from plugins.events import CartDeleted, CartStage, ItemDeleted, OrderState, Purpose, SuppressionReason
from tests.app.cast import ALICE, MONDAY, cart, demo_message, item, order, tell
from tests.app.stage import ANN, HOUR, set_campaign

LATER = MONDAY + timedelta(minutes=90)


@pytest.fixture
def planned(stage):
    """A cart that was left by somebody who said yes, planned and due."""
    stage.subscribe()
    stage.tell(*(item(str(number)) for number in range(1, 8)))
    stage.leave(visitor_id=ALICE, phone="+442071234567", address="1 Tea Street, London")
    stage.plan()
    return stage


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


def test_what_may_be_an_order_and_could_not_be_read_holds_a_letter_back_until_it_is(planned):
    planned.deliver(body=b"{broken")
    planned.read_inbox()
    planned.send()
    assert planned.only().reason == "news_unread"
    assert planned.box.letters == []

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Delivery).update({"state": "applied"})
    planned.clock.to(planned.clock.now + timedelta(minutes=16))
    planned.send()
    assert planned.only().state == "sent"


def test_the_links_of_a_letter_are_kept_as_digests_only(planned):
    planned.send()

    with planned.wiring.db.of_shop(planned.shop_id) as session:
        found = {link.purpose: link for link in session.query(MailLink)}
    assert set(found) == {"unsubscribe", "recover", "data"}
    assert {link.message_id for link in found.values()} == {planned.only().id}
    assert {link.cart_external_id for link in found.values()} == {"c1"}


def buy(stage, **names):
    stage.tell(order("o1", "9", at=LATER, **names))


def stop(stage):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        suppress(session, stage.shop_id, Stop(ANN, SuppressionReason.COMPLAINED, "test", LATER))


def set_values(stage, kind, **values):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.query(kind).update(values)


def ask_to_be_forgotten(stage, **wish):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.add(Erasure(shop_id=stage.shop_id, asked_by="shopper", **(wish or {"subject": {"emails": [ANN]}})))


def forget_account(stage):
    stage.leave(at=LATER - HOUR, customer_external_id="ann")
    ask_to_be_forgotten(stage, subject={"customers": ["ann"]})


def leave_another_as(stage, email):
    stage.leave(at=LATER - HOUR, customer_external_id="ann")
    stage.leave("c2", at=LATER, email=email, customer_external_id="ann")


SKIPS = {
    "ordered_by_address": ("ordered", lambda stage: buy(stage, email=ANN)),
    "ordered_by_cart": ("ordered", lambda stage: buy(stage, cart_external_id="c1")),
    "ordered_by_phone": ("ordered", lambda stage: buy(stage, email="x@example.com", phone="+442071234567")),
    "ordered_by_street": ("ordered", lambda stage: buy(stage, email="x@example.com", address="1 tea street London")),
    "ordered_by_browser": ("ordered", lambda stage: buy(stage, email="x@example.com", visitor_id=ALICE)),
    "money_on_its_way": ("ordered", lambda stage: buy(stage, email=ANN, state=OrderState.PENDING)),
    "cart_became_an_order": ("ordered", lambda stage: stage.leave(at=LATER, stage=CartStage.ORDERED)),
    "another_cart_became_an_order": (
        "ordered",
        lambda stage: stage.leave("c2", at=LATER, email="x@example.com", visitor_id=ALICE, stage=CartStage.ORDERED),
    ),
    "emptied": ("emptied", lambda stage: stage.leave(at=LATER, stage=CartStage.EMPTIED)),
    "deleted": ("cart_deleted", lambda stage: stage.tell(CartDeleted(external_id="c1"))),
    "withdrawn": ("withdrawn", lambda stage: stage.subscribe(is_given=False, at=LATER)),
    "suppressed": ("suppressed", stop),
    "newer_cart": ("newer_cart", lambda stage: stage.leave("c2", at=LATER)),
    "newer_cart_of_the_account": ("newer_cart", lambda stage: leave_another_as(stage, "x@example.com")),
    "nothing_left": (
        "nothing_left",
        lambda stage: stage.tell(ItemDeleted(external_id="1"), item("2", at=LATER, is_in_stock=False)),
    ),
    "too_old": ("too_old", lambda stage: stage.clock.to(MONDAY + 74 * HOUR)),
    "switched_off": ("switched_off", lambda stage: set_values(stage, Campaign, is_on=False)),
    "uninstalled": ("uninstalled", lambda stage: set_values(stage, Shop, uninstalled_at=LATER)),
    "being_forgotten": ("forgotten", ask_to_be_forgotten),
    "account_being_forgotten": ("forgotten", forget_account),
    "shop_being_forgotten": ("forgotten", lambda stage: ask_to_be_forgotten(stage, kind="shop")),
}


@pytest.mark.parametrize("case", SKIPS)
def test_what_has_changed_since_planning_stops_a_message_for_good(planned, case):
    reason, happen = SKIPS[case]
    happen(planned)

    planned.send()

    message = planned.messages()[0]
    assert planned.box.letters == []
    assert (message.state, message.reason) == ("skipped", reason)
    assert message.decisions[-1]["reason"] == reason


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.UNPAID])
def test_an_order_that_is_none_stops_nothing(planned, state):
    buy(planned, email=ANN, state=state)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


@pytest.mark.parametrize(("items", "facts"), [("", ()), ("3", (CartDeleted(external_id="c2"),))])
def test_a_newer_cart_with_nothing_in_it_or_that_is_gone_stops_nothing(planned, items, facts):
    planned.leave("c2", items, at=LATER)
    planned.tell(*facts)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_an_earlier_cart_that_became_an_order_stops_nothing(planned):
    planned.leave("c0", at=MONDAY - HOUR, email="x@example.com", visitor_id=ALICE, stage=CartStage.ORDERED)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_an_order_from_before_the_cart_stops_nothing(planned):
    planned.tell(order("o0", "9", at=MONDAY - HOUR, email=ANN))

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_a_purchase_one_second_before_the_hand_off_stops_the_message(planned):
    data = {
        "id": "o1", "changed_at": LATER.isoformat(), "placed_at": LATER.isoformat(), "state": "placed", "email": ANN,
        "currency": "GBP", "total": "4.50", "lines": [],
    }  # fmt: skip
    body, _ = demo_message("order.changed", data)
    planned.clock.step(-1)
    planned.deliver(body=body)  # accepted, and not read yet
    planned.clock.step(1)
    planned.send()
    assert planned.pairs() == [("planned", "news_waiting")]

    planned.read_inbox()
    planned.clock.step(5)
    planned.send()

    assert planned.box.letters == []
    assert planned.pairs() == [("skipped", "ordered")]


@pytest.mark.parametrize("topic", ["product.updated", "products/update", "item.changed", "inventory_levels/update"])
def test_news_of_things_is_not_waited_for(planned, topic):
    planned.deliver(topic)

    planned.send()

    assert planned.pairs() == [("sent", "accepted")]


def test_who_came_back_is_reminded_an_hour_after_they_left_again(planned):
    planned.leave(at=LATER, items="3")
    planned.send()

    message = planned.only()
    assert (message.state, message.reason) == ("planned", "cart_changed")
    assert message.due_at == LATER + HOUR

    planned.clock.to(LATER + HOUR)
    planned.send()
    message = planned.only()
    assert message.state == "sent"
    assert message.cart_version_at == LATER
    assert [one["item"] for one in message.content["items"]] == ["3"]


def test_an_address_corrected_after_planning_is_the_one_that_counts(planned):
    planned.subscribe("ann@work.example.com")
    planned.leave(email="ann@work.example.com", at=MONDAY + timedelta(minutes=20))

    planned.send()

    assert planned.box.to == ["ann@work.example.com"]
    assert planned.only().email == "ann@work.example.com"


def test_nobody_is_written_to_at_night(planned):
    set_campaign(planned.wiring, planned.shop_id, quiet_from=21, quiet_until=7)
    planned.clock.to(MONDAY.replace(hour=23))
    planned.send()
    message = planned.only()
    assert (message.state, message.reason) == ("planned", "quiet_hours")

    planned.clock.to(message.due_at)
    planned.send()
    assert planned.only().state == "sent"
    assert planned.clock.now.hour == 7


def earlier(stage, *hours):
    """Let the person have been written to some hours ago."""
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        campaign = session.query(Campaign).one()
        for number in hours:
            at = stage.clock.now - number * HOUR
            told = {"campaign_id": campaign.id, "cart_external_id": f"old{number}", "cart_version_at": at, "email": ANN}
            session.add(
                Message(shop_id=stage.shop_id, **told, state="sent", reason="accepted", due_at=at, sending_at=at)
            )


def mine(stage):
    return next(one for one in stage.messages() if one.cart_external_id == "c1")


def test_nobody_is_written_to_twice_in_twenty_hours(planned):
    earlier(planned, 5)
    planned.send()
    message = mine(planned)
    assert (message.state, message.reason) == ("planned", "capped")
    assert message.due_at == planned.clock.now + 15 * HOUR

    planned.clock.to(message.due_at)
    planned.send()
    assert mine(planned).state == "sent"


@pytest.mark.parametrize("state", ["sending", "in_doubt"])
def test_a_letter_that_may_have_arrived_counts_like_one_that_did(planned, state):
    earlier(planned, 5)
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Message).filter_by(state="sent").update({"state": state})

    planned.send()

    assert mine(planned).reason == "capped"


def test_a_letter_to_another_address_of_the_same_phone_counts_too(planned):
    planned.leave("c0", at=MONDAY - 48 * HOUR, email="x@example.com", phone="+442071234567")
    earlier(planned, 5)
    with planned.wiring.db.of_shop(planned.shop_id) as session:
        session.query(Message).filter_by(state="sent").update({"email": "x@example.com"})

    planned.send()

    assert mine(planned).reason == "capped"


def test_nobody_is_written_to_a_fourth_time_in_a_week(planned):
    earlier(planned, 30, 60, 167)
    planned.send()
    assert mine(planned).reason == "capped"

    planned.clock.step(3 * 3600)
    planned.send()
    assert mine(planned).state == "sent"


def test_a_rest_that_would_last_too_long_ends_it(planned):
    earlier(planned, 30, 35, 40)

    planned.send()

    assert (mine(planned).state, mine(planned).reason) == ("skipped", "too_many")


def test_a_thing_that_is_gone_is_left_out_of_the_letter(planned):
    planned.tell(ItemDeleted(external_id="1"))

    planned.send()

    message = planned.only()
    assert [one["item"] for one in message.content["items"]] == ["2"]
    assert b"Tea 1<" not in planned.box.letters[0].data


def test_of_two_carts_of_one_person_only_the_newer_is_written_about(planned):
    planned.leave("c2", at=MONDAY + timedelta(minutes=30))
    planned.clock.to(MONDAY + 2 * HOUR)
    planned.plan()

    planned.send()

    found = {one.cart_external_id: (one.state, one.reason) for one in planned.messages()}
    assert found == {"c1": ("skipped", "newer_cart"), "c2": ("sent", "accepted")}
    assert len(planned.box.letters) == 1


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
    with speaking(planned):
        stop(planned)

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
    buy(planned, email=ANN)

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
