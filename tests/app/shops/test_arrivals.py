"""Whoever a platform's admin sends is joined to their shop once, however many come at the same moment."""

import threading

import pytest
from sqlalchemy import select

from app.errors import BadRequest
from app.models import Membership, PersonRole, Shop
from app.shops import arrivals, people
from plugins.platform import ShopFacts
from plugins.talking import ShopSeen
from tests.conftest import add_shop

SHOP = "harbour-tea.myshopify.com"
SEEN = ShopSeen(
    name=" Harbour Tea & Coffee ",
    facts=ShopFacts(currency="GBP", time_zone="Europe/London"),
    storefronts=("https://harbour-tea.example", f"https://{SHOP}"),
)


def open_it(wiring, address=SHOP, seen=SEEN):
    with wiring.db.of_nobody() as session:
        return arrivals.open_at(session, "shopify", address, seen).id


def at_once(work, times=4):
    found, threads = [], []
    for _ in range(times):
        threads.append(threading.Thread(target=lambda: found.append(work())))
        threads[-1].start()
    for thread in threads:
        thread.join(timeout=20)
    return found


def test_a_new_shop_has_what_it_said_of_itself(wiring):
    shop_id = open_it(wiring)

    with wiring.db.of_nobody() as session:
        shop = session.get_one(Shop, shop_id)
    assert (shop.slug, shop.name, shop.currency, shop.address) == ("harbour-tea", "Harbour Tea & Coffee", "GBP", SHOP)
    assert shop.origins == ["https://harbour-tea.example", f"https://{SHOP}"]


def test_a_short_name_that_is_taken_gets_a_number(wiring, harbour):
    shop_id = open_it(wiring)

    with wiring.db.of_nobody() as session:
        assert session.get_one(Shop, shop_id).slug == "harbour-tea-2"


def test_two_who_open_a_shop_at_once_open_one(wiring):
    found = at_once(lambda: open_it(wiring))

    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_shop_without_a_name_has_its_address(wiring):
    seen = ShopSeen(name=" ", facts=SEEN.facts, storefronts=())

    with wiring.db.of_nobody() as session:
        assert arrivals.open_at(session, "shopify", SHOP, seen).name == SHOP


def test_facts_that_cannot_be_are_refused_in_words(wiring):
    seen = ShopSeen(name="Harbour", facts=ShopFacts(currency="pounds", time_zone="UTC"), storefronts=())

    with pytest.raises(BadRequest, match="three letters"):
        open_it(wiring, seen=seen)


def test_one_person_in_many_tabs_is_one_and_the_first_owns_the_shop(wiring):
    shop_id = open_it(wiring)

    def come():
        with wiring.db.of_nobody() as session:
            return arrivals.arrive(session, shop_id, "42", "Shopify user 42").id

    assert len(set(at_once(come))) == 1
    with wiring.db.of_nobody() as session:
        arrivals.arrive(session, shop_id, "43", "Shopify user 43")
        found = session.execute(select(Membership.external_id, Membership.role).order_by(Membership.person_id)).all()
    assert [tuple(one) for one in found] == [("42", PersonRole.OWNER), ("43", PersonRole.EDITOR)]


def test_one_number_in_two_shops_is_two_people(wiring):
    ids = set()
    for address in (SHOP, "eves-wolle.myshopify.com"):
        shop_id = open_it(wiring, address)
        with wiring.db.of_nobody() as session:
            ids.add(arrivals.arrive(session, shop_id, "42", "Shopify user 42").id)
            assert arrivals.find_person(session, shop_id, "43") is None

    assert len(ids) == 2


def test_a_shop_on_another_platform_is_not_found_by_its_address(wiring):
    shop_id = add_shop(wiring.db, "harbour", platform="woocommerce")
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, shop_id).address = SHOP

    with wiring.db.of_nobody() as session:
        assert arrivals.shop_at(session, "shopify", SHOP) is None


def test_an_owner_who_was_let_go_or_made_less_does_not_come_back_as_one(wiring):
    shop_id = open_it(wiring)

    def come(number):
        with wiring.db.of_nobody() as session:
            return arrivals.arrive(session, shop_id, number, f"Shopify user {number}").id

    first = come("42")
    with wiring.db.of_nobody() as session:
        people.invite(session, shop_id, "Olive", PersonRole.OWNER, now=wiring.clock())
        people.remove(session, shop_id, first)
    come("42")
    with wiring.db.of_nobody() as session:
        found = session.execute(select(Membership.external_id, Membership.role).order_by(Membership.person_id)).all()
    assert [tuple(one) for one in found] == [(None, PersonRole.OWNER), ("42", PersonRole.EDITOR)]
