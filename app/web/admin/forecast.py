"""The forecast: orders and money of the next four weeks, beside what was said before and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask_babel import LazyString, lazy_gettext

from app.learning import shop_forecast
from app.learning.shop_forecast import ORDERS, REVENUE, Said
from app.models import ShopForecast
from app.web.admin import chart
from app.web.admin.access import Here, here
from app.web.admin.tongue import _
from app.web.admin.words import about_money, number

METHODS: dict[str, LazyString] = {
    "moving_average": lazy_gettext("the average of the last four weeks"),
    "last_year": lazy_gettext("the same weeks of last year"),
    "smoothed": lazy_gettext("the level of the last weeks, with last year's ups and downs where they are known"),
}


@dataclass(frozen=True)
class Dot:
    """One forecast in the drawing: places in percent of the width. happened: None while it is still to come."""

    row: ShopForecast
    at: float
    start: float
    end: float
    happened: float | None
    is_right: bool  # what happened lies inside


@dataclass(frozen=True)
class Drawn:
    """One measure: the coming weeks and past totals, each on a scale of its own."""

    said: Said
    weeks: Sequence[Dot]
    past: Sequence[Dot]

    @property
    def right(self) -> int:
        return sum(dot.is_right for dot in self.past)


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/forecast", endpoint="forecast")(show)


def show() -> str:
    """Show what the next four weeks may bring."""
    at = here()
    today = at.now.astimezone(at.zone).date()
    with at.wiring.db.of_shop(at.shop.id) as session:
        said = shop_forecast.read_forecast(session, at.shop.id, today)
    return render_template(
        "admin/forecast.html",
        here=at,
        drawn={name: _drawn(one) for name, one in said.items()},
        sentence=_sentence(at, said),
        says={ORDERS: lambda value: number(round(value)), REVENUE: lambda value: about_money(value, at.shop.currency)},
        names={ORDERS: _("Orders"), REVENUE: _("Revenue")},
        methods=METHODS,
    )


def _sentence(at: Here, said: dict[str, Said]) -> str:
    orders, revenue = said[ORDERS].total, said[REVENUE].total
    if orders is None or revenue is None:
        return _("It is too early to say what the next weeks will bring.")
    return _(
        "The next four weeks should bring %(low)s to %(high)s orders, and %(least)s to %(most)s.",
        low=number(round(orders.low)), high=number(round(orders.high)),
        least=about_money(revenue.low, at.shop.currency), most=about_money(revenue.high, at.shop.currency),
    )  # fmt: skip


def _drawn(said: Said) -> Drawn:
    return Drawn(said, _dots(said.weeks), _dots(said.past))


def _dots(rows: Sequence[ShopForecast]) -> list[Dot]:
    reach = [value for row in rows for value in (row.low, row.high, row.happened) if value is not None]
    scale = chart.scale(reach)
    return [
        Dot(
            row,
            scale.at(row.value),
            scale.at(row.low),
            scale.at(row.high),
            None if row.happened is None else scale.at(row.happened),
            row.happened is not None and row.low <= row.happened <= row.high,
        )
        for row in rows
    ]
