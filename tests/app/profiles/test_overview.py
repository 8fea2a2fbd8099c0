"""People all together: every one counted once, by stage, by the month they came, and on the map."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.models import CohortMonth, Prediction, Profile, ProfileName, Stage, StageDay
from app.profiles import overview
from plugins.events import OrderState
from tests.app.cast import MONDAY, order, tell

TODAY = date(2026, 11, 25)
DECEMBER = datetime(2025, 12, 31, 23, 30, tzinfo=MONDAY.tzinfo)


def add(session, shop_id, stage=Stage.ACTIVE, names=(), **figures):
    row = Profile(shop_id=shop_id, stage=stage, **figures)
    session.add(row)
    session.flush()
    for kind, name in names:
        told = {"kind": kind, "name": name, "profile_id": row.id, "home_id": row.id, "because": "account"}
        session.add(ProfileName(shop_id=shop_id, **told))
    session.flush()
    return row.id


def by_stage(session, shop_id, held_against=TODAY):
    groups = overview.read_groups(session, shop_id, held_against=held_against)
    return {one.stage: one for one in groups.groups}, groups


def test_each_person_is_counted_once_and_not_in_what_was_merged_away_or_in_another_shop(wiring, harbour, linden):
    with wiring.db.of_shop(linden) as session:
        add(session, linden)
    with wiring.db.of_shop(harbour) as session:
        kept = add(session, harbour, Stage.LOYAL, spent_minor=900)
        add(session, harbour, Stage.LOYAL, spent_minor=50, merged_into_id=kept)
        add(session, harbour, Stage.NEVER_BOUGHT)
        told, groups = by_stage(session, harbour)

    assert (told[Stage.LOYAL].people, told[Stage.LOYAL].spent_minor) == (1, 900)
    assert told[Stage.ACTIVE].people == 0
    assert (groups.people, groups.buyers) == (2, 1)


def test_how_it_moved_is_told_against_the_newest_kept_day_that_is_old_enough(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        first = add(session, harbour, Stage.AT_RISK)
        overview.keep_stage_day(session, harbour, TODAY - timedelta(days=40))
        assert by_stage(session, harbour, TODAY - timedelta(days=41))[1].since is None
        session.get(Profile, (harbour, first)).stage = Stage.ACTIVE
        session.flush()
        told, groups = by_stage(session, harbour, TODAY - timedelta(days=30))

    assert groups.since == groups.counting_since == TODAY - timedelta(days=40)
    assert (told[Stage.AT_RISK].moved, told[Stage.ACTIVE].moved) == (-1, 1)


def test_the_last_count_of_a_day_stands(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        first = add(session, harbour, Stage.NEW)
        overview.keep_stage_day(session, harbour, TODAY)
        session.get(Profile, (harbour, first)).stage = Stage.ACTIVE
        session.flush()
        overview.keep_stage_day(session, harbour, TODAY)
        kept = session.execute(select(StageDay.stage, StageDay.people)).all()

    assert kept == [(Stage.ACTIVE, 1)]


def test_what_is_expected_leaves_out_what_did_not_know_the_last_order(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        for knew, value in ((MONDAY, 500.0), (MONDAY - timedelta(days=9), 70.0)):
            person = add(session, harbour, last_order_at=MONDAY)
            told = {"kind": "value_365", "value": value, "low": value - 100, "high": value + 100, "is_known": True}
            session.add(Prediction(shop_id=harbour, profile_id=person, version_id=1, knew_order_at=knew, **told))
        session.flush()
        active = by_stage(session, harbour)[0][Stage.ACTIVE]

    assert (active.known, active.expected, active.margin) == (1, 500.0, 150.0)


def test_newcomers_are_followed_by_the_shops_own_months_under_all_their_names(wiring, harbour):
    tell(
        wiring, harbour,
        order("1", "1", "ann", at=DECEMBER), order("2", "1", "ann-too", at=datetime(2026, 3, 5, tzinfo=MONDAY.tzinfo)),
        order("3", "1 2", email="guest@example.com", at=datetime(2026, 1, 7, tzinfo=MONDAY.tzinfo)),
        order("4", "1", "ann", at=MONDAY, state=OrderState.CANCELLED),
    )  # fmt: skip
    with wiring.db.of_shop(harbour) as session:
        add(session, harbour, names=(("customer", "ann"), ("customer", "ann-too")))
        add(session, harbour, names=(("email", "guest@example.com"),))
        for _twice in range(2):
            overview.count_cohorts(session, harbour, zone="Europe/Berlin", currency="GBP")
        cohorts, counted_at = overview.read_cohorts(session, harbour, this_month=date(2026, 11, 1))
        rows = session.scalars(select(CohortMonth)).all()

    assert [(one.first_month, one.people, dict(one.back), one.spent_minor) for one in cohorts] == [
        (date(2026, 1, 1), 2, {0: 2, 2: 1}, 450 * 4)  # half past eleven on New Year's Eve is January in Berlin
    ]
    assert counted_at is not None
    assert len(rows) == 2


def test_a_count_is_needed_when_something_was_heard_since(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        assert not overview.needs_count(session, harbour)
        add(session, harbour, names=(("customer", "ann"),))
        assert overview.needs_count(session, harbour)
    tell(wiring, harbour, order("1", "1", "ann"))
    with wiring.db.of_shop(harbour) as session:
        overview.count_cohorts(session, harbour, zone="UTC", currency="GBP")
        assert not overview.needs_count(session, harbour)
