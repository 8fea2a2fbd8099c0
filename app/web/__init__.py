"""A door: HTTP comes in. One file per kind of caller, and the only place that knows Flask.

Webhooks of platforms (`webhooks.py`), browsers of shoppers (`events.py`, `widget.py`), readers of letters
(`email_links.py`, and `privacy.py`, a shopper's own page), people who run a shop (`admin/`), machines that watch
(`health.py`). Errors become answers in `errors.py` alone.
"""

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from app.settings import Settings
from app.web import admin, email_links, errors, events, health, openapi, pixel, privacy, proxy, site, webhooks, widget
from app.web.context import keep_wiring
from app.web.cors import let_pages_read
from app.web.limits import count_pace
from app.wiring import Wiring, configure_logs, wire

LARGEST_REQUEST = 3 * 1024 * 1024  # doors that take more, or less, say so themselves


def create_app(settings: Settings | None = None, wiring: Wiring | None = None) -> Flask:
    """Build the server: wire, hang the doors, done."""
    configure_logs()
    wired = wiring or wire(settings)
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    if proxies := wired.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    keep_wiring(app, wired)
    count_pace(app)
    errors.hang_errors(app)
    for door in (
        webhooks.bp,
        events.bp,
        widget.bp,
        pixel.bp,
        proxy.bp,
        site.bp,
        privacy.bp,
        health.bp,
        openapi.bp,
        email_links.bp,
    ):
        app.register_blueprint(door)
    admin.hang(app, wired)
    app.after_request(let_pages_read)
    app.after_request(_never_guess)
    return app


def _never_guess(answer: Response) -> Response:
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    return answer
