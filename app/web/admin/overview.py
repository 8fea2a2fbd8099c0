"""The overview: what came in, what was learned, whether anything is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from redis.exceptions import RedisError

from app.ingest import reports as came_in
from app.learning import reports as learned
from app.learning.promote import serving_version
from app.messaging.reports import mail_standing
from app.models import ConnectionState
from app.privacy.reports import pressing
from app.serving.reports import shown
from app.shops.pulse import last_tick
from app.web.admin import chart, connection_concerns, mail_concerns, standing, verdict
from app.web.admin.access import Here, here
from app.web.admin.concerns import Concern, Facts, judge
from app.web.admin.connect import read_facts
from app.web.admin.mail_concerns import MailFacts
from app.web.admin.mail_places import post_of
from app.web.admin.reach import reach_of
from app.web.admin.readings import in_hand
from app.web.admin.tongue import _, _n
from app.web.admin.words import number
from app.web.admin.work import Work, work_in_hand
from app.wiring import Wiring

CHART_DAYS = 28


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    facts: Facts
    arrived: came_in.Arrived
    days: Sequence[tuple[date, int]]
    concerns: Sequence[Concern]
    work: Sequence[Work]
    is_reading: bool = False  # of the shop's past, from its platform
    is_connected: bool = False
    broken: str = ""  # what is said of a connection that needs somebody

    @property
    def answer(self) -> str:
        """The page's one sentence."""
        if not self.arrived.orders.total:
            return self._before_orders()
        orders = _n("one order", "%(count)s orders", self.arrived.orders.total, count=number(self.arrived.orders.total))
        if self.facts.open_imports or self.is_reading:
            return _("%(orders)s are here, and more are coming in.", orders=orders.capitalize())
        if self.facts.serving is None:
            return _("%(orders)s are here. Regulars is about to learn from them.", orders=orders.capitalize())
        if not self.concerns:
            return _("All is well. Regulars has learned from %(orders)s and recommends in your shop.", orders=orders)
        count = len(self.concerns)
        wrong = _n("one thing needs a look", "%(num)d things need a look", count)
        return _("Regulars has learned from %(orders)s; %(wrong)s.", orders=orders, wrong=wrong)

    def _before_orders(self) -> str:
        if self.broken:
            return self.broken
        if self.work:
            return _("Your orders are coming in.")
        if self.is_connected:
            return _("The shop is connected. No order has come in yet; the first one starts the learning.")
        return _("Nothing has come in yet. Three steps, and your shop recommends by itself.")


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
        mail = MailFacts(
            now=at.now,
            standing=mail_standing(session, shop_id),
            post=post_of(at),
            pressing=pressing(session, shop_id, at.now - mail_concerns.PRESSING_AFTER),
        )
        tie = read_facts(session, at, facts.delivered.last_at)
        days = came_in.orders_by_day(session, shop_id, midnight=today, days=CHART_DAYS)
    reading = in_hand(tie.progress)
    work = [*reading, *work_in_hand(facts.open_imports, facts.open_trainings, at.now)]
    ties = connection_concerns.judge(tie, is_public=reach_of(at.wiring.settings).is_public)
    concerns = [*ties, *judge(facts), *mail_concerns.judge(mail)]
    is_connected = tie.state == ConnectionState.CONNECTED
    broken = standing.answer(tie) if tie.state == ConnectionState.BROKEN else ""
    return Overview(facts, arrived, days, concerns, work, bool(reading), is_connected, broken)


def _answers(wiring: Wiring) -> bool:
    try:
        return bool(wiring.queues.redis.ping())
    except RedisError:
        return False
