"""Readings of a platform's past, as pages show them: what is being read and how far, and what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.ingest.backfills import INSTALL, SHOP, Progress
from app.models import WorkState
from app.web.admin.tongue import _, _n
from app.web.admin.words import number, roughly
from app.web.admin.work import Work

OPEN = frozenset({WorkState.WAITING, WorkState.RUNNING})
MOST_SHARE = 0.99  # of what still runs: a platform's own count may be a little short


@dataclass(frozen=True)
class Reading:
    """One kind of past, after it was read."""

    name: str
    state: str
    rows: int
    words: str  # what is to be known about it; may be empty
    at: datetime | None


def in_hand(progress: Sequence[Progress]) -> list[Work]:
    """Describe the readings that wait or run, and were not begun by the clock."""
    return [_work(one) for one in progress if one.state in OPEN and one.cause in ("install", "asked")]


def readings(progress: Sequence[Progress]) -> list[Reading]:
    """Describe what has been read, or could not be: the newest of each kind that a person began."""
    newest = {one.kind: one for one in progress if one.cause in ("install", "asked")}
    return [_reading(one) for one in newest.values() if one.state not in OPEN and one.kind != SHOP]


def failed(progress: Sequence[Progress]) -> Progress | None:
    """Return the first reading of the shop's past that came to nothing, if one did."""
    return next((one for one in progress if one.cause == INSTALL and one.state == WorkState.FAILED), None)


def kind_name(kind: str) -> str:
    """Name what is read."""
    return {
        SHOP: _("The shop itself"),
        "items": _("Items"),
        "orders": _("Orders"),
        "customers": _("Customers"),
        "reviews": _("Reviews"),
        "carts": _("Carts"),
    }.get(kind, kind)


def _work(one: Progress) -> Work:
    share = min(one.rows_read / one.rows_total, MOST_SHARE) if one.rows_total else None
    is_begun = one.rows_read > 0 or one.state == WorkState.RUNNING
    return Work(
        title=_title(one.kind),
        detail=_detail(one, is_begun=is_begun),
        share=share if is_begun else None,
        left=roughly(one.seconds_left) if one.seconds_left is not None and not one.reason else "",
        endpoint="admin.connection",
    )


def _title(kind: str) -> str:
    return {
        SHOP: _("Looking at the shop"),
        "items": _("Reading items"),
        "orders": _("Reading orders"),
        "customers": _("Reading customers"),
        "reviews": _("Reading reviews"),
        "carts": _("Reading carts"),
    }.get(kind, kind)


def _detail(one: Progress, *, is_begun: bool) -> str:
    if one.reason:
        return _("%(reason)s It is tried again by itself; nothing that was read is lost.", reason=one.reason)
    if not is_begun:
        return _("waiting for its turn")
    if one.rows_total:
        return _("%(read)s of %(total)s", read=number(one.rows_read), total=number(one.rows_total))
    if not one.rows_read:
        return _("asking the shop for them")
    return _("%(count)s so far", count=number(one.rows_read))


def _reading(one: Progress) -> Reading:
    words = one.reason if one.state == WorkState.FAILED else ""
    if not words and one.unread:
        words = _n("One could not be read.", "%(count)s could not be read.", one.unread, count=number(one.unread))
    return Reading(kind_name(one.kind), one.state, one.rows_read, words, one.finished_at)
