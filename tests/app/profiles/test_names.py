"""Whose data may a link open? Its holder's, and nobody's that only touches them."""

import pytest

from app.identity import Known
from app.models.browsing import visitor_key
from app.profiles.names import Holder, names_by_row, names_of_holder
from plugins.events import CustomerMerged, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, cart, customer, order, tell


@pytest.fixture
def names(wiring, harbour):
    def read(email=None, customer=None, *, is_vouched=False, shop=harbour):
        with wiring.db.of_shop(shop) as session:
            return names_of_holder(session, shop, Holder(email, customer, is_vouched))

    return read


def test_a_mailbox_opens_the_account_that_is_registered_with_it(wiring, harbour, names):
    tell(wiring, harbour, customer("alice"), customer("bob"))

    assert names("alice@example.com") == Known(customers=frozenset({"alice"}), emails=frozenset({"alice@example.com"}))


def test_an_address_typed_into_somebodys_cart_or_order_opens_nothing_of_theirs(wiring, harbour, names):
    tell(
        wiring, harbour, customer("eve"), customer("alice"),
        cart("k", "1", "alice@example.com", customer_external_id="eve"),
        order("1", "1", "eve", email="alice@example.com"),
    )  # fmt: skip

    assert names("eve@example.com", "eve").emails == {"eve@example.com"}
    assert names("eve@example.com", "eve", is_vouched=True).customers == {"eve"}
    assert names("alice@example.com").customers == {"alice"}


def test_a_mailed_link_does_not_open_the_account_that_its_cart_named(wiring, harbour, names):
    tell(wiring, harbour, customer("alice"), cart("k", "1", "mother@example.com", customer_external_id="alice"))

    assert names("mother@example.com", "alice").customers == frozenset()


def test_what_the_merchant_vouches_for_counts(wiring, harbour, names):
    tell(wiring, harbour, customer("alice"))

    assert names(None, "alice", is_vouched=True).customers == {"alice"}


def test_accounts_that_the_platform_merged_are_one(wiring, harbour, names):
    tell(wiring, harbour, customer("alice"))
    tell(wiring, harbour, CustomerMerged(from_external_id="old", into_external_id="alice", merged_at=MONDAY))

    assert names("alice@example.com").customers == {"alice", "old"}


def test_a_shared_browser_belongs_to_neither(wiring, harbour, names):
    tell(
        wiring, harbour, customer("alice"), customer("bob"),
        order("1", "1", "alice", visitor_id=ALICE),
        VisitorRecognized(visitor_id=BOB, customer_external_id="alice", version_at=MONDAY),
        order("2", "1", "bob", visitor_id=BOB, at=MONDAY.replace(hour=8)),
    )  # fmt: skip

    assert names("alice@example.com").visitors == {visitor_key(ALICE)}
    assert names("bob@example.com").visitors == frozenset()


def test_a_shared_phone_leads_nowhere(wiring, harbour, names):
    tell(
        wiring, harbour, customer("alice", phone="+44 20 7946 0000"), customer("bob", phone="+44 20 7946 0000"),
        order("1", "1", email="gus@example.com", phone="+442079460000"),
    )  # fmt: skip

    assert names("alice@example.com").customers == {"alice"}
    assert names("gus@example.com").customers == frozenset()


def test_the_other_shops_people_have_no_names_here(wiring, harbour, linden, names):
    tell(wiring, harbour, customer("alice"))

    assert names("alice@example.com", shop=linden).customers == frozenset()
    with wiring.db.of_shop(linden) as session:
        assert names_by_row(session, linden, "customer", 1) is None


def test_a_row_that_names_nobody_opens_nothing(wiring, harbour):
    tell(wiring, harbour, order("1", "1"))
    with wiring.db.of_shop(harbour) as session:
        assert names_by_row(session, harbour, "order", 1) is None
