"""What people answered us reaches the platform: once, in the end as they last said, and nothing it told us itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from app import consent
from app.jobs import clock
from app.jobs.writing_back import collect_answers, collect_campaigns, write_back
from app.messaging.links import UNSUBSCRIBE, Target, address, make_link
from app.models import ConnectionState, WriteBack
from app.shops import connections, write_backs
from plugins.errors import Refused, Rejected, Throttled, Unreachable, Unsupported
from plugins.events import ConsentChanged, Purpose
from plugins.talking import CampaignTold, DiscountMade, FieldSet, MailAnswer, TagsChanged
from tests.app.cast import MONDAY, customer, tell
from tests.app.jobs.platform import connect, play

ALICE_AT = "alice@example.com"


@pytest.fixture
def played(monkeypatch, wiring, harbour):
    connect(wiring, harbour)
    return play(monkeypatch)


def say(wiring, shop_id, *, is_given=False, source="own_page", email=ALICE_AT):
    with wiring.db.of_shop(shop_id) as session:
        at = consent.moment_of_own_word(session, shop_id, email)
        purpose = Purpose.EMAIL_MARKETING
        word = consent.Word(purpose=purpose, is_given=is_given, source=source, email=email, occurred_at=at)
        consent.record(session, shop_id, word)


def rows(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return list(session.scalars(select(WriteBack).order_by(WriteBack.id)))


def tell_all(wiring, shop_id):
    for row in rows(wiring, shop_id):
        write_back.__wrapped__(wiring, shop_id, row.id)


def wake(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        session.execute(update(WriteBack).values(claimed_until=text("clock_timestamp() - interval '1 second'")))


def test_a_no_by_a_letters_link_is_told_to_the_platform_once(client, wiring, harbour, played):
    tell(wiring, harbour, customer("alice"))
    with wiring.db.of_shop(harbour) as session:
        token = make_link(session, harbour, UNSUBSCRIBE, Target(email=ALICE_AT))
    client.post(address("", "harbour-tea", UNSUBSCRIBE, token), data={"List-Unsubscribe": "One-Click"})

    for _ in range(2):
        collect_answers(wiring, harbour)
        tell_all(wiring, harbour)

    ((key, change),) = played.written
    assert key.startswith("answer:")
    assert isinstance(change, MailAnswer)
    assert (change.email, change.customer_external_id, change.is_given) == (ALICE_AT, "alice", False)
    (row,) = rows(wiring, harbour)
    assert (row.state, row.change) == ("done", {})  # nothing of whom it was about is kept twice


def test_what_the_platform_or_a_file_said_is_not_told_back(wiring, harbour, played):
    word = {"purpose": Purpose.EMAIL_MARKETING, "is_given": True, "occurred_at": MONDAY, "email": ALICE_AT}
    for source in ("checkout", "shopify", "klaviyo_export"):
        tell(wiring, harbour, ConsentChanged(source=source, **word))
    collect_answers(wiring, harbour)
    assert rows(wiring, harbour) == []


def test_a_later_answer_takes_an_earlier_ones_place(wiring, harbour, played):
    say(wiring, harbour, is_given=False)
    collect_answers(wiring, harbour)
    say(wiring, harbour, is_given=True)
    collect_answers(wiring, harbour)

    tell_all(wiring, harbour)

    assert [change.is_given for _, change in played.written] == [True]
    assert {row.state for row in rows(wiring, harbour)} == {"done"}


@pytest.mark.parametrize(
    "error", [Unreachable("Away."), Throttled(wait_seconds=1), Refused("A permission is missing.")]
)
def test_what_cannot_be_told_now_is_told_later_and_breaks_no_connection(wiring, harbour, played, error):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    for _ in range(7):
        played.errors = [error]
        tell_all(wiring, harbour)
        wake(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        row = connections.connection_of(session, harbour)
        assert (row.state, row.found["write_back"]["trouble"]) == (ConnectionState.CONNECTED, str(error))

    tell_all(wiring, harbour)

    assert len(played.written) == 1
    with wiring.db.of_shop(harbour) as session:
        assert connections.connection_of(session, harbour).found["write_back"]["trouble"] == ""


def test_what_needs_a_person_is_tried_again_by_the_hour(wiring, harbour, played):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    played.errors = [Refused("A permission is missing.")]
    tell_all(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        seconds = session.scalar(select(func.extract("epoch", WriteBack.claimed_until - func.clock_timestamp())))
    assert 3590 < seconds <= 3600


@pytest.mark.parametrize(("error", "state"), [(Unsupported("It cannot."), "done"), (Rejected("Not this."), "failed")])
def test_what_a_platform_will_not_take_is_not_tried_again(wiring, harbour, played, error, state):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    played.errors = [error]
    tell_all(wiring, harbour)
    tell_all(wiring, harbour)
    (row,) = rows(wiring, harbour)
    assert (row.state, row.reason, row.change, played.written) == (state, str(error), {}, [])


def test_what_was_not_told_before_a_shop_left_is_told_when_it_is_back(wiring, harbour, played):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        connections.mark_gone(session, harbour)
    tell_all(wiring, harbour)
    collect_answers(wiring, harbour)
    assert (rows(wiring, harbour), played.written) == ([], [])

    connect(wiring, harbour)
    collect_answers(wiring, harbour)
    tell_all(wiring, harbour)
    assert [change.is_given for _, change in played.written] == [False]


def test_a_no_outlasts_a_connection_that_nobody_mends_for_two_weeks(wiring, harbour, played):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(WriteBack).values(attempts=14 * 24, reason="A permission is missing."))
    tell_all(wiring, harbour)

    assert len(played.written) == 1


def test_of_two_workers_one_tells(wiring, harbour, played):
    say(wiring, harbour)
    collect_answers(wiring, harbour)
    (row,) = rows(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        assert write_backs.claim_write_back(session, harbour, row.id)
    write_back.__wrapped__(wiring, harbour, row.id)
    assert played.written == []


def test_a_shop_that_is_not_connected_gathers_nothing(wiring, linden):
    say(wiring, linden)
    collect_answers(wiring, linden)
    assert rows(wiring, linden) == []


def test_eves_answers_stay_in_her_shop(wiring, harbour, linden, played):
    say(wiring, linden)
    collect_answers(wiring, harbour)
    assert rows(wiring, harbour) == rows(wiring, linden) == []


def test_every_change_comes_out_of_the_line_as_it_went_in(wiring, harbour, played):
    changes = [
        TagsChanged(customer_external_id="1", add=("vip",), remove=("new", "old")),
        FieldSet(customer_external_id="1", key="segment", value="loyal"),
        MailAnswer(email=ALICE_AT, customer_external_id=None, is_given=False, answered_at=MONDAY),
        DiscountMade(code="TEA10", percent=10, starts_at=MONDAY, ends_at=MONDAY, email=ALICE_AT),
        CampaignTold(key="cart", title="Cart reminder", is_on=True, day=MONDAY, sent=3),
    ]
    with wiring.db.of_shop(harbour) as session:
        for number, change in enumerate(changes):
            assert write_backs.put_in_line(session, harbour, change, key=str(number))
            assert write_backs.put_in_line(session, harbour, change, key=str(number)) is None
    tell_all(wiring, harbour)
    assert [change for _, change in played.written] == changes


def test_the_clock_gathers_answers_and_rings_for_them(wiring, harbour, played):
    say(wiring, harbour)
    clock.tell_platforms(wiring)
    with wiring.db.of_shop(harbour) as session:
        assert session.scalar(select(func.count()).select_from(WriteBack)) == 1


def test_what_a_day_of_the_campaign_came_to_is_told_once_and_names_nobody(stage, monkeypatch):
    connect(stage.wiring, stage.shop_id)
    played = play(monkeypatch)
    stage.subscribe()
    stage.leave()
    stage.run()
    tomorrow = replace(stage.wiring, clock=lambda: MONDAY + timedelta(days=1))

    for _ in range(2):
        collect_campaigns(tomorrow, stage.shop_id)
        tell_all(stage.wiring, stage.shop_id)

    ((_, change),) = played.written
    assert isinstance(change, CampaignTold)
    assert (change.title, change.is_on, change.day) == ("Cart reminder", True, MONDAY.replace(hour=0))
    assert (change.sent, change.clicked, change.unsubscribed) == (1, 0, 0)
    assert "@" not in repr(change)
