"""The outbox: claimed once, fenced, settled once; what nobody answered for is parked, never sent again by itself."""

import threading
from datetime import timedelta

import pytest

from app.messaging import outbox
from app.messaging.outbox import End, Going, Later
from app.models import Defer, MessageState, Note, Skip
from tests.app.cast import MONDAY
from tests.app.stage import ANN

GOING = Going(
    email=ANN,
    message_key="k1",
    subject="Your basket",
    content={"items": []},
    cart_version_at=MONDAY,
    customer_external_id=None,
)
SENT = End(MessageState.SENT, Note.ACCEPTED, "250 taken")


@pytest.fixture
def planned(stage):
    stage.subscribe()
    stage.leave()
    stage.plan()
    return stage


def act(stage, work, *args, **more):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        return work(session, stage.shop_id, *args, **more)


def claim(stage, most=20):
    return act(stage, outbox.claim, most=most)


def test_two_workers_claim_a_message_once(planned):
    for number in range(20):
        planned.subscribe(f"p{number}@example.com")
        planned.leave(f"p{number}", email=f"p{number}@example.com")
    planned.plan()
    claimed, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait()
        for _ in range(4):
            claimed.extend(one.id for one in claim(planned, most=3))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(claimed) == len(set(claimed)) == 21


def test_a_claim_that_ran_out_is_somebody_elses_and_the_first_changes_nothing(planned):
    (first,) = claim(planned)
    assert claim(planned) == []
    planned.clock.step(outbox.CLAIM_SECONDS + 1)
    (second,) = claim(planned)

    assert not act(planned, outbox.write_sending, first, GOING)
    assert not act(planned, outbox.skip, first, Skip.ORDERED)
    assert act(planned, outbox.hold, first) is None
    assert act(planned, outbox.write_sending, second, GOING)
    assert planned.only().state == "sending"


def later_than(stage):
    return Later(reason=Defer.NOT_TAKEN, until=stage.clock.now + timedelta(minutes=1))


def test_whoever_lost_a_claim_neither_defers_nor_gives_back_nor_puts_back_what_is_somebody_elses(planned):
    (first,) = claim(planned)
    planned.clock.step(outbox.CLAIM_SECONDS + 1)
    (second,) = claim(planned)

    assert not act(planned, outbox.defer, first, later_than(planned), cart_version_at=MONDAY)
    act(planned, outbox.release, first.token)
    assert claim(planned) == []
    assert act(planned, outbox.write_sending, second, GOING)
    assert not act(planned, outbox.put_back, first, later_than(planned))
    assert not act(planned, outbox.settle, first, SENT)
    assert planned.only().state == "sending"


def test_what_is_being_handed_over_is_never_written_or_held_again_by_its_own_claim(planned):
    (one,) = claim(planned)
    assert act(planned, outbox.write_sending, one, GOING)

    assert not act(planned, outbox.write_sending, one, GOING)
    assert act(planned, outbox.hold, one) is None
    assert not act(planned, outbox.defer, one, later_than(planned), cart_version_at=MONDAY)
    assert not act(planned, outbox.skip, one, Skip.ORDERED)
    assert planned.only().attempts == 1


def test_what_was_given_back_can_be_claimed_at_once(planned):
    (one,) = claim(planned)
    act(planned, outbox.release, one.token)

    assert [again.id for again in claim(planned)] == [one.id]


def test_a_message_is_settled_once(planned):
    (one,) = claim(planned)
    act(planned, outbox.write_sending, one, GOING)

    assert act(planned, outbox.settle, one, SENT)
    assert not act(planned, outbox.settle, one, SENT)
    message = planned.only()
    assert (message.state, message.reason, message.reply) == ("sent", "accepted", "250 taken")
    assert message.sent_at == message.settled_at == planned.clock.now
    assert [one["what"] for one in message.decisions] == ["planned", "sending", "sent"]


def test_what_nobody_answered_for_is_parked_when_its_lease_ends_and_never_claimed_again(planned):
    (one,) = claim(planned)
    act(planned, outbox.write_sending, one, GOING)
    planned.clock.step(outbox.SENDING_SECONDS - 1)
    assert act(planned, outbox.park) == []
    assert act(planned, outbox.waits) == (False, False)
    planned.clock.step(2)

    assert act(planned, outbox.waits) == (False, True)
    assert act(planned, outbox.park) == [one.id]

    planned.clock.step(100_000)
    planned.send()
    assert planned.box.letters == []
    assert planned.pairs() == [("in_doubt", "worker_died")]


def test_a_late_answer_settles_what_was_parked(planned):
    (one,) = claim(planned)
    act(planned, outbox.write_sending, one, GOING)
    planned.clock.step(outbox.SENDING_SECONDS + 1)
    act(planned, outbox.park)

    assert act(planned, outbox.settle, one, SENT)
    assert planned.pairs() == [("sent", "accepted")]


def in_doubt(stage):
    (one,) = claim(stage)
    act(stage, outbox.write_sending, one, GOING)
    act(stage, outbox.settle, one, End(MessageState.IN_DOUBT, Note.LINE_BROKE))
    return one


def test_a_person_says_that_it_arrived(planned):
    one = in_doubt(planned)

    assert act(planned, outbox.say_arrived, one.id)
    assert not act(planned, outbox.say_arrived, one.id)
    message = planned.only()
    assert (message.state, message.reason) == ("sent", "said_arrived")
    assert message.sent_at == message.sending_at


def test_a_person_says_send_it_again_and_a_late_answer_changes_nothing_any_more(planned):
    one = in_doubt(planned)

    assert act(planned, outbox.send_again, one.id)
    assert not act(planned, outbox.settle, one, SENT)
    planned.send()

    assert planned.box.to == [ANN]
    assert planned.pairs() == [("sent", "accepted")]


def test_only_what_is_in_doubt_takes_a_persons_word(planned):
    message_id = planned.only().id

    assert not act(planned, outbox.say_arrived, message_id)
    assert not act(planned, outbox.send_again, message_id)


def test_what_repeats_itself_is_one_decision_with_its_count(planned):
    for _ in range(3):
        (one,) = claim(planned)
        act(planned, outbox.write_sending, one, GOING)
        until = planned.clock.now + timedelta(minutes=1)
        later = Later(reason=Defer.SERVER_AWAY, until=until, reply="nobody there", is_counted=False)
        act(planned, outbox.put_back, one, later)
        planned.clock.step(61)
        act(planned, outbox.let_wait, Defer.SERVER_AWAY, timedelta(minutes=1))
        planned.clock.step(61)

    message = planned.only()
    assert [(one["what"], one.get("times")) for one in message.decisions] == [
        ("planned", None),
        ("sending", None),
        ("deferred", 6),
    ]
    assert (message.state, message.attempts) == ("planned", 0)
    assert message.decisions[-1]["until"] > message.decisions[-1]["at"]


def test_eve_cannot_claim_or_settle_it(planned, linden):
    (one,) = claim(planned)

    with planned.wiring.db.of_shop(linden) as session:
        assert outbox.claim(session, linden, most=9) == []
        assert outbox.claim(session, planned.shop_id, most=9) == []
        assert not outbox.write_sending(session, planned.shop_id, one, GOING)
        assert outbox.park(session, planned.shop_id) == []
