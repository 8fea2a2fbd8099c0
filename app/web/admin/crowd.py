"""People at a glance: how many stand where and how that moved, what they are worth, who came back, the RFM map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template

from app.models import Stage
from app.profiles import overview
from app.profiles.overview import MONTHS, Cohort, Group, Groups, Square
from app.profiles.stages import RULES
from app.web.admin.access import here
from app.web.admin.stage_words import STAGES
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

HELD_AGAINST = timedelta(days=30)
FIFTHS = (5, 4, 3, 2, 1)


@dataclass(frozen=True)
class CohortRow:
    """One month's newcomers: share of them by months after, None where the month is still to come."""

    first_month: date
    people: int
    spent_minor: int
    shares: Sequence[float | None]


@dataclass(frozen=True)
class Cell:
    """One square of the map. shade: 0 to 1, the share of the fullest square."""

    recency: int
    frequency: int
    people: int
    spent_minor: int
    shade: float


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/customers/overview", endpoint="customers_overview")(show)


def show() -> str:
    """Show all people together."""
    at = here()
    today = at.now.astimezone(at.zone).date()
    this_month = today.replace(day=1)
    with at.wiring.db.of_shop(at.shop.id) as session:
        groups = overview.read_groups(session, at.shop.id, held_against=today - HELD_AGAINST)
        cohorts, counted_at = overview.read_cohorts(session, at.shop.id, this_month=this_month)
        squares = overview.read_squares(session, at.shop.id)
    return render_template(
        "admin/crowd.html",
        here=at,
        groups=groups,
        most=max((one.people for one in groups.groups), default=0),
        names=STAGES,
        how=RULES,
        sentence=_sentence(groups),
        cohorts=[_row(one, this_month) for one in reversed(cohorts)],
        months=range(1, MONTHS),
        counted_at=counted_at,
        map=_cells(squares),
        fifths=FIFTHS,
        answers_from=(groups.counting_since or today) + HELD_AGAINST,
    )


def _sentence(groups: Groups) -> str:
    if not groups.buyers:
        return _("Nobody has bought yet. The first order starts this page.")
    told: dict[Stage, Group] = {one.stage: one for one in groups.groups}
    staying = sum(told[stage].people for stage in (Stage.NEW, Stage.ACTIVE, Stage.LOYAL, Stage.WON_BACK))
    people = _n("One person has bought here", "%(count)s people have bought here", groups.buyers,
                count=number(groups.buyers))  # fmt: skip
    rest = _(
        "%(staying)s are with you now, %(risk)s may not come back, %(lapsed)s have gone quiet.",
        staying=number(staying), risk=number(told[Stage.AT_RISK].people), lapsed=number(told[Stage.LAPSED].people),
    )  # fmt: skip
    return f"{people}: {rest}"


def _row(cohort: Cohort, this_month: date) -> CohortRow:
    age = (this_month.year - cohort.first_month.year) * 12 + this_month.month - cohort.first_month.month
    shares = [cohort.back.get(after, 0) / cohort.people if after <= age else None for after in range(1, MONTHS)]
    return CohortRow(cohort.first_month, cohort.people, cohort.spent_minor, shares)


def _cells(squares: Sequence[Square]) -> dict[tuple[int, int], Cell]:
    most = max((one.people for one in squares), default=1)
    return {
        (one.recency, one.frequency): Cell(
            one.recency, one.frequency, one.people, one.spent_minor, round(one.people / most, 3)
        )
        for one in squares
    }
