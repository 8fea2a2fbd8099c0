"""What reminders bring: both sides asked alike, one row a person, nobody before their days are over, no other shop."""

from datetime import timedelta
from itertools import count

import pytest

from app.campaigns import campaigns, lift
from app.models import Message, Order
from plugins.events import OrderState
from tests.app.campaigns.test_campaigns import TEXTS, WISH
from tests.app.cast import order, tell
from tests.app.stage import set_campaign

DAY = timedelta(days=1)
numbers = count(1)


class Ledger:
    """A shop whose campaign has left people alone for sixty days, and what is written down of whom."""

    def __init__(self, wiring, shop_id):
        self.wiring, self.shop_id, self.now = wiring, shop_id, wiring.clock()
        since = self.now - 60 * DAY
        set_campaign(wiring, shop_id, control_percent=10, control_since=since, on_since=since)

    def write(self, email, ago, *, control=False, **more):
        at = self.now - ago * DAY
        told = (
            {"state": "skipped", "reason": "control_group", "settled_at": at}
            if control
            else {"state": "sent", "reason": "accepted", "sending_at": at, "sent_at": at}
        )
        with self.wiring.db.of_shop(self.shop_id) as session:
            whose = campaigns.find_campaign(session, self.shop_id).id
            told |= {"planned_at": at, "due_at": at, "cart_version_at": at, "is_control": control, "email": email}
            message = {**told, "cart_external_id": f"c{next(numbers)}", "campaign_id": whose, **more}
            session.add(Message(shop_id=self.shop_id, **message))

    def buy(self, ago, *, total=900, **more):
        told = order(f"o{next(numbers)}", "1 2", at=self.now - ago * DAY, **more)
        tell(self.wiring, self.shop_id, told)
        with self.wiring.db.of_shop(self.shop_id) as session:
            session.query(Order).filter_by(external_id=told.external_id).one().total_minor = total

    def read(self):
        with self.wiring.db.of_shop(self.shop_id) as session:
            return lift.measure(session, self.shop_id, campaigns.find_campaign(session, self.shop_id), "GBP")

    def sides(self):
        measured = self.read()
        return [(side.people, side.ordered, side.minor) for side in (measured.reminded, measured.left_alone)]


@pytest.fixture
def ledger(wiring, harbour):
    return Ledger(wiring, harbour)


def test_both_sides_count_whoever_ordered_in_the_fourteen_days_after(ledger):
    ledger.write("a@example.com", 30)
    ledger.write("b@example.com", 30)
    ledger.write("c@example.com", 30, control=True)
    ledger.write("d@example.com", 30, control=True)
    ledger.buy(29, email="a@example.com")
    ledger.buy(28, email="a@example.com")
    ledger.buy(31, email="b@example.com")  # before
    ledger.buy(15, email="c@example.com")  # too late
    ledger.buy(17, email="d@example.com", total=500)

    assert ledger.sides() == [(2, 1, 1800), (2, 1, 500)]


def test_an_order_of_the_account_counts_and_under_both_names_once(ledger):
    ledger.write("a@example.com", 30, customer_external_id="k1")
    ledger.write("b@example.com", 30, control=True, customer_external_id="k2")
    ledger.buy(29, customer="k1", email="a@example.com")
    ledger.buy(29, customer="k2", email="elsewhere@example.com")

    assert ledger.sides() == [(1, 1, 900), (1, 1, 900)]


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.UNPAID, OrderState.REFUNDED])
def test_an_order_that_does_not_stand_is_none(ledger, state):
    ledger.write("a@example.com", 30)
    ledger.buy(29, email="a@example.com", state=state)

    assert ledger.sides() == [(1, 0, 0), (0, 0, 0)]


def test_a_person_counts_once_from_the_first_time(ledger):
    ledger.write("a@example.com", 50, control=True)
    ledger.write("a@example.com", 20, control=True)
    ledger.buy(19, email="a@example.com")

    assert ledger.sides() == [(0, 0, 0), (1, 0, 0)]


def test_nobody_counts_before_their_days_are_over_and_the_day_is_told(ledger):
    ledger.write("a@example.com", 13)
    ledger.write("b@example.com", 3, control=True)

    measured = ledger.read()

    assert measured.people == 0
    assert measured.waiting == 2
    assert measured.first_day == ledger.now + DAY


def test_tests_and_what_never_went_count_for_nobody(ledger):
    ledger.write("a@example.com", 30, is_test=True)
    ledger.write("b@example.com", 30, state="skipped", reason="ordered", sending_at=None)
    ledger.write("c@example.com", 30, control=True, reason="never_asked")

    assert ledger.read().people == 0


def test_what_was_handed_over_and_came_back_counts_as_a_reminder(ledger):
    ledger.write("a@example.com", 30, state="failed", reason="address_dead", sent_at=None)

    assert ledger.read().reminded.people == 1


def test_a_new_share_begins_the_count_anew_and_none_ends_it(wiring, ledger):
    ledger.write("a@example.com", 30, control=True)
    with wiring.db.of_shop(ledger.shop_id) as session:
        changed = campaigns.change_campaign(
            session, ledger.shop_id, campaigns.Wish(**{**vars(WISH), "control_percent": 0})
        )
        assert "control_percent" in changed
    ledger.write("b@example.com", -1, control=True)
    assert ledger.sides()[1][0] == 1
    assert ledger.read().waiting == 0
    assert ledger.read().missing == 0

    with wiring.db.of_shop(ledger.shop_id) as session:
        campaigns.change_campaign(session, ledger.shop_id, campaigns.Wish(**{**vars(WISH), "control_percent": 20}))
    assert ledger.sides()[1][0] == 0


def test_where_nobody_ever_was_left_alone_there_is_nothing_to_compare(wiring, harbour):
    set_campaign(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        campaigns.open_campaign(session, harbour, **TEXTS)
        assert lift.measure(session, harbour, campaigns.find_campaign(session, harbour), "GBP") is None


def test_a_clear_difference_is_told_and_a_small_one_asks_for_more_people(ledger):
    for number in range(60):
        ledger.write(f"a{number}@example.com", 30)
        ledger.write(f"b{number}@example.com", 30, control=True)
    few = ledger.read()
    assert not few.rate.is_told
    assert few.missing > 0

    for number in range(30):
        ledger.buy(29, email=f"a{number}@example.com")
    measured = ledger.read()
    assert measured.rate.is_told
    assert measured.rate.point == pytest.approx(0.5)
    assert measured.money.low > 0


def test_eves_shop_counts_its_own_people_and_orders_only(wiring, ledger, linden):
    ledger.write("a@example.com", 30)
    eve = Ledger(wiring, linden)
    eve.write("a@example.com", 30, control=True)
    eve.buy(29, email="a@example.com")

    assert ledger.sides() == [(1, 0, 0), (0, 0, 0)]
    assert eve.sides() == [(0, 0, 0), (1, 1, 900)]
