"""DOOR: a platform answers a merchant's "yes", with the state that began it.

Nothing in the answer is believed about which shop it is for: the state says so, once. The platform's part turns the
answer into credentials and proves them at the state's own address; only then they are kept. An answer that comes by
browser (Shopify) counts only in the browser of the person who began; one that comes from server to server (WooCommerce)
is answered with exactly 200, or the shop takes the keys back.
"""

import json
from collections.abc import Mapping

import structlog
from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.errors import AppError, BadRequest, NotAllowed, NotFound
from app.models import PersonRole, Shop
from app.shops import installs, people
from app.shops.installs import Install
from app.web.admin import errors, headers
from app.web.admin.connecting import connect, in_words, note_failure
from app.web.admin.tongue import _
from app.web.context import read_body, wiring
from app.web.limits import FOLLOWING, check_pace
from plugins import PLATFORMS
from plugins.errors import PlatformError
from plugins.talking import Talks

LARGEST_ANSWER = 16 * 1024  # bytes
BY_BROWSER = frozenset({"shopify"})  # whose answer is an address that the merchant's browser is sent to

log = structlog.get_logger()


def make(*, is_https: bool) -> Blueprint:
    """Make the door."""
    bp = Blueprint("install", __name__, template_folder="../templates")
    bp.get("/install/<platform>/callback")(come_back)
    bp.post("/install/<platform>/callback")(hear)
    bp.get("/install/<platform>/return")(return_home)
    headers.put_on(bp, is_https=is_https)
    errors.answer(bp)
    return bp


def hear(platform: str) -> Response:
    """Take an answer that the shop itself brings. Every other status than 200 makes it take the keys back."""
    check_pace(FOLLOWING, "install")
    if platform in BY_BROWSER:  # here nobody could tell whose browser it was
        raise NotFound(_("There is no platform of this name to connect to."))
    talks, answer = _talks(platform), _told()
    trouble = _finish(_use(platform, talks.state_of(answer)), answer, talks)
    return Response(trouble, 403 if trouble else 200, mimetype="text/plain")


def come_back(platform: str) -> ResponseReturnValue:
    """Take an answer that the merchant's browser brings, and show them how their shop stands."""
    check_pace(FOLLOWING, "install")
    talks, answer = _talks(platform), _asked()
    state = talks.state_of(answer)
    _check_person(_find(platform, state))  # before it is used: a stranger's browser does not use it up
    install = _use(platform, state)
    if trouble := _finish(install, answer, talks):
        flash(trouble, "bad")
    return redirect(_page_of(install), code=303)


def return_home(platform: str) -> ResponseReturnValue:
    """Lead the merchant's browser from the shop back to the page it left."""
    check_pace(FOLLOWING, "install")
    talks, answer = _talks(platform), _asked()
    install = _find(platform, talks.state_of(answer))  # the page it leads to asks who is there
    if answer.get("success") == "0":
        flash(_("You said no in your shop, so nothing was connected. Press Connect to try again."), "warn")
    return redirect(_page_of(install), code=303)


def _finish(install: Install, answer: Mapping[str, str], talks: Talks) -> str:
    """Connect the shop. Return what was in the way, in a sentence for the merchant, or nothing."""
    try:
        connect(wiring(), install, answer, talks)
    except (PlatformError, AppError) as error:
        log.warning("install_refused", shop_id=install.shop_id, error=type(error).__name__)
        note_failure(wiring(), install.shop_id, in_words(error))
        return in_words(error)
    return ""


def _talks(platform: str) -> Talks:
    plugin = PLATFORMS.get(platform)
    if plugin is None or plugin.talks is None:
        raise NotFound(_("There is no platform of this name to connect to."))
    return plugin.talks


def _told() -> Mapping[str, str]:
    """Return the fields of a JSON body, as words."""
    try:
        found = json.loads(read_body(LARGEST_ANSWER))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRequest(_("Send the answer as a JSON object."))
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}


def _asked() -> Mapping[str, str]:
    """Return the address's parameters. One that stands there twice could be read in two ways, so nobody may send it."""
    found = request.args.to_dict(flat=False)
    if any(len(values) > 1 for values in found.values()):
        raise BadRequest(_("This address says one thing twice. Go back to your shop's page here and connect again."))
    return {name: values[0] for name, values in found.items()}


def _find(platform: str, state: str) -> Install:
    with wiring().db.of_nobody() as session:
        install = installs.find_state(session, state, now=wiring().clock())
        if install is None or not _still_counts(session, install, platform):
            raise NotAllowed(
                _("This answer belongs to nothing that was begun here. Connect again from your shop's page.")
            )
    return install


def _still_counts(session: Session, install: Install, platform: str) -> bool:
    """Tell whether a state is of this platform, and whoever began it may still connect the shop."""
    shop = session.get_one(Shop, install.shop_id)
    place = people.find_place(session, install.person_id, shop.slug) if install.person_id is not None else None
    may = install.person_id is None or (place is not None and place.role == PersonRole.OWNER)
    return shop.platform == platform and may


def _use(platform: str, state: str) -> Install:
    _find(platform, state)
    with wiring().db.of_nobody() as session:
        install = installs.use_state(session, state, now=wiring().clock())
    if install is None:
        raise NotAllowed(_("This answer has been used already, or took too long. Connect again from your shop's page."))
    return install


def _check_person(install: Install) -> None:
    who = current_user.person_id if current_user.is_authenticated else None
    if who is None:
        raise NotAllowed(_("You are not signed in here in this browser. Sign in, then press Connect once more."))
    if who != install.person_id:
        raise NotAllowed(_("Somebody else began this. Whoever is signed in here has to press Connect themselves."))


def _page_of(install: Install) -> str:
    with wiring().db.of_nobody() as session:
        slug = session.get_one(Shop, install.shop_id).slug
    return url_for("admin.connection", shop=slug)
