"""How a reminder looks: with somebody's real cart or an example of the shop's own items; and a test that is sent."""

import re

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.campaigns import campaigns
from app.errors import BadRequest, NotFound
from app.identity import clean_email
from app.jobs import messages
from app.messaging.example import example_content
from app.messaging.letter import Letter, write_letter
from app.messaging.texts import Texts
from app.shops import audit
from app.translations import LANGUAGES
from app.web.admin import campaign
from app.web.admin.access import Here, here
from app.web.admin.campaign_form import CampaignForm
from app.web.admin.headers import answer_with_letter
from app.web.admin.mail_places import in_new_windows
from app.web.admin.tongue import _
from app.web.limits import TRYING, check_pace

LONGEST_CART = 500
BODY = re.compile(r"<body[^>]*>")
LINE = Markup(
    "<style>.regulars-line{{padding:12px 16px;border-bottom:1px solid #e4e0d8;background:#fff;color:#1f1d1a;"
    "text-align:left;font:14px/1.4 system-ui,sans-serif;overflow-wrap:anywhere}}.regulars-line span{{color:#66615a}}"
    "@media (prefers-color-scheme:dark){{.regulars-line{{background:#201f1c;color:#f1eee8;border-color:#35322d}}"
    '.regulars-line span{{color:#a8a29a}}}}</style><div class="regulars-line"><b>{}</b><br><span>{}</span></div>'
)


def hang(pages: Blueprint) -> None:
    """Hang the frame's content and the test."""
    pages.get("/campaigns/abandoned-cart/preview", endpoint="preview_campaign")(show_kept)
    pages.post("/campaigns/abandoned-cart/preview", endpoint="preview_draft")(show_draft)
    pages.post("/campaigns/abandoned-cart/test", endpoint="test_campaign")(send_test)


def show_kept() -> Response:
    """Show a letter with the texts as they are kept."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        wish = campaigns.wish_of(campaign.read_campaign(session, at))
    texts = Texts(wish.subject, wish.preheader, wish.text)
    return _show(at, texts, wish.language, cart=request.args.get("cart", ""), view=request.args.get("view", ""))


def show_draft() -> Response:
    """Show a letter with the texts as they stand in the form, which are kept nowhere."""
    form = CampaignForm()
    cart, view = request.form.get("cart", ""), request.form.get("view", "")
    return _show(here(), form.texts, form.value("language"), cart=cart, view=view)


def send_test() -> ResponseReturnValue:
    """Put a test in line and go where one sees what becomes of it."""
    at = here()
    to, cart = request.form.get("to", "").strip(), request.form.get("cart", "")
    try:
        message_id = _ask(at, to, cart)
    except (BadRequest, NotFound) as error:
        return campaign.page(at, campaign.kept_form(at), to=to[:320], to_fault=str(error)), 400
    return redirect(url_for("admin.message", message_id=message_id), code=303)


def _ask(at: Here, to: str, cart: str) -> int:
    address = clean_email(to)
    if address is None:
        raise BadRequest(_("This is not an e-mail address. Write one such as anna@shop.example."))
    if not cart:
        raise BadRequest(_("A test needs a cart. Leave one in your own shop, then try again."))
    with at.wiring.db.of_shop(at.shop.id) as session:
        campaign.opened(session, at)
    check_pace(TRYING, "test", at.shop.id)
    message_id = messages.ask_test(at.wiring, at.shop.id, _plain(cart), address)
    with at.wiring.db.of_shop(at.shop.id) as session:
        audit.record(session, at.shop.id, at.person.person_id, "test_sent", message=message_id)
    return message_id


def _show(at: Here, texts: Texts, language: str, *, cart: str, view: str) -> Response:
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    try:
        letter = _write(at, texts, spoken, _plain(cart))
    except (BadRequest, NotFound) as error:
        return answer_with_letter(render_template("admin/no_letter.html", fault=str(error)), "text/html")
    if view == "text":
        return answer_with_letter(f"{letter.subject}\n{letter.preheader}\n\n{letter.text}", "text/plain")
    return answer_with_letter(_framed(letter), "text/html", shows_pictures=True)


def _write(at: Here, texts: Texts, language: str, cart: str) -> Letter:
    if cart:
        return messages.preview(at.wiring, at.shop.id, cart, texts, language=language)
    shop_url = at.shop.origins[0] if at.shop.origins else at.wiring.settings.base_url
    with at.wiring.db.of_shop(at.shop.id) as session:
        about = example_content(session, at.shop.id, shop_name=at.shop.name, shop_url=shop_url, language=language)
    return write_letter(texts, about)


def _framed(letter: Letter) -> str:
    line = str(LINE.format(letter.subject, letter.preheader))
    return BODY.sub(lambda found: found[0] + line, in_new_windows(letter.html), count=1)


def _plain(cart: str) -> str:
    return cart.replace("\x00", "")[:LONGEST_CART]
