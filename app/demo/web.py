"""The shop as a Flask application: its pages, its headers, its words, and one SQLite connection per request."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, render_template, session, url_for
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.demo.carts import new_id
from app.demo.database import connect
from app.demo.settings import DemoSettings, read_or_make_key
from app.demo.shelves import SHELVES

SHOP = "demo_shop"
SORRY = {
    404: ("This page is not here", "The address may be old, or the item has left the shop."),
    405: ("This page is not here", "The address may be old, or the item has left the shop."),
}


@dataclass(frozen=True)
class Shop:
    """What the pages hold in their hands."""

    settings: DemoSettings
    database: Path
    ring: Callable[[], None]


def create_app(settings: DemoSettings, database: Path, ring: Callable[[], None]) -> Flask:
    """Make the application; `ring` is called after something was written to the outbox."""
    from app.demo.pages import basket, browse, checkout, office, people  # noqa: PLC0415 - they look up the shop that stands here

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=read_or_make_key(settings.data),
        SESSION_COOKIE_NAME="shop_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_PARTS=300,
        SEND_FILE_MAX_AGE_DEFAULT=86400,
    )
    app.extensions[SHOP] = Shop(settings, database, ring)
    CSRFProtect(app)
    for pages in (browse, basket, checkout, people, office):
        app.register_blueprint(pages.blueprint)
    _add_words(app)
    app.after_request(_protect)
    app.teardown_appcontext(_close)
    app.register_error_handler(CSRFError, _too_old)
    app.register_error_handler(HTTPException, _sorry)
    return app


def shop() -> Shop:
    """Return the shop of this request."""
    found: Shop = current_app.extensions[SHOP]
    return found


def db() -> sqlite3.Connection:
    """Return this request's connection."""
    if "db" not in g:
        g.db = connect(shop().database)
    connection: sqlite3.Connection = g.db
    return connection


def cart() -> dict[str, int]:
    """Return this visitor's cart: how many of which item."""
    found: dict[str, int] = session.get("cart", {})
    return found


def cart_id() -> str:
    """Return the name of this visitor's cart, given with the first thing in it."""
    if "cart_id" not in session and cart():
        session["cart_id"] = new_id()
    return str(session.get("cart_id", ""))


def told_by_the_page(name: str, *given: object) -> None:
    """Have the next page report something to Regulars, by the names of the widget's own functions."""
    session["told"] = [*session.get("told", []), [name, *given]]


def _add_words(app: Flask) -> None:
    app.jinja_env.filters["pounds"] = lambda minor: f"£{minor / 100:,.2f}"
    app.jinja_env.filters["unbroken"] = lambda title: title.replace("T-light", "T\N{NON-BREAKING HYPHEN}light")
    app.jinja_env.filters["day"] = lambda text: datetime.fromisoformat(text).strftime("%-d %B %Y")
    app.jinja_env.filters["clock"] = lambda stamp: datetime.fromtimestamp(stamp, UTC).strftime("%H:%M:%S")
    app.context_processor(_words)


def _words() -> dict[str, Any]:
    return {
        "shelves": SHELVES,
        "regulars_url": shop().settings.regulars_url,
        "cart_count": sum(cart().values()),
        "customer_id": session.get("customer", ""),
        "recognized": session.get("recognized", ""),
        "take_told": lambda: session.pop("told", []) if "told" in session else [],
        "asset": _asset,
    }


def _asset(name: str) -> str:
    """Return a static file's address, which changes with the file so that browsers may keep it."""
    changed = int((Path(str(current_app.static_folder)) / name).stat().st_mtime)
    return url_for("static", filename=name, v=changed)


def _protect(response: Response) -> Response:
    regulars, own = shop().settings.regulars_url, shop().settings.base_url
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' {regulars}; connect-src 'self' {regulars}; img-src 'self' {own}; "
        "style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _close(_error: BaseException | None) -> None:
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


def _too_old(_error: CSRFError) -> tuple[str, int]:
    sentence = "This form was made for another visit. Go back, load the page again, and try once more."
    return render_template("sorry.html", title="This form is too old", sentence=sentence), 400


def _sorry(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error
    title, sentence = SORRY.get(error.code, ("That did not work", "Nothing was lost. Please try again."))
    return render_template("sorry.html", title=title, sentence=sentence), error.code
