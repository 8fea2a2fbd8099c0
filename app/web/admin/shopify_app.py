"""Hosting Regulars oneself for a Shopify shop: its own app at Shopify, made in five steps, its files written here."""

import re

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BadRequest, NotFound
from app.models import Shop
from app.shops import audit, connections
from app.shops.secrets import CLIENT, add_secret
from app.web.admin.access import Here, here, owners_only
from app.web.admin.reach import reach_of
from app.web.admin.tongue import _
from plugins.errors import PlatformError
from plugins.shopify.app_files import FOLDER, block_link, embed_link, pack_app_files

CLIENT_ID = re.compile(r"[A-Za-z0-9]{16,64}")
CLIENT_SECRET = re.compile(r"[!-~]{16,200}")  # printable, no blanks


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/connection/shopify-app", endpoint="shopify_app")(show)
    pages.post("/connection/shopify-app", endpoint="save_shopify_app")(save)
    pages.get("/connection/shopify-app.zip", endpoint="shopify_files")(download)


def show() -> str:
    """Show the five steps, and how far they are done."""
    return _page(_shopify(here()))


@owners_only
def save() -> ResponseReturnValue:
    """Keep the app's id and secret. The secret is shown nowhere again."""
    at = _shopify(here())
    client_id, secret = (request.form.get(name, "").strip() for name in ("client_id", "client_secret"))
    try:
        _check(client_id, secret)
    except BadRequest as error:
        return _page(at, client_id=client_id, fault=str(error)), 400
    with at.wiring.db.of_shop(at.shop.id) as session:
        connections.prepare(session, at.shop.id, client_id=client_id)
        add_secret(session, at.shop.id, CLIENT, secret.encode(), secret_key=at.wiring.settings.secret_key)
        audit.record(session, at.shop.id, at.person.person_id, "shopify_app_kept")
    flash(_("Kept. The files below are made for this app."), "good")
    return redirect(url_for("admin.shopify_app", _anchor="files"), code=303)


@owners_only
def download() -> Response:
    """Give the app's configuration files as a zip."""
    at = _shopify(here())
    client_id = _client_id(at)
    if not client_id:
        raise BadRequest(_("Enter the app's client id and secret first; the files are made for them."))
    try:
        packed = pack_app_files(client_id=client_id, base_url=at.wiring.settings.base_url, slug=at.shop.slug)
    except PlatformError as error:
        raise BadRequest(str(error)) from None
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{FOLDER}.zip"'
    return answer


def theme_links(shop: Shop, client_id: str) -> list[tuple[str, str]]:
    """Return what is switched on where in Shopify's theme editor: the part's name, and the address."""
    if not shop.address or not client_id:
        return []
    blocks = (
        (_("Recommendations on a product's page"), "product", "product"),
        (_("Recommendations in the cart"), "cart", "cart"),
        (_("Recommendations on the home page"), "home", "index"),
        (_("Recommendations in a collection"), "collection", "collection"),
    )
    found = [(_("The widget itself; switch it on first"), embed_link(shop.address, client_id))]
    return [*found, *((words, block_link(shop.address, client_id, block, at)) for words, block, at in blocks)]


def _check(client_id: str, secret: str) -> None:
    if not CLIENT_ID.fullmatch(client_id):
        raise BadRequest(_("A client id has only letters and digits, 32 of them. Copy it from the app's settings."))
    if not CLIENT_SECRET.fullmatch(secret):
        raise BadRequest(_("That is not a client secret. Copy it from the app's settings; it has no blanks."))


def _shopify(at: Here) -> Here:
    if at.shop.platform != "shopify":
        raise NotFound(_("This page is for shops at Shopify."))
    return at


def _client_id(at: Here) -> str:
    with at.wiring.db.of_shop(at.shop.id) as session:
        row = connections.connection_of(session, at.shop.id)
    return row.client_id if row is not None else ""


def _page(at: Here, *, client_id: str = "", fault: str = "") -> str:
    settings = at.wiring.settings
    return render_template(
        "admin/shopify_app.html",
        here=at,
        kept_id=_client_id(at),
        client_id=client_id,
        fault=fault,
        reach=reach_of(settings),
        is_shared=bool(settings.shopify_client_id),
        folder=FOLDER,
    )
