"""DOOR: Shopify opens the app, in a frame of its admin.

The address carries a session token, which proves shop and person; a shop that is new here is opened, one that came back
is found again, and the token is turned into what opens the shop's API. From there on the merchant's ordinary pages take
over (`admin/embedding.py`). Without a good token a page that only loads App Bridge fetches one and comes back.
"""

import structlog
from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BadRequest, NotFound
from app.models import Shop
from app.shops.directory import ShopCard
from app.web.admin import embedding, errors, headers
from app.web.admin.boarding import Boarding, board
from app.web.admin.embedding import Embedded
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.limits import FOLLOWING, check_pace
from plugins.errors import BadSignature, PlatformError, WrongAddress
from plugins.shopify.address import clean_address
from plugins.shopify.session_token import claimed_shop, read_session_token
from plugins.talking import App

PLATFORM = "shopify"
BOUNCED = "bounced"

log = structlog.get_logger()


def make(*, is_https: bool) -> Blueprint:
    """Make the door."""
    bp = Blueprint("embedded", __name__, template_folder="../templates")
    for path in ("/shopify", "/shopify/<slug>"):
        bp.get(path)(enter)
        bp.get(f"{path}/bounce")(bounce)
    bp.after_request(embedding.put_on)
    headers.put_on(bp, is_https=is_https)
    errors.answer(bp)
    return bp


def enter(slug: str = "") -> ResponseReturnValue:
    """Let whoever Shopify sends into their shop."""
    check_pace(FOLLOWING, "embedded")
    token = request.args.get(embedding.TOKEN, "")
    domain = claimed_shop(token) or _shop_of_address()
    card, app = _whose(slug, domain)
    g.embedded = Embedded(client_id=app.client_id, shop=domain)
    try:
        visit = read_session_token(token, app.client_id, app.client_secrets, wiring().clock())
        shop, has_news = board(wiring(), Boarding(visit=visit, app=app, card=card))
    except BadSignature as error:
        if BOUNCED in request.args:  # a fresh one is no better: going round once more would not end
            return errors.page(403, str(error))
        return redirect(embedding.bounce_url(domain, slug, **{BOUNCED: "1"}), code=303)
    except PlatformError as error:
        log.warning("shop_not_opened", error=type(error).__name__)
        return errors.page(503 if error.is_transient else 403, str(error))
    embedding.enter(Embedded(client_id=app.client_id, shop=visit.shop, visit=visit))
    return redirect(_first_page(shop, has_news=has_news), code=303)


def bounce(slug: str = "") -> ResponseReturnValue:
    """Load App Bridge, which goes back to where the merchant was, with a fresh token."""
    check_pace(FOLLOWING, "embedded")
    domain = _shop_of_address()
    _card, app = _whose(slug, domain)
    back = request.args.get("shopify-reload", "")
    if not back.startswith(wiring().settings.base_url + "/"):
        raise BadRequest(_("Open Regulars from your shop's admin."))
    g.embedded = Embedded(client_id=app.client_id, shop=domain)
    return render_template("admin/bounce.html", shop=domain, is_bouncing=True)


def _shop_of_address() -> str:
    """Return the shop the address names, unproven: enough to say whose frame this page may stand in."""
    named = request.args.getlist("shop")
    try:
        return clean_address(named[0] if len(named) == 1 else "")
    except WrongAddress:
        raise BadRequest(
            _("Open Regulars from your shop's admin: this address does not say which shop it is.")
        ) from None


def _whose(slug: str, domain: str) -> tuple[ShopCard | None, App]:
    """Return the shop, where it is known here, and the app that Shopify opens for it."""
    shops = wiring().shops
    card = shops.by_slug(slug) if slug else shops.by_address(PLATFORM, domain)
    if slug and (card is None or card.platform != PLATFORM or not card.has_own_app):
        raise NotFound(_("No shop here has an app of its own at this address. Check the app's address at Shopify."))
    app = card.app if card is not None else shops.installations_app(PLATFORM)
    if not app.client_id or not app.client_secrets:
        raise NotFound(_("This server runs no app at Shopify. Whoever runs it can set one up."))
    return card, app


def _first_page(shop: Shop, *, has_news: bool) -> str:
    return url_for("admin.connection" if has_news else "admin.overview", shop=shop.slug)
