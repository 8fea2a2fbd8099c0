"""Installs: a state works once, for its shop and address, and an address belongs to one shop."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import BadRequest
from app.models import InstallState, Shop
from app.shops import installs
from tests.conftest import add_shop

ADDRESS = "https://harbour-tea.example"


@pytest.fixture
def now(wiring):
    return wiring.clock()


@pytest.fixture
def state(wiring, harbour, now):
    return begin(wiring, harbour, now)


def begin(wiring, shop_id, now, address=ADDRESS):
    with wiring.db.of_nobody() as session:
        return installs.new_state(session, shop_id, person_id=None, address=address, now=now)


def use(wiring, state, now):
    with wiring.db.of_nobody() as session:
        return installs.use_state(session, state, now=now)


def take(wiring, shop_id, address=ADDRESS):
    with wiring.db.of_nobody() as session:
        installs.take_address(session, shop_id, address)


def test_a_state_says_once_which_shop_and_address_the_answer_is_for(wiring, harbour, state, now):
    found = use(wiring, state, now)

    assert (found.shop_id, found.address) == (harbour, ADDRESS)
    assert use(wiring, state, now) is None


def test_a_used_state_still_tells_where_its_person_came_from(wiring, harbour, state, now):
    use(wiring, state, now)
    with wiring.db.of_nobody() as session:
        found = installs.find_state(session, state, now=now)

    assert (found.shop_id, found.is_used, found.is_late) == (harbour, True, False)


def test_of_two_answers_at_once_one_wins(wiring, state, now):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _n: use(wiring, state, now), range(2)))

    assert sorted(one is None for one in found) == [False, True]


@pytest.mark.parametrize("wrong", ["", "guess", "x" * 5000, "\x00", "\ud800"])
def test_a_state_that_is_none_of_ours_opens_nothing(wiring, harbour, state, now, wrong):
    assert use(wiring, wrong, now) is None


def test_a_late_state_opens_nothing(wiring, state, now):
    assert use(wiring, state, now + installs.OPEN_FOR) is None


def test_only_a_digest_is_kept_and_not_for_ever(wiring, harbour, state, now):
    with wiring.db.of_nobody() as session:
        kept = session.scalars(select(InstallState.digest)).one()
    begin(wiring, harbour, now + timedelta(days=2))

    assert state.encode() not in kept
    with wiring.db.of_nobody() as session:
        assert kept not in session.scalars(select(InstallState.digest)).all()


def test_a_begun_install_of_the_other_shop_stays_when_one_begins(wiring, linden, state, now):
    begin(wiring, linden, now + timedelta(days=2))

    with wiring.db.of_nobody() as session:
        assert installs.find_state(session, state, now=now) is not None


def test_an_address_belongs_to_one_shop_of_a_platform(wiring, harbour, now):
    eves = add_shop(wiring.db, "eves")
    take(wiring, harbour)
    take(wiring, harbour)

    with pytest.raises(BadRequest, match="another shop"):
        take(wiring, eves)
    with wiring.db.of_nobody() as session:
        assert session.get(Shop, eves).address is None


def test_of_two_shops_that_take_an_address_at_once_one_wins(wiring, harbour):
    eves = add_shop(wiring.db, "eves")

    def attempt(shop_id):
        try:
            take(wiring, shop_id)
        except BadRequest:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, (harbour, eves))) == [False, True]


def test_whoever_takes_an_address_between_our_look_and_our_taking_keeps_it(wiring, harbour, monkeypatch):
    eves = add_shop(wiring.db, "eves")
    look = installs.is_free

    def looks_too_early(*args, **more):
        is_free = look(*args, **more)
        monkeypatch.setattr(installs, "is_free", look)
        take(wiring, harbour)
        return is_free

    monkeypatch.setattr(installs, "is_free", looks_too_early)
    with pytest.raises(BadRequest, match="another shop"):
        take(wiring, eves)
    with wiring.db.of_nobody() as session:
        assert session.get_one(Shop, harbour).address == ADDRESS


def test_a_moved_shop_takes_its_new_address(wiring, harbour):
    take(wiring, harbour)
    take(wiring, harbour, "https://tea.example")

    with wiring.db.of_nobody() as session:
        assert session.get(Shop, harbour).address == "https://tea.example"


def test_an_address_is_free_again_once_its_shop_has_left(wiring, harbour, now):
    other = add_shop(wiring.db, "harbour-anew")
    take(wiring, harbour)
    with pytest.raises(BadRequest):
        take(wiring, other)

    with wiring.db.of_nobody() as session:
        session.get_one(Shop, harbour).uninstalled_at = now
    take(wiring, other)
    with wiring.db.of_nobody() as session:
        assert [session.get_one(Shop, one).address for one in (harbour, other)] == [None, ADDRESS]


def test_a_shop_that_left_shopify_keeps_its_address_for_shopifys_last_words(wiring, now):
    first, other = (add_shop(wiring.db, slug, platform="shopify") for slug in ("garn", "garn-anew"))
    take(wiring, first, "garn.myshopify.com")
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, first).uninstalled_at = now

    with pytest.raises(BadRequest):
        take(wiring, other, "garn.myshopify.com")
