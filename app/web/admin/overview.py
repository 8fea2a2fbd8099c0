"""The overview: what came in, what was learned, whether anything is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from redis.exceptions import RedisError

from app.ingest import reports as came_in
from app.learning import reports as learned
from app.learning.promote import serving_version
from app.models import Import, Training, WorkState
from app.serving.reports import shown
from app.shops.pulse import last_tick
from app.web.admin import chart, verdict
from app.web.admin.access import Here, here
from app.web.admin.concerns import Concern, Facts, judge
from app.web.admin.tongue import _, _n
from app.web.admin.words import number, roughly
from app.wiring import Wiring

CHART_DAYS = 28
LEAST_SHARE = 0.05  # before this the time left is a guess


@dataclass(frozen=True)
class Work:
    """Long work, as a bar, a count and the time left."""

    title: str
    detail: str
    share: float | None  # None while it waits
    left: str
    endpoint: str


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    facts: Facts
    arrived: came_in.Arrived
    days: Sequence[tuple[date, int]]
    concerns: Sequence[Concern]
    work: Sequence[Work]

    @property
    def answer(self) -> str:
        """The page's one sentence."""
        if not self.arrived.orders.total:
            if self.work:
                return _("Your orders are coming in.")
            return _("Nothing has come in yet. Three steps, and your shop recommends by itself.")
        orders = _n("one order", "%(count)s orders", self.arrived.orders.total, count=number(self.arrived.orders.total))
        if self.facts.open_imports:
            return _("%(orders)s are here, and more are coming in.", orders=orders.capitalize())
        if self.facts.serving is None:
            return _("%(orders)s are here. Regulars is about to learn from them.", orders=orders.capitalize())
        if not self.concerns:
            return _("All is well. Regulars has learned from %(orders)s and recommends in your shop.", orders=orders)
        count = len(self.concerns)
        wrong = _n("one thing needs a look", "%(num)d things need a look", count)
        return _("Regulars has learned from %(orders)s; %(wrong)s.", orders=orders, wrong=wrong)


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/", endpoint="overview")(show)


def show() -> str:
    """Show how the shop stands."""
    at = here()
    page = _read(at)
    return render_template(
        "admin/overview.html",
        here=at,
        page=page,
        chart=chart.days(page.days),
        verdict=verdict.read(page.facts.serving),
    )


def midnight(at: Here) -> datetime:
    """Return when today began in the shop."""
    return at.now.astimezone(at.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def work_in_hand(imports: Sequence[Import], trainings: Sequence[Training], now: datetime) -> list[Work]:
    """Describe long work that waits or runs."""
    return [_import(one, now) for one in imports] + [_training(one, now) for one in trainings]


def _read(at: Here) -> Overview:
    today = midnight(at)
    spans = {"today": today, "week": today - timedelta(days=6)}
    shop_id = at.shop.id
    has_valkey = _answers(at.wiring)
    with at.wiring.db.of_shop(shop_id) as session:
        arrived = came_in.arrived(session, shop_id, **spans)
        facts = Facts(
            now=at.now,
            opened_at=at.shop.created_at,
            order_count=arrived.orders.total,
            delivered=came_in.delivered(session, shop_id, **spans),
            shown=shown(session, shop_id, **spans),
            failed_import=came_in.last_failed_import(session, shop_id),
            open_imports=came_in.open_imports(session, shop_id),
            serving=serving_version(session, shop_id),
            open_trainings=list(learned.open_trainings(session, shop_id)),
            last_training=learned.last_training(session, shop_id),
            last_tick=last_tick(session),
            has_valkey=has_valkey,
        )
        days = came_in.orders_by_day(session, shop_id, midnight=today, days=CHART_DAYS)
    work = work_in_hand(facts.open_imports, facts.open_trainings, at.now)
    return Overview(facts, arrived, days, judge(facts), work)


def _answers(wiring: Wiring) -> bool:
    try:
        return bool(wiring.queues.redis.ping())
    except RedisError:
        return False


def _import(one: Import, now: datetime) -> Work:
    share = one.bytes_read / one.bytes_total if one.bytes_total else 0.0
    waits = one.state == WorkState.WAITING
    return Work(
        title=_("Importing %(file)s", file=one.file_name),
        detail=_("waiting for the trainer") if waits else _("%(count)s rows read", count=number(one.rows_read)),
        share=None if waits else share,
        left=_left(share, one.created_at, now),
        endpoint="admin.imports",
    )


def _training(one: Training, now: datetime) -> Work:
    waits = one.state == WorkState.WAITING
    return Work(
        title=_("Fitting the simple rules") if one.kind == "simple" else _("Learning from your orders"),
        detail=_("waiting for the trainer") if waits else one.stage,
        share=None if waits else one.progress,
        left=_left(one.progress, one.started_at, now),
        endpoint="admin.trainings",
    )


def _left(share: float, since: datetime | None, now: datetime) -> str:
    if since is None or not LEAST_SHARE <= share < 1:
        return ""
    return roughly((now - since).total_seconds() * (1 - share) / share)
