"""What to expect of people: said with how right it was, asked for by whoever may, and every reason in words."""

from datetime import timedelta

import pytest

from app.jobs.training import run_training
from app.models import Prediction, PredictorVersion, Profile, ProfileName, RankerState, Training
from app.web.admin import prediction_words, reason_words
from recommender.prediction.features import NAMES
from recommender.prediction.predictor import Kind
from tests.app.cast import customer, tell
from tests.app.jobs.test_clock import bells
from tests.app.web.admin.full import EVIL

REASON = {"feature": "days_since_last", "value": 141.0, "typical": 30.0, "effect": 0.2}
REPORT = {
    "methods": [
        {"name": "recency", "in_words": "how long ago somebody last ordered", "auc": 0.81, "brier": 0.16, "ece": 0.03},
        {"name": "trees", "in_words": f"boosted trees {EVIL}", "auc": 0.88, "brier": 0.11, "ece": 0.02},
    ],
    "comparisons": [],
    "reliability": [{"said": 0.25, "happened": 0.27, "people": 189}],
    "people": 1883,
    "horizon_days": 63.0,
}


@pytest.fixture
def said(wiring, harbour):
    """One person, of whom a chance and a date are told; nothing can be said about money yet."""
    now = wiring.clock()
    with wiring.db.of_shop(harbour) as session:
        person = Profile(shop_id=harbour, may_personalize=True, last_order_at=now - timedelta(days=141))
        session.add(person)
        session.flush()
        named = {"kind": "customer", "name": "c42", "profile_id": person.id, "home_id": person.id}
        session.add(ProfileName(shop_id=harbour, because="account", **named))
        for kind, value, outcome, reason in (
            (Kind.CHURN, 0.62, "promoted", "The chance is told from boosted trees."),
            (Kind.NEXT_ORDER, 12.0, "simple", "Dates come from each person's own rhythm."),
            (Kind.VALUE_365, 0.0, "none", "About 80 days more are needed."),
        ):
            state = RankerState.REFUSED if outcome == "none" else RankerState.SERVING
            version = PredictorVersion(
                shop_id=harbour, training_id=1, kind=kind, artifact="", method="trees", state=state, outcome=outcome,
                reason=reason, report=REPORT if kind == Kind.CHURN else {},
            )  # fmt: skip
            session.add(version)
            session.flush()
            if outcome != "none":
                session.add(
                    Prediction(
                        shop_id=harbour,
                        profile_id=person.id,
                        kind=kind,
                        value=value,
                        low=value / 2,
                        high=value * 2,
                        is_known=True,
                        reasons=[REASON],
                        version_id=version.id,
                        made_at=now,
                        until=now + timedelta(days=63),
                        knew_order_at=person.last_order_at,
                    )
                )  # fmt: skip
        return person.id


def test_each_kind_says_why_how_right_it_was_whom_it_speaks_of_and_what_is_missing(vic, said):
    page = vic.get("/predictions").text

    assert "Regulars can say what to expect of one person." in page
    assert "It speaks of one person." in page
    assert "The chance is told from boosted trees." in page
    assert "Here that is 63 days." in page
    assert '<td class="r">25%</td><td class="r">27%</td><td class="r">189</td>' in page
    assert "cannot know yet" in page
    assert "About 80 days more are needed." in page
    assert EVIL not in page


def test_whoever_may_change_asks_and_is_told_where_it_stands(ed, vic, wiring, harbour):
    answer = ed.post("/predictions", page="/predictions", follow_redirects=False)

    assert answer.status_code == 303
    assert "run_training" in bells(wiring, "slow")[0]
    assert "Learning about your people" in ed.get("/predictions").text
    assert "Learn about people now" not in vic.get("/predictions").text
    assert vic.post("/predictions").status_code == 403
    with wiring.db.of_shop(harbour) as session:
        assert [row.kind for row in session.query(Training)] == ["people"]


def test_the_list_and_the_report_of_trainings_know_it_is_about_people(ed, wiring, harbour):
    ed.post("/predictions", page="/predictions")
    run_training(harbour, 1, wiring=wiring)

    assert "about people" in ed.get("/trainings").text
    assert "This training was about people." in ed.get("/trainings/1").text


def test_the_other_shop_sees_nothing_of_it(eve, said):
    page = eve.get("/predictions").text

    assert "Nothing was learned about your people yet." in page
    assert "It speaks of" not in page


def test_a_person_is_shown_what_is_expected_of_them_and_why_until_they_order_again(olive, wiring, harbour, said):
    tell(wiring, harbour, customer("c42"))
    page = olive.get("/customers/customer/1").text
    assert "62% until" in page
    assert "Since their last order: 141 days (usual here: 30 days). That speaks for staying away." in page

    with wiring.db.of_shop(harbour) as session:
        session.get_one(Profile, (harbour, said)).last_order_at = wiring.clock()

    assert "62% until" not in olive.get("/customers/customer/1").text


def test_every_reason_and_every_kind_that_predictors_give_has_words(app):
    assert set(reason_words.FEATURES) == set(NAMES)
    assert set(prediction_words.TITLES) == set(prediction_words.MEANINGS) == set(Kind) - {Kind.INTENT}
    with app.test_request_context():
        for feature in NAMES:
            for kind in prediction_words.TITLES:
                assert "usual here" in reason_words.say(kind, {**REASON, "feature": feature}, "GBP")
