"""People: the way in works once, roles hold, and a shop keeps an owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import BadRequest, NotFound
from app.models import Membership, PersonRole, SetupLink
from app.shops import people


@pytest.fixture
def now(wiring):
    return wiring.clock()


@pytest.fixture
def token(wiring, harbour, now):
    with wiring.db.of_nobody() as session:
        return people.make_setup_link(session, harbour, now=now)


def redeem(wiring, token, now):
    with wiring.db.of_nobody() as session:
        person = people.redeem(session, token, now=now)
        return None if person is None else person.id


def test_a_link_lets_its_owner_in(wiring, harbour, token, now):
    person_id = redeem(wiring, token, now)

    with wiring.db.of_nobody() as session:
        assert people.find_place(session, person_id, "harbour-tea").role == PersonRole.OWNER


def test_a_link_works_once(wiring, token, now):
    assert redeem(wiring, token, now) is not None
    assert redeem(wiring, token, now) is None


def test_of_two_at_once_one_gets_in(wiring, token, now):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: redeem(wiring, token, now), range(8)))

    assert len([one for one in found if one is not None]) == 1


def test_a_link_is_over_after_two_days(wiring, token, now):
    assert redeem(wiring, token, now + timedelta(hours=people.LINK_HOURS, seconds=1)) is None
    assert redeem(wiring, token, now + timedelta(hours=people.LINK_HOURS, seconds=-1)) is not None


@pytest.mark.parametrize("wrong", ["", "x", "\ud800", "a" * 10_000, "../../etc/passwd", "\x00"])
def test_a_wrong_token_opens_nothing(wiring, token, now, wrong):
    assert redeem(wiring, wrong, now) is None
    assert redeem(wiring, token + "x", now) is None


def test_only_the_digest_of_a_token_is_kept(wiring, token):
    with wiring.db.of_nobody() as session:
        kept = session.scalars(select(SetupLink.token_digest)).all()

    assert len(kept) == 1
    assert token.encode() not in kept[0]
    assert len(kept[0]) == 32


def test_asking_again_gives_the_same_owner_a_new_link_and_ends_the_old_one(wiring, harbour, token, now):
    with wiring.db.of_nobody() as session:
        again = people.make_setup_link(session, harbour, now=now)

    assert redeem(wiring, token, now) is None
    assert redeem(wiring, again, now) is not None
    with wiring.db.of_nobody() as session:
        assert len(people.colleagues(session, harbour, now=now)) == 1


def test_signing_out_everywhere_ends_every_session(wiring, token, now):
    person_id = redeem(wiring, token, now)
    with wiring.db.of_nobody() as session:
        assert people.find_signed_in(session, person_id, 1) is not None
        people.sign_out_everywhere(session, person_id)

    with wiring.db.of_nobody() as session:
        assert people.find_signed_in(session, person_id, 1) is None
        assert people.find_signed_in(session, person_id, 2) is not None


def test_eve_has_no_role_in_the_other_shop(wiring, harbour, linden, now):
    with wiring.db.of_nobody() as session:
        eve = people.redeem(session, people.make_setup_link(session, linden, now=now), now=now)

        assert people.find_place(session, eve.id, "harbour-tea") is None
        assert [shop.slug for shop in people.shops_of(session, eve.id)] == ["linden-loom"]


def test_a_shop_keeps_an_owner(wiring, harbour, token, now):
    owner = redeem(wiring, token, now)

    with wiring.db.of_nobody() as session, pytest.raises(BadRequest, match="at least one owner"):
        people.remove(session, harbour, owner)
    with wiring.db.of_nobody() as session, pytest.raises(BadRequest, match="at least one owner"):
        people.change_role(session, harbour, owner, PersonRole.VIEWER)


def test_two_owners_who_let_each_other_go_at_once_leave_one(wiring, harbour, token, now):
    first = redeem(wiring, token, now)
    with wiring.db.of_nobody() as session:
        second, _ = people.invite(session, harbour, "Second", PersonRole.OWNER, now=now)

    def let_go(person_id):
        try:
            with wiring.db.of_nobody() as session:
                people.remove(session, harbour, person_id)
        except BadRequest:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(let_go, [first, second])) == [False, True]
    with wiring.db.of_nobody() as session:
        assert len(session.scalars(select(Membership)).all()) == 1


def test_an_owner_makes_no_link_for_somebody_who_also_works_elsewhere(wiring, harbour, linden, now):
    with wiring.db.of_nobody() as session:
        person_id, _ = people.invite(session, harbour, "Both", PersonRole.VIEWER, now=now)
        session.add(Membership(shop_id=linden, person_id=person_id, role=PersonRole.OWNER))

    with wiring.db.of_nobody() as session, pytest.raises(BadRequest, match="another shop"):
        people.link_again(session, harbour, person_id, now=now)


def test_nobody_makes_links_for_strangers(wiring, harbour, linden, now):
    with wiring.db.of_nobody() as session:
        eve, _ = people.invite(session, linden, "Eve", PersonRole.OWNER, now=now)

    with wiring.db.of_nobody() as session, pytest.raises(NotFound):
        people.link_again(session, harbour, eve, now=now)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_person_has_a_name_of_some_length(wiring, harbour, now, name):
    with wiring.db.of_nobody() as session, pytest.raises(BadRequest, match="characters"):
        people.invite(session, harbour, name, PersonRole.VIEWER, now=now)
