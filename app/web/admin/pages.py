"""All pages of the merchant, hung into the server one after the other."""

from flask import Blueprint, Flask

from app.web.admin import (
    access,
    campaign,
    customers,
    deliveries,
    errors,
    headers,
    history,
    imports,
    inbox,
    mail_words,
    messages,
    overview,
    people,
    pins,
    preview,
    privacy,
    recommendations,
    sender,
    settings,
    setup,
    training,
    words,
)
from app.wiring import Wiring

PAGES = (
    *(overview, recommendations, pins, messages, campaign, preview, sender, inbox, customers, privacy),
    *(training, imports, deliveries, settings, people, history),
)


def hang(app: Flask, wiring: Wiring) -> None:
    """Hang the merchant's pages into the server."""
    access.prepare(app, wiring)
    words.prepare(app)
    mail_words.prepare(app)
    doors = Blueprint("setup", __name__, template_folder="../templates")
    pages = Blueprint("admin", __name__, template_folder="../templates", url_prefix="/admin/<shop>")
    access.guard(pages)
    setup.hang(doors, app)
    for page in PAGES:
        page.hang(pages)
    pages.get("/<path:rest>")(errors.nothing_here)
    for blueprint in (doors, pages):
        headers.put_on(blueprint, is_https=wiring.settings.base_url.startswith("https://"))
        errors.answer(blueprint)
        app.register_blueprint(blueprint)
