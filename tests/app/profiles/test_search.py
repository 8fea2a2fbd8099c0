"""Finding people: by what a merchant has at hand, with an account or without, and never in the other shop."""

import pytest

from app.profiles.search import MOST_FOUND, find_people
from tests.app.cast import MONDAY, cart, customer, order, subscribe, tell


@pytest.fixture
def people(wiring, harbour):
    """Alice and Anna have accounts, Gus only bought, Carol only left a cart, Nora only said yes."""
    tell(
        wiring, harbour,
        customer("alice", first_name="Alice", last_name="van der Berg"),
        customer("anna", first_name="Anna Maria", last_name="Smith"),
        order("1001", "1", "alice", email="alice@example.com"),
        order("1002", "1", email="gus@guests.example"),
        order("1003", "1", email="gus@guests.example"),
        order("1004", "1", email="alice@example.com"),
        cart("k1", "1", "carol@carts.example"),
    )  # fmt: skip
    subscribe(wiring, harbour, "nora@lists.example")

    def find(words="", order="-last_at", offset=0, most=50, shop=harbour):
        with wiring.db.of_shop(shop) as session:
            return find_people(session, shop, words, order=order, offset=offset, most=most)

    return find


def names(found):
    return {one.customer or one.email for one in found.rows}


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("alice@ex", {"alice"}),
        ("ALICE@EXAMPLE.COM", {"alice"}),
        ("gus@", {"gus@guests.example"}),
        ("carol@carts.example", {"carol@carts.example"}),
        ("nora", {"nora@lists.example"}),
        ("a", {"alice", "anna"}),
        ("van der", {"alice"}),
        ("alice berg", {"alice"}),
        ("anna smith", {"anna"}),
        ("smith anna", {"anna"}),
        ("smi", {"anna"}),
        ("anna", {"anna"}),
        ("1002", {"gus@guests.example"}),
        ("#1001", {"alice"}),
        ("1004", {"alice"}),
        ("nobody", set()),
        ("%", set()),
        ("_lice", set()),
        ("alice jones", set()),
        ("\x00'; DROP TABLE orders --", set()),
    ],
)
def test_people_are_found_by_what_one_has_at_hand(people, words, who):
    assert names(people(words)) == who


def test_without_words_everybody_is_there_once(people):
    found = people()

    assert names(found) == {"alice", "anna", "gus@guests.example", "carol@carts.example", "nora@lists.example"}
    assert found.total == len(found.rows) == 5


def test_orders_are_counted_whether_or_not_somebody_signed_in(people):
    assert {one.customer or one.email: one.orders for one in people().rows if one.orders} == {
        "alice": 2,
        "gus@guests.example": 2,
    }


@pytest.mark.parametrize("column", ["name", "email", "orders", "last_at"])
def test_a_list_turns_around_and_its_pages_hold_everybody_once(people, column):
    pages = [people(order=column, offset=start, most=2).rows for start in (0, 2, 4)]
    there = [one for page in pages for one in page]

    assert len(there) == len({(one.kind, one.row_id) for one in there}) == 5
    assert [one.orders for one in people(order="-orders").rows] == [2, 2, 0, 0, 0]


def test_past_the_end_is_nobody_but_the_count_stays(people):
    assert (people(offset=50).rows, people(offset=50).total) == ([], 5)
    assert people("nobody", offset=50).total == 0


def test_an_account_that_only_orders_speak_of_is_found(wiring, harbour, people):
    tell(wiring, harbour, order("2001", "1", "stranger"))

    assert [(one.kind, one.customer) for one in people("stranger").rows] == [("order", "stranger")]


def test_the_other_shop_finds_nobody(people, linden):
    assert people("alice", shop=linden).rows == people(shop=linden).rows == []


def test_more_than_can_be_listed_is_cut_off(wiring, harbour, people):
    facts = [customer(f"many{n}", first_name="Many", at=MONDAY) for n in range(MOST_FOUND + 5)]
    tell(wiring, harbour, *facts)

    assert people("many").total == MOST_FOUND
