"""One person, one profile: who meets whom by which fact, who stays apart, and who is nobody at all."""

import threading

import pytest
from sqlalchemy import select, text

from app import consent
from app.errors import BadRequest, NotFound
from app.identity import known
from app.models import Profile, ProfileMerge, ProfileName, ProfileNews, Refund
from app.models.browsing import visitor_key
from app.profiles import stitching
from plugins.events import AddressSuppressed, CustomerMerged, Purpose, RefundMade, SuppressionReason, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, agree, cart, customer, order, subscribe, tell

ANN = "ann@example.com"


def hear(wiring, shop_id, *events):
    """Tell facts, and let the profiles hear of them."""
    tell(wiring, shop_id, *events)
    return stitch(wiring, shop_id)


def stitch(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        heard = stitching.take_news(session, shop_id, most=500)
        return stitching.stitch(session, shop_id, heard.names)


def of(wiring, shop_id, **names):
    with wiring.db.of_shop(shop_id) as session:
        return stitching.profile_of(session, shop_id, known(**names))


def names(wiring, shop_id, profile_id):
    with wiring.db.of_shop(shop_id) as session:
        return stitching.names_of(session, shop_id, profile_id)


def merges(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return list(session.scalars(select(ProfileMerge).order_by(ProfileMerge.id)))


def count(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return len(session.scalars(select(Profile).where(Profile.merged_into_id.is_(None))).all())


def merge(one, other):
    return CustomerMerged(from_external_id=one, into_external_id=other, merged_at=MONDAY)


def recognized(account):
    return VisitorRecognized(visitor_id=ALICE, customer_external_id=account, version_at=MONDAY)


def news(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return {(row.kind, row.name) for row in session.scalars(select(ProfileNews))}


def test_whatever_is_told_of_people_is_news_of_the_account_or_else_of_the_address(wiring, harbour):
    tell(wiring, harbour, order("1", "1", "c1", email="typed@example.com"), order("2", "1", email="guest@example.com"))
    tell(wiring, harbour, cart("k1", "1", ANN), recognized("c2"), merge("c3", "c4"))
    subscribe(wiring, harbour, "yes@example.com")
    tell(wiring, harbour, customer("c5"))
    stop = AddressSuppressed(
        email="stop@example.com", reason=SuppressionReason.BOUNCED, source="mail", occurred_at=MONDAY
    )
    tell(wiring, harbour, stop)

    told = {("customer", one) for one in ("c1", "c2", "c3", "c4", "c5")}
    told |= {("email", f"{one}@example.com") for one in ("guest", "ann", "yes", "stop")}
    assert news(wiring, harbour) == told


def test_a_refund_is_news_of_whoever_ordered_and_an_order_that_changes_hands_of_both(wiring, harbour):
    tell(wiring, harbour, order("1", "1", "c1"))
    stitch(wiring, harbour)
    back = {"external_id": "r1", "order_external_id": "1", "amount_minor": 450, "currency": "GBP", "made_at": MONDAY}
    tell(wiring, harbour, RefundMade(**back))
    assert news(wiring, harbour) == {("customer", "c1")}
    stitch(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE orders SET customer_external_id = 'c2'"))
        assert session.query(Refund).count() == 1
    assert news(wiring, harbour) == {("customer", "c1"), ("customer", "c2")}


def test_a_guest_who_registers_later_becomes_one_with_the_account_and_it_says_why(wiring, harbour):
    hear(wiring, harbour, order("1", "1", email="c1@example.com"))
    guest = of(wiring, harbour, emails="c1@example.com")
    hear(wiring, harbour, order("2", "1", "c1"))
    account = of(wiring, harbour, customers="c1")
    assert guest
    assert account != guest

    hear(wiring, harbour, customer("c1"))

    (met,) = merges(wiring, harbour)
    assert (met.from_id, met.into_id, met.because) == (guest, account, "account_email")
    assert {one["name"] for one in met.evidence["names"]} == {"c1", "c1@example.com"}
    assert of(wiring, harbour, emails="c1@example.com") == account
    assert names(wiring, harbour, guest) == names(wiring, harbour, account)


def test_an_address_that_an_account_typed_leads_nowhere(wiring, harbour):
    hear(wiring, harbour, order("1", "1", email=ANN), order("2", "1", "c1", email=ANN), customer("c1"))

    assert of(wiring, harbour, emails=ANN) != of(wiring, harbour, customers="c1")
    assert merges(wiring, harbour) == []


def test_an_address_is_a_guest_by_an_order_a_cart_or_a_yes_but_not_by_a_no(wiring, harbour):
    subscribe(wiring, harbour, "yes@example.com")
    subscribe(wiring, harbour, "no@example.com", is_given=False)
    hear(wiring, harbour, cart("k1", "1", "cart@example.com"))

    assert of(wiring, harbour, emails="yes@example.com")
    assert of(wiring, harbour, emails="cart@example.com")
    assert of(wiring, harbour, emails="no@example.com") is None


def test_accounts_that_the_platform_merges_become_one_even_in_a_ring(wiring, harbour):
    hear(wiring, harbour, customer("c1"), customer("c2"), customer("c3"))
    assert count(wiring, harbour) == 3

    hear(wiring, harbour, merge("c1", "c2"), merge("c2", "c3"), merge("c3", "c1"))

    first = of(wiring, harbour, customers="c1")
    assert names(wiring, harbour, first).customers == {"c1", "c2", "c3"}
    assert [one.because for one in merges(wiring, harbour)] == ["platform_merge"] * 2
    with wiring.db.of_shop(harbour) as session:
        ended = select(Profile.merged_into_id).where(Profile.merged_into_id.is_not(None))
        assert set(session.scalars(ended)) == {first}


def test_a_late_fact_finds_its_way_through_an_account_that_is_no_more(wiring, harbour):
    hear(wiring, harbour, customer("c1"), customer("c3"), merge("c2", "c3"))
    hear(wiring, harbour, merge("c1", "c2"))

    assert of(wiring, harbour, customers="c1") == of(wiring, harbour, customers="c3")
    assert names(wiring, harbour, of(wiring, harbour, customers="c2")).customers == {"c1", "c2", "c3"}


def test_an_address_given_up_and_registered_by_another_is_the_others(wiring, harbour):
    hear(wiring, harbour, customer("c1"))
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE customers SET email = 'new@example.com'"))
    tell(wiring, harbour, customer("c2"))
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE customers SET email = 'c1@example.com' WHERE external_id = 'c2'"))
    stitch(wiring, harbour)

    one, other = of(wiring, harbour, customers="c1"), of(wiring, harbour, customers="c2")
    assert one != other
    assert names(wiring, harbour, one).emails == {"new@example.com"}
    assert "c1@example.com" in names(wiring, harbour, other).emails


def test_what_a_person_took_apart_stays_apart_whatever_comes(wiring, harbour):
    hear(wiring, harbour, order("1", "1", email="c1@example.com"))
    hear(wiring, harbour, customer("c1"), customer("c2"))
    (met,) = merges(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        assert stitching.undo(session, harbour, met.id, None) == sorted((met.from_id, met.into_id))
    hear(wiring, harbour, customer("c1", phone="+442071234567", at=MONDAY.replace(hour=10)), merge("c1", "c2"))
    hear(wiring, harbour, order("2", "1", email="c1@example.com"))

    guest, account = of(wiring, harbour, emails="c1@example.com"), of(wiring, harbour, customers="c1")
    assert guest == met.from_id
    assert account == of(wiring, harbour, customers="c2")
    assert guest != account
    assert names(wiring, harbour, guest).customers == frozenset()
    with wiring.db.of_shop(harbour) as session, pytest.raises(BadRequest, match="already"):
        stitching.undo(session, harbour, met.id, None)


def test_undoing_takes_along_whatever_had_joined_before(wiring, harbour):
    hear(wiring, harbour, order("1", "1", email="c2@example.com"))
    hear(wiring, harbour, customer("c1"))
    hear(wiring, harbour, customer("c2"))
    hear(wiring, harbour, merge("c2", "c1"))
    by_platform = merges(wiring, harbour)[-1]
    assert len(names(wiring, harbour, by_platform.into_id).emails) == 2

    with wiring.db.of_shop(harbour) as session:
        stitching.undo(session, harbour, by_platform.id, None)
    hear(wiring, harbour, order("3", "1", "c2"), order("4", "1", "c1"))

    back = names(wiring, harbour, by_platform.from_id)
    assert (back.customers, back.emails) == ({"c2"}, {"c2@example.com"})
    assert names(wiring, harbour, by_platform.into_id).customers == {"c1"}


def test_a_browser_is_somebodys_until_somebody_else_uses_it(wiring, harbour):
    hear(wiring, harbour, recognized("c1"), order("1", "1", email=ANN, visitor_id=BOB))
    assert names(wiring, harbour, of(wiring, harbour, customers="c1")).visitors == {visitor_key(ALICE)}
    assert of(wiring, harbour, visitors=visitor_key(BOB)) == of(wiring, harbour, emails=ANN)

    hear(wiring, harbour, order("2", "1", "c2", visitor_id=BOB))

    assert of(wiring, harbour, visitors=visitor_key(BOB)) is None


def test_a_browsers_answer_is_news_of_its_profile(wiring, harbour):
    hear(wiring, harbour, recognized("c1"))
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))

    assert stitch(wiring, harbour) == [of(wiring, harbour, customers="c1")]


def test_hearing_everything_twice_changes_nothing(wiring, harbour):
    facts = (order("1", "1", email="c1@example.com", visitor_id=ALICE), customer("c1"), merge("c2", "c1"))
    hear(wiring, harbour, *facts)
    before = count(wiring, harbour), len(merges(wiring, harbour)), names(wiring, harbour, 1)
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE orders SET version_at = version_at"))
        session.execute(text("UPDATE customers SET version_at = version_at"))
    stitch(wiring, harbour)

    assert (count(wiring, harbour), len(merges(wiring, harbour)), names(wiring, harbour, 1)) == before


def test_two_workers_make_one_profile_of_one_person(wiring, harbour):
    tell(wiring, harbour, customer("c1"), order("1", "1", email=ANN))
    told = frozenset({("customer", "c1"), ("email", ANN)})
    begin = threading.Barrier(2)

    def work():
        with wiring.db.of_shop(harbour) as session:
            begin.wait()
            stitching.hold(session, harbour)
            stitching.stitch(session, harbour, told)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert count(wiring, harbour) == 2


def test_the_other_shops_people_are_other_people(wiring, harbour, linden):
    hear(wiring, harbour, customer("c1"))
    hear(wiring, linden, customer("c1"))
    hear(wiring, harbour, order("1", "1", email="c1@example.com"))

    ours, theirs = of(wiring, harbour, customers="c1"), of(wiring, linden, customers="c1")
    assert ours != theirs
    with wiring.db.of_shop(linden) as session:
        assert not stitching.names_of(session, linden, ours)
        assert not stitching.has_news(session, linden)
        with pytest.raises(NotFound):
            stitching.undo(session, linden, 1, None)


def test_nobody_of_whom_nothing_is_left_gets_a_profile(wiring, harbour):
    tell(wiring, harbour, customer("c1"), order("1", "1", email=ANN))
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("DELETE FROM customers"))
        session.execute(text("UPDATE orders SET email = NULL"))
    stitch(wiring, harbour)

    assert count(wiring, harbour) == 0


def test_an_accounts_yes_makes_no_guest_of_the_address_it_names(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        word = {"purpose": Purpose.EMAIL_MARKETING, "is_given": True, "source": "test"}
        consent.record(session, harbour, consent.Word(**word, email=ANN, customer_external_id="c1"))
    stitch(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        assert [(one.kind, one.name) for one in session.scalars(select(ProfileName))] == [("customer", "c1")]
