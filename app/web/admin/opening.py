"""Open a shop in the browser. Whoever owns a shop on this server may; the first one is opened at the terminal."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.errors import BadRequest, NotAllowed
from app.models import PersonRole
from app.shops import audit, people
from app.shops.shops import NewShop, check_currency, check_name, check_time_zone, free_slug, open_shop
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.limits import GUESSING, check_pace
from plugins import PLATFORMS

FIELDS = ("name", "platform", "currency", "time_zone", "address")
LONGEST = 300


def hang(doors: Blueprint) -> None:
    """Hang the page."""
    doors.get("/admin/open")(login_required(show_opening))
    doors.post("/admin/open")(login_required(open_one))


def show_opening() -> str:
    """Show the form."""
    _check_owner()
    typed = {name: request.args.get(name, "")[:LONGEST] for name in FIELDS}
    return _page(typed)


def open_one() -> ResponseReturnValue:
    """Open the shop, with whoever asked as its owner, and go on to connecting it."""
    check_pace(GUESSING, "open a shop")
    _check_owner()
    typed = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
    try:
        slug = _open(typed)
    except BadRequest as error:
        return _page(typed, str(error)), 400
    return redirect(url_for("admin.connection", shop=slug, address=typed["address"] or None), code=303)


def _open(typed: Mapping[str, str]) -> str:
    if typed["platform"] not in choices():
        raise BadRequest(_("Choose where your shop runs."))
    name, wired = check_name(typed["name"].replace("\x00", "")), wiring()
    with wired.db.of_nobody() as session:
        shop = open_shop(
            session,
            NewShop(
                slug=free_slug(session, name),
                name=name,
                platform=typed["platform"],
                currency=check_currency(typed["currency"].strip()),
                time_zone=check_time_zone(typed["time_zone"].strip()),
            ),
        )
        people.let_in(session, shop.id, current_user.person_id, PersonRole.OWNER)
    with wired.db.of_shop(shop.id) as session:
        audit.record(session, shop.id, current_user.person_id, "shop_opened")
    return shop.slug


def choices() -> dict[str, str]:
    """Return the platforms a shop may be opened on, those that can be connected, by name."""
    return {name: one.label for name, one in PLATFORMS.items() if one.talks is not None}


def _check_owner() -> None:
    with wiring().db.of_nobody() as session:
        if not people.owns_any(session, current_user.person_id):
            raise NotAllowed(_("Only an owner of a shop may open another one. Ask whoever runs the server."))


def _page(typed: Mapping[str, str], fault: str = "") -> str:
    zones = sorted(available_timezones())
    return render_template("admin/opening.html", typed=typed, fault=fault, platforms=choices(), zones=zones)
