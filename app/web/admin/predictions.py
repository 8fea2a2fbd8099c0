"""What to expect of people: each kind of prediction, which method serves and why, how right it was, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from app.learning import people_reports
from app.learning.people_reports import Spoken
from app.learning.trainings import PEOPLE, request_training
from app.models import PredictorVersion
from app.queues import SLOW
from app.shops import audit
from app.web.admin.access import here
from app.web.admin.prediction_words import MEANINGS, TITLES, Tested, read_tested
from app.web.admin.tongue import _, _n
from app.web.admin.words import number
from app.web.admin.work import work_in_hand


@dataclass(frozen=True)
class Card:
    """One kind of prediction. tested: None where no method was compared."""

    kind: str
    title: LazyString
    meaning: LazyString
    version: PredictorVersion
    spoken: Spoken
    tested: Tested | None


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/predictions", endpoint="predictions")(show)
    pages.post("/predictions", endpoint="learn_about_people")(learn_now)


def show() -> str:
    """Show what can be said of people."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        versions = people_reports.newest_versions(session, at.shop.id)
        spoken = people_reports.spoken_of(session, at.shop.id)
        running = people_reports.open_about_people(session, at.shop.id)
    cards = [
        _card(kind, versions[kind], spoken.get(kind, Spoken()), at.shop.currency) for kind in TITLES if kind in versions
    ]
    return render_template(
        "admin/predictions.html",
        here=at,
        cards=cards,
        sentence=_sentence(versions, spoken),
        learned_at=max((one.trained_at for one in versions.values()), default=None),
        work=work_in_hand((), running, at.now),
    )


def learn_now() -> ResponseReturnValue:
    """Ask for what can be said of people; a training that is on its way already is the answer to both."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        training_id = request_training(session, at.shop.id, cause="asked", kind=PEOPLE)
        audit.record(session, at.shop.id, at.person.person_id, "training_asked", training=training_id)
    at.wiring.queues.nudge(SLOW, "training.run_training", at.shop.id, training_id)
    flash(_("Regulars is learning about your people. What was said of them before stays until then."), "good")
    return redirect(url_for("admin.predictions"), code=303)


def _card(kind: str, version: PredictorVersion, spoken: Spoken, currency: str) -> Card:
    tested = read_tested(version, currency)
    return Card(kind, TITLES[kind], MEANINGS[kind], version, spoken, tested if tested.methods else None)


def _sentence(versions: Mapping[str, PredictorVersion], spoken: Mapping[str, Spoken]) -> str:
    if not versions:
        return _("Nothing was learned about your people yet.")
    most = max((one.known for one in spoken.values()), default=0)
    if not most:
        return _("It is too early to say what to expect of anybody.")
    return _n(
        "Regulars can say what to expect of one person.",
        "Regulars can say what to expect of %(count)s people.",
        most,
        count=number(most),
    )
