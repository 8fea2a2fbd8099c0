"""The connection: how the shop hangs together with its platform, and the ways to connect it.

Where the merchant says yes is the platform's own page. The form's answer therefore leads there by a page of ours: a
browser that may send our forms nowhere else follows no redirect of one either.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.errors import AppError, BadRequest
from app.ingest.backfills import progress
from app.ingest.reports import last_heard
from app.shops import connections, installs
from app.shops.installs import Install
from app.web.admin import readings, standing
from app.web.admin.access import Here, here, owners_only
from app.web.admin.connecting import connect, in_words
from app.web.admin.reach import reach_of
from app.web.admin.shopify_app import theme_links
from app.web.admin.tongue import _
from app.web.limits import TRYING, check_pace
from plugins import PLATFORMS
from plugins.errors import PlatformError, Refused
from plugins.talking import Talks

LONGEST_ADDRESS = 300
LONGEST_KEY = 200


@dataclass(frozen=True)
class Typed:
    """What somebody entered that could not be taken as it is, and why."""

    address: str = ""
    fault: str = ""
    form: str = "address"  # or "keys"
    is_about_keys: bool = False  # the fault is theirs, not the address's
    has_moved: bool = False  # the address differs from the one the shop was connected at


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/connection", endpoint="connection")(show)
    pages.post("/connection", endpoint="begin_connection")(begin)
    pages.post("/connection/keys", endpoint="connect_with_keys")(with_keys)


def show() -> str:
    """Show how the connection stands."""
    at = here()
    return _page(at, Typed(address=request.args.get("address", "")[:LONGEST_ADDRESS]))


@owners_only
def begin() -> ResponseReturnValue:
    """Send the owner to the platform's own page, to say yes there."""
    at = here()
    talks, typed = talks_of(at), _typed("address")
    try:
        address = _checked(at, talks, typed)
        with at.wiring.db.of_shop(at.shop.id) as session:
            connections.prepare(session, at.shop.id)
            app = connections.app_of(session, at.shop, at.wiring.settings)
            who = at.person.person_id
            state = installs.new_state(session, at.shop.id, person_id=who, address=address, now=at.now)
        place = talks.begin_install(address, app, state)
    except (PlatformError, BadRequest) as error:
        return _refused(at, typed, in_words(error))
    return render_template("admin/leaving.html", here=at, place=place, address=address)


@owners_only
def with_keys() -> ResponseReturnValue:
    """Connect with keys that the owner made by hand, once they are proved in the shop."""
    at = here()
    check_pace(TRYING, "keys", at.shop.id)
    talks, typed = talks_of(at), _typed("keys")
    answer = {name: request.form.get(name, "").strip()[:LONGEST_KEY] for name in ("consumer_key", "consumer_secret")}
    try:
        if not all(answer.values()):
            raise BadRequest(_("Enter both keys: one begins with ck_, the other with cs_."))
        address = _checked(at, talks, typed)
        person_id = at.person.person_id
        install = Install(shop_id=at.shop.id, person_id=person_id, address=address, is_used=True, is_late=False)
        connect(at.wiring, install, answer, talks)
    except (PlatformError, AppError) as error:
        is_about_keys = isinstance(error, Refused) or not all(answer.values())
        return _refused(at, replace(typed, is_about_keys=is_about_keys), in_words(error))
    flash(_("Connected. Regulars now looks at the shop and reads its past; you may leave this page."), "good")
    return redirect(url_for("admin.connection"), code=303)


def talks_of(at: Here) -> Talks:
    """Return how this shop's platform is talked to. Raises BadRequest where it is not."""
    talks = PLATFORMS[at.shop.platform].talks
    if talks is None:
        raise BadRequest(_("This shop's platform tells by itself; there is nothing to connect."))
    return talks


def read_facts(session: Session, at: Here, heard_at: datetime | None) -> standing.Facts:
    """Read how the connection stands. heard_at: when the last webhook came."""
    return standing.Facts(
        shop=at.shop,
        connection=connections.connection_of(session, at.shop.id),
        progress=progress(session, at.shop.id),
        heard_at=heard_at,
        now=at.now,
    )


def _typed(form: str) -> Typed:
    return Typed(address=request.form.get("address", "")[:LONGEST_ADDRESS], form=form)


def _checked(at: Here, talks: Talks, typed: Typed) -> str:
    """Return the address that was typed, as the platform writes it. Raises WrongAddress, BadRequest."""
    address = talks.clean_address(typed.address)
    with at.wiring.db.of_nobody() as session:
        if not installs.is_free(session, at.shop.platform, address, shop_id=at.shop.id):
            raise BadRequest(installs.TAKEN)
    if at.shop.address not in (None, address) and "has_moved" not in request.form:
        raise BadRequest(
            _(
                "This shop was connected at %(known)s. If it is the same shop at a new address, tick the box; another "
                "shop is opened on its own, or their items and orders would be mixed up.",
                known=at.shop.address,
            )
        )
    return address


def _refused(at: Here, typed: Typed, fault: str) -> ResponseReturnValue:
    has_moved = at.shop.address is not None and typed.address.strip() != at.shop.address
    return _page(at, replace(typed, fault=fault, has_moved=has_moved)), 400


def _page(at: Here, typed: Typed) -> str:
    with at.wiring.db.of_shop(at.shop.id) as session:
        facts = read_facts(session, at, last_heard(session, at.shop.id))
    settings = at.wiring.settings
    own = facts.connection.client_id if facts.connection is not None else ""
    client_id = (own or settings.shopify_client_id) if at.shop.platform == "shopify" else ""
    return render_template(
        "admin/connection.html",
        here=at,
        facts=facts,
        answer=standing.answer(facts),
        failure=standing.last_failure(facts),
        checks=standing.checks(facts),
        lacks_plugin=standing.lacks_plugin(facts),
        work=readings.in_hand(facts.progress),
        readings=readings.readings(facts.progress),
        reach=reach_of(settings),
        can_return=settings.base_url.startswith("https://"),
        typed=typed,
        is_talked_to=PLATFORMS[at.shop.platform].talks is not None,
        has_app=bool(client_id),
        theme_links=theme_links(at.shop, client_id),
    )
