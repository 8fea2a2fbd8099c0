"""The way in and out: a one-time set-up link, and signing out.

Opening the link only shows a button: programs that look at links in messages do not press it, so the link is not used
up before its person comes.
"""

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, logout_user

from app.errors import NotFound
from app.shops import people
from app.web.admin import access
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.limits import GUESSING, check_pace


def hang(doors: Blueprint, app: Flask) -> None:
    """Hang the addresses that need no shop."""
    app.login_manager.login_view = "setup.sign_in"  # type: ignore[attr-defined] # Flask-Login puts it there
    doors.before_request(access.check_form)
    doors.get("/")(front)
    doors.get("/setup/<token>")(show_link)
    doors.post("/setup/<token>")(use_link)
    doors.get("/admin/sign-in")(sign_in)
    doors.post("/admin/sign-out")(login_required(sign_out))
    doors.post("/admin/sign-out-everywhere")(login_required(sign_out_everywhere))
    doors.get("/admin", strict_slashes=False)(login_required(choose_shop))


def front() -> ResponseReturnValue:
    """Send whoever opens the bare address to the pages."""
    return redirect(url_for("setup.choose_shop"))


def show_link(token: str) -> ResponseReturnValue:
    """Show who the link is for, and the button that uses it."""
    check_pace(GUESSING, "setup")
    with wiring().db.of_nobody() as db:
        is_open = people.is_open(db, token, now=wiring().clock())
    return render_template("admin/setup.html", token=token, is_open=is_open), 200 if is_open else 404


def use_link(token: str) -> ResponseReturnValue:
    """Sign its person in, once."""
    check_pace(GUESSING, "setup")
    with wiring().db.of_nobody() as db:
        person = people.redeem(db, token, now=wiring().clock())
    if person is None:
        return render_template("admin/setup.html", token=token, is_open=False), 404
    access.begin_session(person)
    return redirect(url_for("setup.choose_shop"), code=303)


def sign_in() -> ResponseReturnValue:
    """Say how one gets in."""
    if current_user.is_authenticated:
        return redirect(url_for("setup.choose_shop"), code=303)
    return render_template("admin/sign_in.html")


def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    _leave()
    return redirect(url_for("setup.sign_in"), code=303)


def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person, on every device."""
    with wiring().db.of_nobody() as db:
        people.sign_out_everywhere(db, current_user.person_id)
    _leave()
    return redirect(url_for("setup.sign_in"), code=303)


def choose_shop() -> ResponseReturnValue:
    """Go to the person's shop, or let them choose."""
    with wiring().db.of_nobody() as db:
        shops = people.shops_of(db, current_user.person_id)
        may_open = people.owns_any(db, current_user.person_id)
    if not shops:
        raise NotFound(_("You do not work in any shop here. Ask the shop's owner to invite you again."))
    if len(shops) == 1 and "all" not in request.args:
        return redirect(url_for("admin.overview", shop=shops[0].slug), code=303)
    return render_template("admin/shops.html", shops=shops, may_open=may_open)


def _leave() -> None:
    logout_user()
    session.clear()
