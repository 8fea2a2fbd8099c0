"""What is told of somebody reaches their figures and their segments."""

from datetime import timedelta

from sqlalchemy import select, text

from app.identity import known
from app.models import Profile, ProfileMerge, Segment
from app.profiles import refresh, segments, stitching
from tests.app.cast import MONDAY, customer, order, tell

TWICE = {"field": "orders_count", "is": "at_least", "value": 2}


def profile(wiring, shop_id, **names):
    with wiring.db.of_shop(shop_id) as session:
        found = stitching.profile_of(session, shop_id, known(**names))
        return session.get_one(Profile, (shop_id, found))


def hear(wiring, shop_id, *events):
    tell(wiring, shop_id, *events)
    with wiring.db.of_shop(shop_id) as session:
        return refresh.refresh_news(session, shop_id)


def test_two_profiles_that_become_one_count_and_are_in_segments_as_one(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        session.add(Segment(shop_id=harbour, key="twice", name="Twice", condition=TWICE))
    hear(wiring, harbour, order("1", "1", email="c1@example.com"), order("2", "1", "c1"))
    assert profile(wiring, harbour, customers="c1").orders_count == 1

    hear(wiring, harbour, customer("c1"))

    kept = profile(wiring, harbour, customers="c1")
    assert (kept.orders_count, kept.is_guest) == (2, False)
    with wiring.db.of_shop(harbour) as session:
        assert segments.members(session, harbour, 1) == [kept.id]


def test_taking_apart_gives_each_their_own_figures_back(wiring, harbour):
    hear(wiring, harbour, order("1", "1", email="c1@example.com"), order("2", "1 2", "c1"))
    hear(wiring, harbour, customer("c1"))
    with wiring.db.of_shop(harbour) as session:
        met = session.scalars(select(ProfileMerge)).one()
        refresh.take_apart(session, harbour, met.id, None)

    guest, account = profile(wiring, harbour, emails="c1@example.com"), profile(wiring, harbour, customers="c1")
    assert (guest.orders_count, guest.spent_minor, guest.is_guest) == (1, 450, True)
    assert (account.orders_count, account.spent_minor, account.is_guest) == (1, 900, False)


def test_news_is_heard_newest_first_and_a_few_at_a_time(wiring, harbour):
    for number in range(3):
        tell(wiring, harbour, order(str(number), "1", f"c{number}"))

    with wiring.db.of_shop(harbour) as session:
        assert refresh.refresh_news(session, harbour, most=1) == 1
        assert stitching.profile_of(session, harbour, known(customers="c2"))
        assert not stitching.profile_of(session, harbour, known(customers="c0"))
        assert refresh.waits(session, harbour)
        assert refresh.refresh_news(session, harbour, most=9) == 2
        assert not stitching.has_news(session, harbour)


def test_people_are_looked_at_again_when_their_time_has_come(wiring, harbour):
    hear(wiring, harbour, order("1", "1", "c1", at=wiring.clock() - timedelta(days=1)))
    assert profile(wiring, harbour, customers="c1").stage == "new"
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("SELECT set_config('regulars.now', (now() + interval '2 years')::text, true)"))
        assert refresh.waits(session, harbour)
        assert refresh.look_again(session, harbour) == 1
        assert refresh.look_again(session, harbour) == 0

    assert profile(wiring, harbour, customers="c1").stage == "lapsed"


def test_the_other_shops_news_is_not_heard(wiring, harbour, linden):
    tell(wiring, linden, order("1", "1", "c1", at=MONDAY))

    with wiring.db.of_shop(harbour) as session:
        assert not refresh.waits(session, harbour)
        assert refresh.refresh_news(session, harbour) == 0
    with wiring.db.of_shop(linden) as session:
        assert refresh.waits(session, linden)
