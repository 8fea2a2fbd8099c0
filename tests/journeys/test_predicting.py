"""What is learned about people: fitted, kept with its report, said of everybody, and taken back with whoever leaves."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from app.jobs import clock
from app.jobs.training import run_training
from app.learning import predictors
from app.learning.trainings import request_training
from app.models import Prediction, PredictorVersion, Profile, ProfileName, RankerState, Segment, Training, WorkState
from app.profiles import segments
from recommender import artifact
from recommender.errors import TooFewInteractions
from recommender.prediction.features import NAMES
from recommender.prediction.predictor import Kind
from tests.app.privacy.test_erasure import forget

BUY = text("""
    INSERT INTO orders (shop_id, external_id, customer_external_id, state, currency, total_minor, placed_at,
        version_at, version_digest)
    SELECT :shop_id, who || '-' || n, who, 'placed', 'GBP', 1000 + 10 * (n % 7), at, at, ''
    FROM unnest(CAST(:who AS text[]), CAST(:n AS int[]), CAST(:at AS timestamptz[])) AS told (who, n, at)
""")
HEAR = text("""
    UPDATE profiles p SET last_order_at = (SELECT max(o.placed_at) FROM orders o JOIN profile_names n
        ON n.shop_id = o.shop_id AND n.name = o.customer_external_id WHERE n.profile_id = p.id)
    WHERE p.shop_id = :shop_id
""")


def people(wiring, shop_id, dates):
    """Let people order on these days before now; return their profiles by name."""
    now, found = wiring.clock(), {}
    told = [(who, n, now - timedelta(days=float(ago))) for who, agos in dates.items() for n, ago in enumerate(agos)]
    with wiring.db.of_shop(shop_id) as session:
        for who in dates:
            profile = Profile(shop_id=shop_id, may_personalize=True)
            session.add(profile)
            session.flush()
            names = {"kind": "customer", "name": who, "profile_id": profile.id, "home_id": profile.id}
            session.add(ProfileName(shop_id=shop_id, because="order", **names))
            found[who] = profile.id
        session.flush()
        columns = dict(zip(("who", "n", "at"), (list(one) for one in zip(*told, strict=True)), strict=True))
        session.execute(BUY, {"shop_id": shop_id, **columns})
        session.execute(HEAR, {"shop_id": shop_id})
    return found


def regulars(count, *, every=14.0, since=200.0):
    """Draw people who order about every fortnight."""
    chance = np.random.default_rng(3)
    return {
        f"someone-{n}": sorted(
            {round(float(ago), 1) for ago in since * chance.random(int(since / every)) + 1}, reverse=True
        )
        for n in range(count)
    }


def learn(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        training_id = request_training(session, shop_id, kind="people", cause="asked")
    run_training(shop_id, training_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Training, (shop_id, training_id))


def rows(wiring, shop_id, kind):
    with wiring.db.of_shop(shop_id) as session:
        return session.query(kind).order_by(*kind.__table__.primary_key).all()


def kept(wiring, shop_id):
    return [name for name in wiring.artifacts.names(shop_id) if name.startswith("people-")]


@pytest.fixture
def known(wiring, harbour):
    return people(wiring, harbour, regulars(12))


@pytest.fixture
def learned(wiring, harbour, known):
    return learn(wiring, harbour)


def test_everybody_who_bought_is_told_what_to_expect_with_reasons_and_the_order_it_knew_of(
    wiring, harbour, known, learned
):
    said = [one for one in rows(wiring, harbour, Prediction) if one.kind == Kind.NEXT_ORDER]
    last = {one.id: one.last_order_at for one in rows(wiring, harbour, Profile)}

    assert (learned.state, learned.reason) == (WorkState.DONE, "What to expect of 12 people was said anew.")
    assert {one.profile_id: one.knew_order_at for one in said} == last
    assert all(one.low <= one.value <= one.high for one in said)
    assert any(one.reasons for one in said)
    assert {reason["feature"] for one in said for reason in one.reasons} <= set(NAMES)


def test_each_kind_has_a_version_with_its_sentence_and_one_artifact_holds_them_all_and_names_nobody(
    wiring, harbour, learned
):
    versions = rows(wiring, harbour, PredictorVersion)
    assert {one.kind for one in versions} == {str(kind) for kind in predictors.KINDS}
    assert all(one.reason for one in versions)
    [name] = kept(wiring, harbour)
    assert {one.artifact for one in versions if one.state == RankerState.SERVING} == {name}

    path = wiring.artifacts.path(harbour, name)
    arrays, header = artifact.load(path)
    assert b"someone-" not in path.read_bytes()
    assert set(header) == {"methods", "header"}
    words = {name for name, array in arrays.items() if not np.issubdtype(array.dtype, np.number)}
    assert {name.split("/")[-1] for name in words} <= {"method", "of", "name"}


def test_learning_again_replaces_what_was_said_and_the_artifact(wiring, harbour, known, learned):
    [before] = kept(wiring, harbour)

    again = learn(wiring, harbour)
    run_training(harbour, again.id, wiring=wiring)  # a bell that rings twice

    versions = rows(wiring, harbour, PredictorVersion)
    assert len(versions) == 2 * len(predictors.KINDS)
    serving = [one for one in versions if one.state == RankerState.SERVING]
    assert len({one.kind for one in serving}) == len(serving)
    assert {one.version_id for one in rows(wiring, harbour, Prediction)} == {one.id for one in serving}
    assert kept(wiring, harbour) == [serving[0].artifact] != [before]


def test_people_move_into_segments_with_what_is_said_of_them(wiring, harbour, known):
    told = {"all": [{"field": "next_order_days", "is": "at_most", "value": 365}]}
    with wiring.db.of_shop(harbour) as session:
        segment = Segment(shop_id=harbour, key="soon", name="Soon", condition=told)
        session.add(segment)
        session.flush()
        segment_id = segment.id

    learn(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        inside = segments.members(session, harbour, segment_id)
    known = [one for one in rows(wiring, harbour, Prediction) if one.kind == "next_order" and one.is_known]
    assert inside == [one.profile_id for one in known] != []


def test_a_shop_without_orders_is_told_what_is_missing(wiring, harbour):
    done = learn(wiring, harbour)

    assert (done.state, done.reason) == (WorkState.DONE, "Nothing can be said of anybody yet.")
    versions = rows(wiring, harbour, PredictorVersion)
    assert {(one.outcome, one.artifact) for one in versions} == {("none", "")}
    assert all(one.reason for one in versions)
    assert rows(wiring, harbour, Prediction) == []
    assert kept(wiring, harbour) == []


def test_eleven_people_with_one_order_each_get_nothing_that_pretends(wiring, harbour):
    people(wiring, harbour, {f"someone-{n}": [5.0 * n + 1] for n in range(11)})

    assert learn(wiring, harbour).state == WorkState.DONE
    assert {one.outcome for one in rows(wiring, harbour, PredictorVersion)} <= {"none", "simple"}
    assert [one for one in rows(wiring, harbour, Prediction) if one.kind == "next_order" and one.is_known] == []


def test_a_family_that_fails_says_why_stops_no_other_and_what_served_goes_on(wiring, harbour, known, monkeypatch):
    def stumble(*_):
        raise TooFewInteractions("The orders of one week are missing.")

    failing = predictors.Family((Kind.NEXT_ORDER,), "x", stumble)
    others = [one for one in predictors.FAMILIES if Kind.NEXT_ORDER not in one.kinds]
    monkeypatch.setattr(predictors, "FAMILIES", (failing, *others))
    learn(wiring, harbour)
    first = {one.kind: one for one in rows(wiring, harbour, PredictorVersion)}

    assert (first["next_order"].outcome, first["next_order"].reason) == ("none", "The orders of one week are missing.")
    assert first["orders_90"].state == RankerState.SERVING


def test_what_served_before_a_family_failed_goes_on(wiring, harbour, learned, monkeypatch):
    def stumble(*_):
        raise TooFewInteractions("The orders of one week are missing.")

    monkeypatch.setattr(predictors, "FAMILIES", (predictors.Family((Kind.NEXT_ORDER,), "x", stumble),))
    learn(wiring, harbour)

    [now] = [
        one
        for one in rows(wiring, harbour, PredictorVersion)
        if one.kind == "next_order" and one.state == RankerState.SERVING
    ]
    assert now.outcome == "kept"
    assert now.reason == "The orders of one week are missing. What served before goes on."


def test_who_said_no_or_became_another_is_not_written_of_any_more(wiring, harbour, known, learned):
    gone, merged, *others = sorted(known.values())
    with wiring.db.of_shop(harbour) as session:
        session.get_one(Profile, (harbour, gone)).may_personalize = False
        session.get_one(Profile, (harbour, merged)).merged_into_id = others[0]

    learn(wiring, harbour)

    assert sorted({one.profile_id for one in rows(wiring, harbour, Prediction)}) == others


def test_a_training_that_lost_its_claim_says_nothing_and_leaves_no_artifact(wiring, harbour, known, monkeypatch):
    real = predictors.save

    def lose(path, trained):
        real(path, trained)
        with wiring.db.of_shop(harbour) as session:
            session.execute(text("UPDATE trainings SET claim_token = gen_random_uuid()"))

    monkeypatch.setattr(predictors, "save", lose)
    learn(wiring, harbour)

    assert rows(wiring, harbour, PredictorVersion) == rows(wiring, harbour, Prediction) == kept(wiring, harbour) == []


def test_erasure_takes_what_was_said_of_somebody_and_leaves_the_predictors_that_serve(wiring, harbour, known, learned):
    wiring.artifacts.path(harbour, "people-99-lost").write_bytes(b"of a training long over")
    serving = [name for name in kept(wiring, harbour) if name != "people-99-lost"]

    done = forget(wiring, harbour, customers="someone-1")

    assert done.state == "done"
    assert kept(wiring, harbour) == serving != []
    assert known["someone-1"] not in {one.profile_id for one in rows(wiring, harbour, Prediction)}


def test_the_clock_asks_about_people_once_a_day_also_where_nothing_is_sold(wiring, harbour, linden, known, learned):
    asked = text("UPDATE trainings SET requested_at = requested_at - interval '21 hours'")
    with wiring.db.of_shop(harbour) as session:
        session.add(Training(shop_id=harbour, kind="full", cause="daily", state=WorkState.DONE))
    clock.train_daily(wiring)
    assert [one.kind for one in rows(wiring, harbour, Training)] == ["people", "full"]
    with wiring.db.of_shop(harbour) as session:
        session.execute(asked)
        session.execute(text("UPDATE orders SET version_at = version_at - interval '30 days'"))

    clock.train_daily(wiring)
    clock.train_daily(wiring)

    assert [one.kind for one in rows(wiring, harbour, Training)] == ["people", "full", "people"]
    assert rows(wiring, linden, Training) == []


def test_the_other_shop_neither_sees_nor_loses_anything(wiring, harbour, linden, known, learned):
    before = rows(wiring, harbour, Prediction)

    learn(wiring, linden)

    assert rows(wiring, linden, Prediction) == []
    assert {one.outcome for one in rows(wiring, linden, PredictorVersion)} == {"none"}
    assert len(rows(wiring, harbour, Prediction)) == len(before) > 0
