"""A platform's past comes in: page by page, put off where it must be, gone on with where it stood."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from app.ingest import backfills
from app.ingest.fetched import record_page
from app.jobs.access import open_access
from app.jobs.backfills import run_backfill
from app.jobs.connecting import set_up_shop
from app.models import Backfill, Connection, Item, Order, Shop, Training, WorkState
from app.shops import connections
from app.shops.secrets import WEBHOOK, current_secrets
from plugins.errors import Refused, Rejected, Throttled, Unreachable, Unsupported, WrongAddress
from plugins.talking import Kind, Page
from tests.app.cast import MONDAY, item, order, tell
from tests.app.jobs.platform import connect, play

ITEMS = [item(str(number)) for number in range(1, 6)]
ORDERS = [order(str(number), "1 2", "7") for number in range(101, 106)]


@pytest.fixture
def played(monkeypatch, wiring, harbour):
    connect(wiring, harbour)
    played = play(monkeypatch)
    played.has = {Kind.ITEMS: list(ITEMS), Kind.ORDERS: list(ORDERS)}
    return played


def start(wiring, shop_id, *kinds, cause=backfills.INSTALL, since=None):
    with wiring.db.of_shop(shop_id) as session:
        return backfills.start_backfills(session, shop_id, kinds, cause=cause, since=since, until=wiring.clock())


def run(wiring, shop_id, backfill_id):
    run_backfill.__wrapped__(wiring, shop_id, backfill_id)


def run_all(wiring, shop_id):
    """Run what waits, as the sweep would, until nothing does."""
    for _ in range(20):
        with wiring.db.of_shop(shop_id) as session:
            waiting = list(
                session.scalars(select(Backfill.id).where(Backfill.state == "waiting").order_by(Backfill.id))
            )
        if not waiting:
            return
        for one in waiting:
            run(wiring, shop_id, one)


def row(wiring, shop_id, backfill_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get_one(Backfill, (shop_id, backfill_id))


def wake(wiring, shop_id):
    """Let the time pass for which readings were put off, or for which a killed worker held them."""
    with wiring.db.of_shop(shop_id) as session:
        session.execute(update(Backfill).values(claimed_until=text("clock_timestamp() - interval '1 second'")))


def count(wiring, shop_id, kind):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalar(select(func.count()).select_from(kind))


def connection(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get_one(Connection, shop_id)


def test_all_of_a_kind_comes_in_page_by_page(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)

    run(wiring, harbour, one)

    done = row(wiring, harbour, one)
    assert (done.state, done.rows_read, done.rows_total, done.facts, done.cursor) == ("done", 5, 5, 5, "5")
    assert count(wiring, harbour, Order) == 5


def test_a_killed_worker_costs_the_page_it_was_reading_and_no_more(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    with wiring.db.of_shop(harbour) as session:
        assert backfills.claim_backfill(session, harbour, one)  # by somebody who dies
    run(wiring, harbour, one)
    assert played.fetched == []
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Backfill).values(cursor="4", rows_read=4))
    wake(wiring, harbour)

    run(wiring, harbour, one)

    assert [cursor for _, _, cursor in played.fetched] == ["4"]
    assert row(wiring, harbour, one).rows_read == 5
    assert count(wiring, harbour, Order) == 1


def test_a_turn_begins_with_the_first_row_and_ends_behind_it(wiring, harbour, played, monkeypatch):
    monkeypatch.setattr("app.jobs.backfills.TURN_SECONDS", -1.0)
    (one,) = start(wiring, harbour, Kind.ORDERS)

    for rows_read in (2, 4):
        played.waits = [0.0]  # a page that says it is being got ready
        run(wiring, harbour, one)
        kept = row(wiring, harbour, one)
        assert (kept.state, kept.rows_read) == ("waiting", rows_read)


def test_of_two_workers_the_one_that_lost_its_claim_keeps_nothing(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    real = played.fetch

    def fetch(*args):
        for number, page in enumerate(real(*args)):
            if number == 1:  # the lease ran out, and another took over
                wake(wiring, harbour)
                with wiring.db.of_shop(harbour) as session:
                    assert backfills.claim_backfill(session, harbour, one)
            yield page

    played.fetch = fetch
    run(wiring, harbour, one)

    kept = row(wiring, harbour, one)
    assert (kept.state, kept.cursor) == ("running", "2")
    assert count(wiring, harbour, Order) == 2


def test_what_the_platform_prepares_is_waited_for_by_nobody(wiring, harbour, played):
    played.waits = [30.0]
    (one,) = start(wiring, harbour, Kind.ORDERS)

    run(wiring, harbour, one)

    kept = row(wiring, harbour, one)
    assert (kept.state, kept.reason, kept.claim_token, kept.attempts) == ("waiting", "", None, 0)
    run(wiring, harbour, one)
    assert len(played.fetched) == 1
    wake(wiring, harbour)
    run(wiring, harbour, one)
    assert row(wiring, harbour, one).state == "done"


@pytest.mark.parametrize(
    "error", [Unreachable("It answers with a page of HTML."), Throttled("Slower.", wait_seconds=600)]
)
def test_an_answer_that_does_not_come_is_asked_for_again_later_however_often(wiring, harbour, played, error):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    for _ in range(12):
        played.errors = [error]
        run(wiring, harbour, one)
        kept = row(wiring, harbour, one)
        assert (kept.state, kept.reason) == ("waiting", str(error))
        wake(wiring, harbour)
    assert connection(wiring, harbour).trouble == str(error)
    assert connection(wiring, harbour).state == "connected"

    run(wiring, harbour, one)

    assert row(wiring, harbour, one).state == "done"
    assert (connection(wiring, harbour).trouble, row(wiring, harbour, one).reason) == ("", "")


def test_a_throttled_shop_is_left_alone_for_as_long_as_it_says(wiring, harbour, played):
    played.errors = [Throttled(wait_seconds=600)]
    (one,) = start(wiring, harbour, Kind.ORDERS)
    run(wiring, harbour, one)
    with wiring.db.of_shop(harbour) as session:
        seconds = session.scalar(select(func.extract("epoch", Backfill.claimed_until - func.clock_timestamp())))
    assert 590 < seconds <= 600


@pytest.mark.parametrize("error", [Refused("Rights were taken back."), WrongAddress("It leads elsewhere.")])
def test_what_needs_a_person_says_so_and_goes_on_where_it_was_when_they_connect_again(wiring, harbour, played, error):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    real = played.fetch

    def fetch(*args):
        for page in real(*args):
            yield page
            raise error

    played.fetch = fetch
    run(wiring, harbour, one)
    assert (connection(wiring, harbour).state, connection(wiring, harbour).trouble) == ("broken", str(error))
    assert row(wiring, harbour, one).cursor == "2"

    played.fetch = real
    connect(wiring, harbour)
    assert start(wiring, harbour, Kind.ORDERS) == [one]
    run(wiring, harbour, one)

    assert row(wiring, harbour, one).state == "done"
    assert [cursor for _, _, cursor in played.fetched] == ["", "2"]


def test_a_shop_that_stays_away_is_asked_more_and_more_seldom(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    pauses = []
    for _ in range(3):
        played.errors = [Unreachable("Away.")]
        run(wiring, harbour, one)
        with wiring.db.of_shop(harbour) as session:
            left = session.scalar(select(func.extract("epoch", Backfill.claimed_until - func.clock_timestamp())))
        pauses.append(float(left))
        wake(wiring, harbour)
    assert pauses == pytest.approx([30, 60, 120], abs=5)


def test_what_needs_a_person_is_tried_again_by_the_hour(wiring, harbour, played):
    played.errors = [Refused("Rights were taken back.")]
    (one,) = start(wiring, harbour, Kind.ORDERS)
    run(wiring, harbour, one)
    with wiring.db.of_shop(harbour) as session:
        seconds = session.scalar(select(func.extract("epoch", Backfill.claimed_until - func.clock_timestamp())))
    assert 3590 < seconds <= 3600


def test_a_training_is_asked_for_when_items_and_orders_are_both_here(wiring, harbour, played):
    items, orders = start(wiring, harbour, Kind.ITEMS, Kind.ORDERS)
    run(wiring, harbour, orders)
    assert count(wiring, harbour, Training) == 0
    run(wiring, harbour, items)
    assert count(wiring, harbour, Training) > 0


def test_what_opens_the_shop_is_renewed_before_it_ends_within_a_long_reading(wiring, harbour, played, monkeypatch):
    minutes = iter([1, 60])

    def soon_over(*args):
        access = open_access(*args)
        ends_at = wiring.clock() + timedelta(minutes=next(minutes))
        return replace(access, credentials=replace(access.credentials, expires_at=ends_at))

    monkeypatch.setattr("app.jobs.backfills.open_access", soon_over)
    (one,) = start(wiring, harbour, Kind.ORDERS)
    run(wiring, harbour, one)

    assert [cursor for _, _, cursor in played.fetched] == ["", "2"]
    assert row(wiring, harbour, one).state == "done"


def test_what_a_platform_cannot_tell_is_done_and_what_it_will_not_is_failed(wiring, harbour, played):
    items, orders = start(wiring, harbour, Kind.ITEMS, Kind.ORDERS)
    played.errors = [Unsupported("No."), Rejected("Not this.")]
    run(wiring, harbour, items)
    run(wiring, harbour, orders)
    assert (row(wiring, harbour, items).state, row(wiring, harbour, items).reason) == ("done", "No.")
    assert (row(wiring, harbour, orders).state, row(wiring, harbour, orders).reason) == ("failed", "Not this.")


def test_a_shop_that_left_is_read_no_further(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    with wiring.db.of_shop(harbour) as session:
        connections.mark_gone(session, harbour)
    run(wiring, harbour, one)
    assert (row(wiring, harbour, one).state, played.fetched) == ("failed", [])


def test_one_fact_that_cannot_be_stored_costs_that_fact_alone(wiring, harbour, played):
    future = order("200", "1", at=MONDAY + timedelta(days=900))
    played.has[Kind.ORDERS] = [*ORDERS[:3], order("106", "1", email="a\x00b@example.com"), future]
    (one,) = start(wiring, harbour, Kind.ORDERS)

    run(wiring, harbour, one)

    assert count(wiring, harbour, Order) + row(wiring, harbour, one).found["unread"] == 5
    assert row(wiring, harbour, one).state == "done"
    with wiring.db.of_shop(harbour) as session:
        (told,) = backfills.progress(session, harbour)
    assert told.unread >= 1


def test_the_same_reading_asked_for_twice_is_one(wiring, harbour, played):
    assert start(wiring, harbour, Kind.ORDERS) == start(wiring, harbour, Kind.ORDERS)
    assert count(wiring, harbour, Backfill) == 1


def test_a_worker_that_dies_at_the_same_place_again_and_again_is_told_of(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    for _ in range(5):
        with wiring.db.of_shop(harbour) as session:
            assert backfills.claim_backfill(session, harbour, one)
        wake(wiring, harbour)
    run(wiring, harbour, one)
    assert (row(wiring, harbour, one).state, row(wiring, harbour, one).reason) == ("failed", backfills.STUCK)


def test_a_worker_that_dies_often_but_gets_on_is_not_given_up(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    for _ in range(6):
        with wiring.db.of_shop(harbour) as session:
            claimed = backfills.claim_backfill(session, harbour, one)
            assert record_page(session, harbour, claimed, Page(cursor=""), wiring.clock(), wiring.seals)
        wake(wiring, harbour)
    run(wiring, harbour, one)
    assert row(wiring, harbour, one).state == "done"


def test_a_database_that_goes_away_costs_no_fact(wiring, harbour, played, monkeypatch):
    def gone(*_args):
        raise OperationalError("INSERT", {}, Exception("gone"))

    (one,) = start(wiring, harbour, Kind.ORDERS)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("app.ingest.fetched.apply_events", gone)
        with pytest.raises(OperationalError):
            run(wiring, harbour, one)
    wake(wiring, harbour)
    run(wiring, harbour, one)
    assert (row(wiring, harbour, one).found.get("unread"), count(wiring, harbour, Order)) == (None, 5)


def test_eve_sees_nothing_of_a_reading(wiring, harbour, linden, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    run(wiring, linden, one)
    with wiring.db.of_shop(linden) as session:
        assert backfills.progress(session, linden) == []
    assert row(wiring, harbour, one).state == "waiting"


def test_setting_up_learns_what_the_shop_says_reads_its_past_and_has_its_webhooks_made(wiring, harbour, played):
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)

    with wiring.db.of_nobody() as session:
        shop = session.get_one(Shop, harbour)
    assert (shop.name, shop.time_zone) == ("Harbour Tea & Coffee", "Europe/London")
    assert shop.origins == ["https://harbour-tea.example", "https://www.harbour-tea.example"]
    found = connection(wiring, harbour).found
    assert found["shop"]["missing_scopes"] == ["read_all_orders"]
    assert found["webhooks"]["mended"] == ["order.created"]
    with wiring.db.of_shop(harbour) as session:
        secrets = current_secrets(session, harbour, WEBHOOK, secret_key=wiring.settings.secret_key)
    assert played.subscribed == [("http://127.0.0.1:8000/webhooks/woocommerce/harbour-tea", secrets[0])]
    assert (count(wiring, harbour, Item), count(wiring, harbour, Order)) == (5, 5)
    with wiring.db.of_shop(harbour) as session:
        asked = session.scalars(select(Training.cause)).all()
        told = backfills.progress(session, harbour)
    assert set(asked) == {"imported"}
    assert [(one.kind, one.state) for one in told] == [("shop", "done"), ("items", "done"), ("orders", "done")]


def test_setting_up_twice_makes_one_secret_and_reads_once(wiring, harbour, played):
    for _ in range(2):
        set_up_shop(harbour, wiring=wiring)
        run_all(wiring, harbour)
    assert len({secret for _, secret in played.subscribed}) == 1
    assert [kind for kind, _, _ in played.fetched] == [Kind.ITEMS, Kind.ORDERS]
    assert (count(wiring, harbour, Item), count(wiring, harbour, Order)) == (5, 5)


def test_a_shop_that_left_and_came_back_is_read_anew(wiring, harbour, played):
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        connections.mark_gone(session, harbour)
    connect(wiring, harbour, at=wiring.clock())
    played.has[Kind.ORDERS] = [*ORDERS, order("106", "1")]
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)
    assert (count(wiring, harbour, Item), count(wiring, harbour, Order)) == (5, 6)


def test_a_past_that_failed_and_was_asked_for_by_hand_counts_as_read(wiring, harbour, played):
    (first,) = start(wiring, harbour, Kind.ORDERS)
    played.errors = [Rejected("Not now.")]
    run(wiring, harbour, first)
    with wiring.db.of_shop(harbour) as session:
        assert backfills.read_until(session, harbour, Kind.ORDERS) is None
    (again,) = start(wiring, harbour, Kind.ORDERS, cause=backfills.ASKED)
    run(wiring, harbour, again)
    with wiring.db.of_shop(harbour) as session:
        assert backfills.read_until(session, harbour, Kind.ORDERS) == row(wiring, harbour, again).until
    assert count(wiring, harbour, Training) > 0


def test_a_name_the_merchant_chose_stays_when_the_shop_is_looked_at_again(wiring, harbour, played):
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, harbour).name = "Harbour"
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)
    with wiring.db.of_nobody() as session:
        assert session.get_one(Shop, harbour).name == "Harbour"


def test_a_shop_that_changed_its_currency_keeps_the_one_its_orders_are_in_and_is_told(wiring, harbour, played):
    tell(wiring, harbour, order("1", "1"))
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, harbour).currency = "EUR"
    set_up_shop(harbour, wiring=wiring)
    run_all(wiring, harbour)
    with wiring.db.of_nobody() as session:
        assert session.get_one(Shop, harbour).currency == "EUR"
    assert "GBP" in connection(wiring, harbour).found["shop"]["notes"][-1]


def test_progress_says_how_long_it_will_still_take(wiring, harbour, played):
    (one,) = start(wiring, harbour, Kind.ORDERS)
    with wiring.db.of_shop(harbour) as session:
        assert backfills.claim_backfill(session, harbour, one)
        ten_seconds_ago = text("clock_timestamp() - interval '10 seconds'")
        session.execute(update(Backfill).values(rows_read=100, rows_total=400, started_at=ten_seconds_ago))
        (told,) = backfills.progress(session, harbour)
    assert told.state == WorkState.RUNNING
    assert 29 < told.seconds_left < 32
