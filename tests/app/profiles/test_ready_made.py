"""Ready-made segments: put in once, left alone afterwards, each with a use and a condition that can be asked."""

from datetime import timedelta

from sqlalchemy import select, update

from app.models import Segment
from app.profiles import conditions, ready_made, segments
from tests.app.cast import MONDAY


def keys(session):
    return set(session.scalars(select(Segment.key).where(Segment.deleted_at.is_(None))))


def segment_id(session, key):
    return session.scalars(select(Segment.id).where(Segment.key == key)).one()


def test_a_shop_begins_with_a_dozen_and_the_second_time_changes_nothing(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        assert ready_made.put_in(session, harbour) == 12
        session.execute(update(Segment).where(Segment.key == "loyal").values(name="Our best"))
        assert ready_made.put_in(session, harbour) == 0
        assert session.scalars(select(Segment.name).where(Segment.key == "loyal")).one() == "Our best"


def test_each_says_what_it_is_good_for_and_can_be_asked(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        for one in ready_made.LISTED:
            condition = conditions.parse(one.condition)
            assert segments.count_fitting(session, harbour, condition) == 0
            assert one.use.endswith(".")
            assert conditions.say(condition, conditions.Names("GBP"))


def test_a_deleted_one_does_not_come_back_until_it_is_put_back(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        ready_made.put_in(session, harbour)
        loyal = segment_id(session, "loyal")
        segments.delete_segment(session, harbour, loyal)
        ready_made.put_in(session, harbour)
        assert "loyal" not in keys(session)
        assert loyal not in segments.timely(session, harbour)

        for _ in range(2):
            assert segments.restore_segment(session, harbour, loyal).name == "Loyal customers"
        assert "loyal" in keys(session)
        assert loyal in segments.timely(session, harbour)


def test_a_deleted_segment_of_their_own_is_forgotten_in_time_and_a_ready_made_one_never(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        ready_made.put_in(session, harbour)
        session.add(Segment(shop_id=harbour, key="own", name="Own", condition={}))
        session.execute(update(Segment).values(deleted_at=MONDAY))
        segments.forget_moves(session, harbour, MONDAY)
        assert session.scalars(select(Segment.key).where(Segment.key == "own")).all() == ["own"]
        segments.forget_moves(session, harbour, MONDAY + timedelta(seconds=1))
        assert len(session.scalars(select(Segment)).all()) == 12


def test_the_other_shop_has_its_own(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        ready_made.put_in(session, harbour)
    with wiring.db.of_shop(linden) as session:
        assert keys(session) == set()
        assert ready_made.put_in(session, linden) == 12
