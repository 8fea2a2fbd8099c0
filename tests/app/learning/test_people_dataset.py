"""Rows become purchases: whose they are, what counts, and who is left out."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.learning.people_dataset import Wanted, read_people
from app.models import Profile, ProfileName
from app.models.browsing import visitor_key
from plugins.events import OrderState, VisitorRecognized
from tests.app.cast import ALICE, MONDAY, agree, order, tell


@pytest.fixture
def people(wiring, harbour):
    """Alice has an account, a guest writes from an address."""
    return {name: know(wiring, harbour, kind, name) for kind, name in (("customer", "alice"), ("email", "g@x.example"))}


def know(wiring, shop_id, kind, name, **more):
    with wiring.db.of_shop(shop_id) as session:
        profile = Profile(shop_id=shop_id, may_personalize=more.pop("may_personalize", True), **more)
        session.add(profile)
        session.flush()
        names = {"kind": kind, "name": name, "profile_id": profile.id, "home_id": profile.id, "because": "order"}
        session.add(ProfileName(shop_id=shop_id, **names))
        return profile.id


def read(wiring, shop_id, *, is_unasked_allowed=True, **more):
    wanted = Wanted("GBP", MONDAY + timedelta(days=1), is_unasked_allowed, **more)
    with wiring.db.of_shop(shop_id) as session:
        return read_people(session, shop_id, wanted)


def ids(found):
    return found.profile_ids.tolist()


def test_accounts_and_guests_are_people_each_with_their_own_orders(wiring, harbour, people):
    tell(wiring, harbour, order("1", "a b", "alice"), order("2", "a", email="g@x.example"), order("3", "a", "alice"))

    found = read(wiring, harbour)

    assert ids(found) == sorted(people.values())
    assert found.purchases.counts().tolist() == [2, 1]
    assert found.purchases.spent().tolist() == [1350, 450]


def test_cancelled_orders_other_currencies_the_future_and_nobodys_orders_do_not_count(wiring, harbour, people):
    tell(
        wiring,
        harbour,
        order("1", "a", "alice", state=OrderState.CANCELLED),
        order("2", "a", "alice", at=MONDAY + timedelta(days=3)),
        order("3", "a", "alice"),
        order("4", "a"),
    )
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE orders SET currency = 'EUR' WHERE external_id = '3'"))

    assert ids(read(wiring, harbour)) == []


def test_refunds_come_off_and_an_order_wholly_given_back_is_no_purchase(wiring, harbour, people):
    tell(wiring, harbour, order("1", "a b", "alice"), order("2", "a", "alice"))
    give_back = text("""
        INSERT INTO refunds (shop_id, external_id, order_external_id, amount_minor, currency, made_at)
        VALUES (:shop_id, :order, :order, :minor, 'GBP', now())
    """)
    with wiring.db.of_shop(harbour) as session:
        session.execute(give_back, {"shop_id": harbour, "order": "1", "minor": 100})
        session.execute(give_back, {"shop_id": harbour, "order": "2", "minor": 9999})

    found = read(wiring, harbour)

    assert found.purchases.amount.tolist() == [800]


def test_who_said_no_is_not_profiled_even_where_the_profile_has_not_heard_of_it(wiring, harbour, people):
    tell(wiring, harbour, order("1", "a", "alice"), order("2", "a", email="g@x.example"))
    tell(wiring, harbour, VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY))
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE), is_given=False)

    assert ids(read(wiring, harbour)) == [people["g@x.example"]]


def test_a_shop_that_learns_only_from_who_was_asked_leaves_out_the_others(wiring, harbour, people):
    tell(wiring, harbour, order("1", "a", "alice"), order("2", "a", email="g@x.example"))
    tell(wiring, harbour, VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY))
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))

    assert ids(read(wiring, harbour, is_unasked_allowed=False)) == [people["alice"]]


def test_some_people_are_read_alone(wiring, harbour, people):
    tell(wiring, harbour, order("1", "a", "alice"), order("2", "a", email="g@x.example"))

    assert ids(read(wiring, harbour, profile_ids=[people["alice"]])) == [people["alice"]]


def test_a_shop_without_orders_and_the_other_shop_have_nobody(wiring, harbour, linden, people):
    assert ids(read(wiring, harbour)) == []
    tell(wiring, harbour, order("1", "a", "alice"))

    assert ids(read(wiring, linden)) == []
