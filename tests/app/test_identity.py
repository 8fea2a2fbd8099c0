"""Who is this: what is the same beyond doubt, what is only probably the same, and what seals give away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.identity import (
    Kind,
    Known,
    Seals,
    clean_email,
    clean_phone,
    has_ordered,
    known,
    plain_address,
    probably_same,
    same_person,
)
from app.models.browsing import visitor_key
from plugins.events import CustomerMerged, OrderState, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, cart, customer, order, tell

PHONE = "+44 20 7946 0123"
HOME = "12 Quay Street, Harbourtown"
ALICE_KEY = visitor_key(ALICE)
BOB_KEY = visitor_key(BOB)


def ask(wiring, shop_id, question, **names):
    with wiring.db.of_shop(shop_id) as session:
        return question(session, shop_id, known(**names))


def test_an_account_and_the_address_it_is_registered_with_are_one_person(wiring, harbour):
    tell(wiring, harbour, customer("alice"))

    for names in ({"customers": "alice"}, {"emails": "alice@example.com"}):
        found = ask(wiring, harbour, same_person, **names)
        assert (found.customers, found.emails) == ({"alice"}, {"alice@example.com"})


def test_an_address_typed_into_somebodys_order_or_cart_leads_to_nobody(wiring, harbour):
    tell(
        wiring,
        harbour,
        customer("eve"),
        order("1", "a", "eve", email="mum@example.com"),
        cart("c1", "a", "mum@example.com", customer_external_id="eve"),
        order("2", "a", email="mum@example.com", phone="020 7946 0123"),
    )

    assert "mum@example.com" not in ask(wiring, harbour, same_person, customers="eve").emails
    found = ask(wiring, harbour, same_person, emails="mum@example.com")
    assert (found.customers, found.carts, found.phones) == (set(), set(), {"02079460123"})


def test_their_browser_phone_and_cart_come_along(wiring, harbour):
    tell(
        wiring,
        harbour,
        order("1", "a", "alice", phone=PHONE, country="GB", address=HOME, visitor_id=ALICE, cart_external_id="c1"),
        cart("c2", "b", "alice@example.com", customer_external_id="alice"),
    )

    found = ask(wiring, harbour, same_person, customers="alice")

    assert found.phones == {"+442079460123"}
    assert found.visitors == {ALICE_KEY}
    assert found.carts == {"c1", "c2"}
    assert len(found.addresses) == 1


def test_a_shared_phone_address_or_browser_makes_nobody_the_same(wiring, harbour):
    shared = {"phone": PHONE, "address": HOME, "visitor_id": ALICE}
    tell(
        wiring,
        harbour,
        order("1", "a", email="alice@example.com", **shared),
        order("2", "a", email="bob@example.com", **shared),
    )

    found = ask(wiring, harbour, same_person, emails="alice@example.com")

    assert found.emails == {"alice@example.com"}


def test_a_browser_that_somebody_else_uses_too_is_not_theirs_alone(wiring, harbour):
    tell(
        wiring,
        harbour,
        order("1", "a", email="alice@example.com", visitor_id=ALICE),
        order("2", "a", email="bob@example.com", visitor_id=ALICE),
        order("3", "a", email="alice@example.com", visitor_id=BOB),
    )

    assert ask(wiring, harbour, same_person, emails="alice@example.com").visitors == {BOB_KEY}


def test_a_browser_signed_in_as_somebody_else_is_not_theirs(wiring, harbour):
    seen = VisitorRecognized(visitor_id=ALICE, customer_external_id="bob", version_at=MONDAY)
    tell(wiring, harbour, order("1", "a", email="alice@example.com", visitor_id=ALICE), seen)

    assert ask(wiring, harbour, same_person, emails="alice@example.com").visitors == set()


def test_merged_accounts_are_one_person(wiring, harbour):
    merged = CustomerMerged(from_external_id="old", into_external_id="new", merged_at=MONDAY)
    tell(wiring, harbour, customer("old"), customer("new"), merged)

    assert ask(wiring, harbour, same_person, customers="new").customers == {"old", "new"}


@pytest.mark.parametrize(
    "shared",
    [{"phone": PHONE}, {"address": HOME}, {"visitor_id": ALICE}, {"cart_external_id": "c1"}],
    ids=["phone", "address", "browser", "cart"],
)
def test_a_shared_phone_address_browser_or_cart_is_probably_the_same_person(wiring, harbour, shared):
    own = {name: value for name, value in shared.items() if name != "cart_external_id"}
    tell(
        wiring,
        harbour,
        cart("c1", "a", "alice@example.com", **own),
        order("9", "a", email="other@example.com", **shared),
    )

    assert "other@example.com" in ask(wiring, harbour, probably_same, carts="c1").emails


def test_addresses_are_compared_without_regard_to_how_they_are_written(wiring, harbour):
    tell(
        wiring,
        harbour,
        cart("c1", "a", "alice@example.com", address=HOME),
        order("9", "a", email="other@example.com", address="12, QUAY STREET; harbourtown "),
    )

    assert "other@example.com" in ask(wiring, harbour, probably_same, carts="c1").emails


def test_a_pick_up_point_is_not_a_person(wiring, harbour):
    crowd = [order(f"{n}", "a", email=f"p{n}@example.com", address=HOME) for n in range(30)]
    tell(wiring, harbour, cart("c1", "a", "alice@example.com", address=HOME), *crowd)

    found = ask(wiring, harbour, probably_same, carts="c1", emails="alice@example.com")
    assert (found.emails, found.addresses) == ({"alice@example.com"}, set())


def test_nobody_of_the_other_shop_is_the_same_person(wiring, harbour, linden):
    tell(wiring, linden, customer("eve"), order("1", "a", "eve", email="alice@example.com"))
    tell(wiring, harbour, cart("c1", "a", "alice@example.com"))

    assert ask(wiring, harbour, probably_same, emails="alice@example.com").customers == set()


class TestHasOrdered:
    def ordered(self, wiring, shop_id, *, since=MONDAY, cart="", **names):
        with wiring.db.of_shop(shop_id) as session:
            return has_ordered(session, shop_id, known(**names), since=since, cart=cart)

    def test_an_order_since_then_counts_and_an_earlier_one_does_not(self, wiring, harbour):
        tell(wiring, harbour, order("1", "a", email="alice@example.com"))

        assert self.ordered(wiring, harbour, emails="alice@example.com")
        later = MONDAY + timedelta(seconds=1)
        assert not self.ordered(wiring, harbour, since=later, emails="alice@example.com")

    def test_the_cart_that_became_an_order_counts_whenever_that_was(self, wiring, harbour):
        tell(wiring, harbour, order("1", "a", at=MONDAY - timedelta(days=9), cart_external_id="c1"))

        assert self.ordered(wiring, harbour, cart="c1")

    @pytest.mark.parametrize(
        ("state", "counts"),
        [(OrderState.PENDING, True), (OrderState.REFUNDED, True), (OrderState.CANCELLED, False),
         (OrderState.UNPAID, False)],
    )  # fmt: skip
    def test_what_became_of_it_decides(self, wiring, harbour, state, counts):
        tell(wiring, harbour, order("1", "a", email="alice@example.com", state=state))

        assert self.ordered(wiring, harbour, emails="alice@example.com") == counts

    def test_an_order_of_the_other_shop_does_not_count(self, wiring, harbour, linden):
        tell(wiring, linden, order("1", "a", email="alice@example.com"))

        assert not self.ordered(wiring, harbour, emails="alice@example.com")


def test_a_seal_is_the_same_every_time_and_different_for_every_shop_kind_and_key():
    seals = Seals.of_secret("one " * 10)
    same = seals.seal(1, Kind.EMAIL, "a@b.example")

    assert same == Seals.of_secret("one " * 10).seal(1, Kind.EMAIL, "a@b.example")
    others = {
        seals.seal(2, Kind.EMAIL, "a@b.example"),
        seals.seal(1, Kind.PHONE, "a@b.example"),
        Seals.of_secret("two " * 10).seal(1, Kind.EMAIL, "a@b.example"),
    }
    assert len(others | {same}) == 4
    assert "one" not in repr(seals)


def test_known_goes_through_json_and_back():
    who = known(customers="7", emails=["a@b.example"], visitors=ALICE_KEY, addresses=b"1" * 16)

    assert Known.from_json(who.as_json()) == who
    assert bool(who)
    assert not Known()
    assert replace(who, emails=frozenset()) | known(emails="a@b.example") == who


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (" A@B.Example ", "a@b.example"),
        ("nobody", None),
        ("", None),
        (None, None),
        ("a@b\nBcc: c@d", None),
        ("A@xn--bcher-kva.example", "a@bücher.example"),
        ("a@BU\u0308CHER.example", "a@bücher.example"),
        ("a@xn--99zz.example", "a@xn--99zz.example"),
    ],
)
def test_an_address_is_compared_in_small_letters(told, kept):
    assert clean_email(told) == kept


@pytest.mark.parametrize(
    ("told", "country", "kept"),
    [
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 20 7946 0123", None, "+442079460123"),
        ("020/79460123", None, "02079460123"),
        ("call me", "GB", None),
        ("12", "GB", None),
        ("1" * 40, "GB", None),
        ("020 7946 0123", "Atlantis", "02079460123"),
    ],
)
def test_a_phone_number_is_compared_as_the_world_writes_it(told, country, kept):
    assert clean_phone(told, country) == kept


def test_too_little_of_an_address_is_none():
    assert plain_address("Flat 2") is None
    assert plain_address(None) is None
