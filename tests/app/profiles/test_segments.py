"""Segments: kept with the fact, taken anew in pieces, never another shop's."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.errors import NotFound
from app.models import Profile, Segment, SegmentMember, SegmentMove
from app.profiles import conditions, segments
from tests.app.cast import MONDAY

TWICE = {"field": "orders_count", "is": "at_least", "value": 2}
LATE = {"field": "last_order_days", "is": "at_least", "value": 60}


def add_people(session, shop_id, *counts):
    rows = [Profile(shop_id=shop_id, orders_count=count) for count in counts]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def add_segment(session, shop_id, told=TWICE, key="twice"):
    row = Segment(shop_id=shop_id, key=key, name=key, condition=told)
    session.add(row)
    session.flush()
    return row.id


def take_whole(session, shop_id, segment_id):
    after = 0
    while after is not None:
        after = segments.take_anew(session, shop_id, segment_id, after=after)


def moves(session):
    return [(one.profile_id, one.is_in) for one in session.scalars(select(SegmentMove).order_by(SegmentMove.id))]


@pytest.fixture
def kept(wiring, harbour):
    """Two people, the second has ordered twice; one segment for such, taken once."""
    with wiring.db.of_shop(harbour) as session:
        people = add_people(session, harbour, 1, 2)
        segment = add_segment(session, harbour)
        take_whole(session, harbour, segment)
        return people, segment


def test_members_are_whoever_fits_and_taking_them_is_no_move(wiring, harbour, kept):
    (_, second), segment = kept
    with wiring.db.of_shop(harbour) as session:
        assert segments.members(session, harbour, segment) == [second]
        assert moves(session) == []


def test_a_person_comes_and_goes_with_the_fact_and_each_move_is_kept_once(wiring, harbour, kept):
    (first, second), segment = kept
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Profile).values(orders_count=3 - Profile.orders_count))
        for _ in range(2):
            segments.keep_memberships(session, harbour, [first, second])

        assert segments.members(session, harbour, segment) == [first]
        assert sorted(moves(session)) == [(first, True), (second, False)]
        assert segments.moves_since(session, harbour, MONDAY) == {segment: segments.Moves(1, 1)}
        assert [one.id for one in segments.segments_of(session, harbour, first)] == [segment]


def test_only_who_was_named_is_looked_at(wiring, harbour, kept):
    (first, second), segment = kept
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Profile).values(orders_count=9))
        segments.keep_memberships(session, harbour, [second])
        segments.keep_memberships(session, harbour, [])
        assert segments.in_segment(session, harbour, segment, [first, second]) == {second}


def test_a_merged_profile_is_in_none(wiring, harbour, kept):
    (first, second), segment = kept
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Profile).where(Profile.id == second).values(merged_into_id=first))
        segments.keep_memberships(session, harbour, [second])
        assert segments.members(session, harbour, segment) == []


@pytest.mark.parametrize("told", [{}, {"field": "was_removed", "is": "is", "value": 1}, {"all": "x"}])
def test_a_stored_condition_that_cannot_be_read_has_nobody_in_it(wiring, harbour, kept, told):
    people, segment = kept
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Segment).values(condition=told))
        segments.keep_memberships(session, harbour, people)
        assert segments.members(session, harbour, segment) == []
        assert segments.timely(session, harbour) == []


def test_a_whole_is_taken_in_pieces_and_drops_who_is_no_more(wiring, harbour, kept, monkeypatch):
    monkeypatch.setattr(segments, "CHUNK", 2)
    _, segment = kept
    with wiring.db.of_shop(harbour) as session:
        add_people(session, harbour, 5, 5, 0, 5)
        session.add(SegmentMember(shop_id=harbour, segment_id=segment, profile_id=99_999))
        session.flush()
        take_whole(session, harbour, segment)
        assert len(segments.members(session, harbour, segment)) == 4


def test_another_condition_takes_others_without_a_move(wiring, harbour, kept):
    (first, _), segment = kept
    with wiring.db.of_shop(harbour) as session:
        once = conditions.parse({"field": "orders_count", "is": "is", "value": 1})
        segments.change_condition(session, harbour, segment, once)
        assert segments.timely(session, harbour) == [segment]
        take_whole(session, harbour, segment)
        assert (segments.members(session, harbour, segment), moves(session)) == ([first], [])
        assert segments.count_fitting(session, harbour, once) == 1
        assert segments.timely(session, harbour) == []


def test_what_time_changes_is_to_be_taken_anew_again_and_again(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        (person,) = add_people(session, harbour, 1)
        segment = add_segment(session, harbour, LATE, "late")
        take_whole(session, harbour, segment)
        session.execute(update(Profile).values(last_order_at=MONDAY - timedelta(days=90)))
        assert segments.timely(session, harbour) == [segment]
        take_whole(session, harbour, segment)
        assert moves(session) == [(person, True)]


def test_a_deleted_segment_leaves_nothing_behind(wiring, harbour, kept):
    people, segment = kept
    with wiring.db.of_shop(harbour) as session:
        segments.delete_segment(session, harbour, segment)
        segments.keep_memberships(session, harbour, people)
        assert session.scalars(select(SegmentMember)).all() == []
        with pytest.raises(NotFound):
            segments.in_segment(session, harbour, segment, people)


def test_the_other_shops_segment_is_not_found(wiring, harbour, linden, kept):
    people, segment = kept
    with wiring.db.of_shop(linden) as session:
        for ask in (segments.members, segments.find_segment, segments.delete_segment, segments.take_anew):
            with pytest.raises(NotFound):
                ask(session, linden, segment)
        segments.keep_memberships(session, linden, people)
        assert segments.count_fitting(session, linden, conditions.parse(TWICE)) == 0


def test_a_shop_without_people_has_empty_segments(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        segment = add_segment(session, harbour)
        take_whole(session, harbour, segment)
        assert segments.members(session, harbour, segment) == []
        segments.forget_moves(session, harbour, MONDAY)
