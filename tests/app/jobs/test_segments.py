"""The journey of a segment: the tick rings, the job takes it in pieces, where somebody may have moved."""

from datetime import timedelta

from rq import Queue
from sqlalchemy import select, update

from app.jobs import clock
from app.jobs.segments import take_segments
from app.models import Profile, Segment, SegmentMember, SegmentMove
from app.profiles import segments
from app.queues import FILES


def bells(wiring):
    jobs = Queue(FILES, connection=wiring.queues.redis, serializer="json").jobs
    return [(job.func_name, job.args) for job in jobs]


def members_by_key(wiring, shop_id):
    asked = select(Segment.key, SegmentMember.profile_id).join(SegmentMember, SegmentMember.segment_id == Segment.id)
    with wiring.db.of_shop(shop_id) as session:
        found = {}
        for key, profile_id in session.execute(asked.order_by(SegmentMember.profile_id)):
            found.setdefault(key, []).append(profile_id)
        return found


def add_buyers(wiring, shop_id, count):
    with wiring.db.of_shop(shop_id) as session:
        rows = [
            Profile(shop_id=shop_id, orders_count=1, stage="new", last_order_at=wiring.clock() - timedelta(days=29))
            for _ in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def test_a_tick_puts_segments_in_and_the_job_takes_them_in_pieces(wiring, harbour, monkeypatch):
    monkeypatch.setattr(segments, "CHUNK", 2)
    people = add_buyers(wiring, harbour, 5)

    clock.take_segments(wiring)
    assert bells(wiring) == [("app.jobs.segments.take_segments", [harbour])]
    take_segments(harbour, wiring=wiring)

    assert members_by_key(wiring, harbour) == {"new": people}


def test_whoever_time_moves_is_moved_and_the_move_is_kept(wiring, harbour):
    (person,) = add_buyers(wiring, harbour, 1)
    clock.take_segments(wiring)
    take_segments(harbour, wiring=wiring)
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Profile).values(last_order_at=Profile.last_order_at - timedelta(days=2)))

    for _ in range(2):
        take_segments(harbour, wiring=wiring)

    assert members_by_key(wiring, harbour) == {"new": [person], "one_time": [person]}
    with wiring.db.of_shop(harbour) as session:
        assert [(one.profile_id, one.is_in) for one in session.scalars(select(SegmentMove))] == [(person, True)]


def test_where_time_moves_nobody_no_bell_rings(wiring, harbour):
    clock.take_segments(wiring)
    take_segments(harbour, wiring=wiring)
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Segment).where(Segment.key != "loyal").values(deleted_at=wiring.clock()))
    wiring.queues.redis.flushall()

    clock.take_segments(wiring)

    assert bells(wiring) == []


def test_a_segment_that_is_deleted_meanwhile_holds_nothing_up(wiring, harbour, monkeypatch):
    people = add_buyers(wiring, harbour, 1)
    clock.take_segments(wiring)
    with wiring.db.of_shop(harbour) as session:
        due = segments.timely(session, harbour)
        segments.delete_segment(session, harbour, due[-1])
    monkeypatch.setattr(segments, "timely", lambda *_: list(reversed(due)))

    take_segments(harbour, wiring=wiring)

    assert members_by_key(wiring, harbour) == {"new": people}


def test_the_house_lets_go_of_old_moves(wiring, harbour):
    (person,) = add_buyers(wiring, harbour, 1)
    with wiring.db.of_shop(harbour) as session:
        for days in (89, 91):
            at = wiring.clock() - timedelta(days=days)
            session.add(SegmentMove(shop_id=harbour, segment_id=1, profile_id=person, is_in=True, moved_at=at))

    clock.keep_house(wiring)

    with wiring.db.of_shop(harbour) as session:
        assert len(session.scalars(select(SegmentMove)).all()) == 1


def test_the_other_shops_people_are_left_alone(wiring, harbour, linden):
    add_buyers(wiring, linden, 1)
    clock.take_segments(wiring)

    take_segments(harbour, wiring=wiring)

    assert members_by_key(wiring, linden) == {}
