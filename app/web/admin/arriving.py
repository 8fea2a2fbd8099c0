"""Merchants who come from their own shop: by the plugin's button, or for the plugin itself."""

from functools import lru_cache

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.errors import NotFound
from app.models import Shop
from app.shops import people
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.limits import GUESSING, check_pace
from plugins import PLATFORMS
from plugins.errors import WrongAddress
from plugins.woocommerce.wordpress.build import NAME, build_zip

LONGEST_ADDRESS = 300


def hang(doors: Blueprint) -> None:
    """Hang the addresses."""
    doors.get("/connect/<platform>")(arrive)
    doors.get(f"/{NAME}.zip")(give_plugin)


def arrive(platform: str) -> ResponseReturnValue:
    """Lead a merchant who comes from their shop to its connection here."""
    plugin = PLATFORMS.get(platform)
    if plugin is None or plugin.talks is None:
        raise NotFound(_("There is no platform of this name to connect to."))
    address = request.args.get("address", "")[:LONGEST_ADDRESS]
    if not current_user.is_authenticated:
        return render_template("admin/arriving.html", shops=None, address=address, platform=platform)
    with wiring().db.of_nobody() as session:
        shops = [one for one in people.shops_of(session, current_user.person_id) if one.platform == platform]
    known = _at_address(shops, platform, address)
    if known is None and len(shops) == 1 and shops[0].address is None:
        known = shops[0]
    if known is not None:
        return redirect(url_for("admin.connection", shop=known.slug, address=address), code=303)
    unconnected = [one for one in shops if one.address is None]
    return render_template("admin/arriving.html", shops=unconnected, address=address, platform=platform)


def give_plugin() -> Response:
    """Give the WordPress plugin as the zip that a merchant uploads."""
    check_pace(GUESSING, "plugin")
    answer = Response(_packed(), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{NAME}.zip"'
    return answer


@lru_cache(maxsize=1)
def _packed() -> bytes:
    return build_zip()


def _at_address(shops: list[Shop], platform: str, address: str) -> Shop | None:
    talks = PLATFORMS[platform].talks
    try:
        cleaned = talks.clean_address(address) if talks is not None else ""
    except WrongAddress:
        return None
    return next((one for one in shops if one.address == cleaned), None)
