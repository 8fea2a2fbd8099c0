"""The plan: what a shop of Shopify's store pays for the app, where whoever runs this server asks for a price.

Without SHOPIFY_PRICE, for other platforms and for shops with an app of their own there is no such page. The merchant
agrees on Shopify's page, and Shopify asks for the money; nothing here is switched off for who has not agreed yet.
"""

from urllib.parse import urlsplit

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.errors import AppError, NotFound
from app.jobs.access import open_access
from app.shops import audit, connections
from app.web.admin.access import Here, here, owners_only
from app.web.admin.connecting import in_words
from app.web.admin.tongue import _
from app.web.limits import TRYING, check_pace
from plugins.errors import PlatformError
from plugins.shopify.billing import begin_plan, has_plan, plan_of

ADMIN = "admin.shopify.com"


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/plan", endpoint="plan")(show)
    pages.post("/plan", endpoint="begin_plan")(begin)
    pages.add_app_template_global(price_of, "price_of")


def price_of(at: Here) -> str:
    """Return what this shop is asked to pay for a month; nothing where it pays nothing."""
    settings = at.wiring.settings
    if not settings.shopify_price or at.shop.platform != connections.SHARED:
        return ""
    with at.wiring.db.of_shop(at.shop.id) as session:
        has_own_app = connections.own_app(session, at.shop.id, settings) is not None
    return "" if has_own_app else settings.shopify_price


def show() -> str:
    """Show the price, and whether the merchant has agreed to it."""
    at = here()
    price = _asked(at)
    try:
        is_agreed, fault = has_plan(open_access(at.wiring, at.shop.id)), ""
    except (PlatformError, AppError) as error:
        is_agreed, fault = None, in_words(error)
    return render_template("admin/plan.html", here=at, price=price, is_agreed=is_agreed, fault=fault, place="")


@owners_only
def begin() -> ResponseReturnValue:
    """Begin the plan at Shopify, and lead to the page where the owner agrees."""
    at = here()
    price, plan = _asked(at), plan_of(at.wiring.settings.shopify_price)
    check_pace(TRYING, "plan", at.shop.id)
    place, fault = "", ""
    try:
        access = open_access(at.wiring, at.shop.id)
        if plan is not None:
            back = f"https://{access.address}/admin/apps/{access.app.client_id}"
            place = _checked(begin_plan(access, plan, back), access.address)
    except (PlatformError, AppError) as error:
        fault = in_words(error)
    if place:
        with at.wiring.db.of_shop(at.shop.id) as session:
            audit.record(session, at.shop.id, at.person.person_id, "plan_begun", price=price)
    return render_template("admin/plan.html", here=at, price=price, is_agreed=None, fault=fault, place=place)


def _asked(at: Here) -> str:
    price = price_of(at)
    if not price:
        raise NotFound(_("This shop pays nothing for Regulars."))
    return price


def _checked(place: str, address: str) -> str:
    """Return where the owner agrees, if it is Shopify's own page."""
    parts = urlsplit(place)
    if parts.scheme != "https" or parts.hostname not in {address, ADMIN}:
        raise NotFound(_("Shopify named no page of its own to agree on. Try again later."))
    return place
