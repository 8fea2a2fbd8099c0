"""Learning: every training, and the report of one: what was tried, how good it is, what serves and why."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.learning import reports
from app.learning.promote import serving_version
from app.learning.trainings import request_training
from app.models import RankerVersion, Training
from app.queues import SLOW
from app.shops import audit
from app.web.admin import verdict
from app.web.admin.access import here
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.tongue import _
from app.web.admin.work import work_in_hand


@dataclass(frozen=True)
class Row:
    """One training in the list."""

    training: Training
    version: RankerVersion | None

    @property
    def seconds(self) -> float | None:
        """How long it took, or None while that is unknown."""
        start, end = self.training.started_at, self.training.finished_at
        return (end - start).total_seconds() if start and end else None

    @property
    def outcome(self) -> str:
        """What became of it, in a sentence."""
        if self.version is not None:
            return self.version.reason
        return self.training.reason


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/trainings", endpoint="trainings")(show_list)
    pages.post("/trainings", endpoint="train_now")(train_now)
    pages.get("/trainings/<row:training_id>", endpoint="report")(show_report)


def show_list() -> str:
    """Show all trainings, and what serves now."""
    at = here()
    listing = read_listing(tuple(reports.COLUMNS), first="-requested_at", filters=("state",))
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = reports.list_trainings(
            session,
            at.shop.id,
            state=listing.filters["state"],
            order=listing.order,
            offset=listing.offset,
            most=PAGE_ROWS,
        )
        serving = serving_version(session, at.shop.id)
        running = reports.open_trainings(session, at.shop.id)
    return render_template(
        "admin/trainings.html",
        here=at,
        listing=listing,
        rows=[Row(training, version) for training, version in found.rows],
        total=found.total,
        serving=serving,
        verdict=verdict.read(serving),
        work=work_in_hand((), running, at.now),
        cause_of=cause_of,
    )


def show_report(training_id: int) -> str:
    """Show one training: the verdict first, then the evidence."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = reports.find_training(session, at.shop.id, training_id)
        serving = serving_version(session, at.shop.id)
    if found is None:
        raise NotFound(_("There is no training by this number."))
    row = Row(*found)
    return render_template(
        "admin/report.html",
        here=at,
        row=row,
        serves=serving is not None and serving.training_id == training_id,
        verdict=verdict.read(row.version),
        work=work_in_hand((), [row.training], at.now) if row.training.finished_at is None else [],
        cause_of=cause_of,
    )


def train_now() -> ResponseReturnValue:
    """Ask for a training; one that is on its way already is the answer to both."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        training_id = request_training(session, at.shop.id, cause="asked")
        audit.record(session, at.shop.id, at.person.person_id, "training_asked", training=training_id)
    at.wiring.queues.nudge(SLOW, "training.run_training", at.shop.id, training_id)
    flash(_("A training is on its way. What serves now goes on serving until the new one has proved itself."), "good")
    return redirect(url_for("admin.trainings"), code=303)


def cause_of(training: Training) -> str:
    """Say why a training was started."""
    return {
        "asked": _("somebody asked"),
        "daily": _("the daily training"),
        "first_orders": _("the first orders came in"),
        "forgotten": _("somebody was forgotten"),
        "imported": _("a file came in"),
        "new_facts": _("many new orders came in"),
    }.get(training.cause, training.cause.replace("_", " "))
