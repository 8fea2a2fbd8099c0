"""Long work that waits or runs, as pages show it: what it is, how far it is, and about how long it still takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.learning.trainings import PEOPLE
from app.models import Import, Training, WorkState
from app.web.admin.tongue import _
from app.web.admin.words import number, roughly

LEAST_SHARE = 0.05  # before this the time left is a guess


@dataclass(frozen=True)
class Work:
    """Long work, as a bar, a count and the time left."""

    title: str
    detail: str
    share: float | None  # None while it waits
    left: str
    endpoint: str


def work_in_hand(imports: Sequence[Import], trainings: Sequence[Training], now: datetime) -> list[Work]:
    """Describe long work that waits or runs."""
    return [_import(one, now) for one in imports] + [_training(one, now) for one in trainings]


def _import(one: Import, now: datetime) -> Work:
    share = one.bytes_read / one.bytes_total if one.bytes_total else 0.0
    waits = one.state == WorkState.WAITING
    return Work(
        title=_("Importing %(file)s", file=one.file_name),
        detail=_("waiting for its turn") if waits else _("%(count)s rows read", count=number(one.rows_read)),
        share=None if waits else share,
        left=_left(share, one.created_at, now),
        endpoint="admin.imports",
    )


def _training(one: Training, now: datetime) -> Work:
    waits = one.state == WorkState.WAITING
    return Work(
        title=_title(one),
        detail=_("waiting for its turn") if waits else one.stage,
        share=None if waits else one.progress,
        left=_left(one.progress, one.started_at, now),
        endpoint="admin.predictions" if one.kind == PEOPLE else "admin.trainings",
    )


def _title(one: Training) -> str:
    if one.kind == PEOPLE:
        return _("Learning about your people")
    return _("Fitting the simple rules") if one.kind == "simple" else _("Learning from your orders")


def _left(share: float, since: datetime | None, now: datetime) -> str:
    if since is None or not LEAST_SHARE <= share < 1:
        return ""
    return roughly((now - since).total_seconds() * (1 - share) / share)
