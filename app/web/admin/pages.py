"""All pages of the merchant, hung into the server one after the other."""

from flask import Blueprint, Flask

from app.web.admin import (
    access,
    arriving,
    campaign,
    connect,
    crowd,
    customers,
    deliveries,
    embedded,
    errors,
    forecast,
    giving,
    headers,
    history,
    imports,
    inbox,
    install,
    keeping,
    mail_words,
    messages,
    opening,
    overview,
    people,
    pins,
    plan,
    predictions,
    preview,
    privacy,
    recommendations,
    segments,
    sender,
    settings,
    setup,
    shopify_app,
    training,
    words,
)
from app.wiring import Wiring

PAGES = (
    *(overview, recommendations, pins, messages, campaign, preview, sender, inbox),
    *(customers, crowd, segments, giving, privacy),
    *(training, predictions, forecast),
    *(imports, deliveries, connect, keeping, shopify_app, plan, settings, people, history),
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
    arriving.hang(doors)
    opening.hang(doors)
    for page in PAGES:
        page.hang(pages)
    pages.get("/<path:rest>")(errors.nothing_here)
    is_https = wiring.settings.base_url.startswith("https://")
    for door in (install, embedded):
        app.register_blueprint(door.make(is_https=is_https))
    for blueprint in (doors, pages):
        headers.put_on(blueprint, is_https=is_https)
        errors.answer(blueprint)
        app.register_blueprint(blueprint)
