"""DOOR: a shopper's own page, opened by a link from a mail or from the merchant: see, correct, choose, take, erase.

What a link proves. Mail is forwarded, and whoever opens the link is taken for its recipient; asking for a password is
no way out, because guests have none. So the page shows what a forwarded mail may give away at worst, and no more:
e-mail and phone are masked, no street address is kept at all, and only what surely belongs to the mailbox itself is
told (`app/profiles/names.py`): never an account that merely typed the address, nor who shares a phone or a browser.
What could do harm in a stranger's hands asks for one thing more that the page does not tell, the whole e-mail address:
the copy, in which nothing is masked, and erasing, which nobody can undo. That is little, and in proportion: what can be
taken is what the recipient of the mail could see anyway. A code sent by mail would prove the same mailbox once again.

A link that the merchant made proves no mailbox. It opens the account they vouch for, and can say no to mail but never
yes: a yes has to come from the mailbox it is about.

A GET changes nothing, so that scanners and previews cannot; every change is a POST with a token bound to the link.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.errors import AppError, BadRequest
from app.models import Shop
from app.privacy import wishes
from app.privacy.archive import archive
from app.profiles import choices, profile
from app.queues import FAST
from app.serving.words import reason_words
from app.web import privacy_words as say
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.correction import correct
from app.web.errors import STATUS
from app.web.own_link import (
    Forgotten,
    Own,
    form_token,
    is_their_address,
    language_here,
    link_seal,
    open_form,
    open_link,
    shop_id_of,
)
from app.web.picks import picks_for, visit_of

PAGE_ROWS = 20
PICKS = 6
LARGEST_FORM = 20_000
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",  # the address of this page is the key to it
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

bp = Blueprint("own", __name__, template_folder="templates", url_prefix="/you/<public_key>/<token>")


@bp.get("")
def show(public_key: str, token: str) -> ResponseReturnValue:
    """Show somebody what is known about them."""
    return _whole(public_key, token)


def _whole(public_key: str, token: str, copy_fault: str = "") -> str:
    page = _page()
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_link(session, public_key, token)
        shop, allowed = own.shop, own.shop.learns_from_imported
        part = profile.Part(offset=(page - 1) * PAGE_ROWS, most=PAGE_ROWS)
        one = profile.read_profile(session, shop.id, own.who, part, is_unasked_allowed=allowed)
        visit = visit_of(session, shop.id, one, is_unasked_allowed=allowed)
        shown = profile.shown_lately(session, shop.id, own.who)
        may_say_yes = bool(own.email) and not own.is_vouched and choices.can_say_yes(session, shop.id, own.email or "")
    answer = picks_for(wiring(), shop.id, visit, PICKS)
    return _render(
        "you/page.html",
        shop=shop,
        own=own,
        one=one,
        sentence=say.headline(one, language_here(), shop.time_zone),
        mail=one.standing.mail.get(own.email or ""),
        may_say_yes=may_say_yes,
        picks=[(item.good, reason_words(item, language_here())) for item in answer.items],
        is_personal=bool(visit.customer),
        shown=shown,
        page=page,
        last_page=max(-(-one.timeline.total() // PAGE_ROWS), 1),
        form_token=form_token(token),
        said=request.args.get("said", ""),
        copy_fault=copy_fault,
    )


@bp.post("/mail")
def choose_mail(public_key: str, token: str) -> ResponseReturnValue:
    """Keep whether they want mail about their cart."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_form(session, public_key, token)
        said = _said(own, say.mail_words)
        if own.email is None:
            raise BadRequest(_("No e-mail address is known for this link."))
        if said.is_given and own.is_vouched:
            raise BadRequest(_("A yes has to come from the mailbox itself. Say it at the shop's checkout."))
        choices.choose_mail(session, own.shop.id, own.email, said)
    return redirect(own.address(said="mail"), code=303)


@bp.post("/personal")
def choose_personal(public_key: str, token: str) -> ResponseReturnValue:
    """Keep whether they may be shown a choice of their own; the shelf knows it at its next answer."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_form(session, public_key, token)
        choices.choose_personal(session, own.shop.id, own.who, _said(own, say.personal_words))
    return redirect(own.address(said="personal"), code=303)


@bp.post("/correct")
def correct_name(public_key: str, token: str) -> ResponseReturnValue:
    """Keep a corrected name or phone."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_form(session, public_key, token)
        one = profile.read_profile(session, own.shop.id, own.who, is_unasked_allowed=False)
        account = next((row for row in one.accounts if str(row.id) == request.form.get("account")), None)
        if account is None:
            raise BadRequest(_("This account is not yours, or it is gone."))
        is_changed = correct(session, wiring(), account, request.form)
    return redirect(own.address(said="corrected" if is_changed else "same"), code=303)


@bp.post("/copy")
def take_copy(public_key: str, token: str) -> ResponseReturnValue:
    """Hand out everything as one file."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_form(session, public_key, token)
        is_theirs = is_their_address(own)
        packed = archive(session, own.shop.id, own.who, language=language_here()) if is_theirs else b""
    if not is_theirs:
        return _whole(public_key, token, copy_fault=_wrong_address()), 400
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


@bp.get("/erase")
def ask_erase(public_key: str, token: str) -> ResponseReturnValue:
    """Say what erasing means, before anything is erased."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_link(session, public_key, token)
    return _asking(own)


@bp.post("/erase")
def erase(public_key: str, token: str) -> ResponseReturnValue:
    """Put their wish to be forgotten in line. From then on their page says how far it is."""
    with wiring().db.of_shop(shop_id_of(public_key)) as session:
        own = open_form(session, public_key, token)
        if not is_their_address(own):
            return _asking(own, fault=_wrong_address()), 400
        wish_id = wishes.request_erasure(session, own.shop.id, own.who, "shopper", link_seal=link_seal(token))
    wiring().queues.nudge(FAST, "forgetting.fulfil_wish", own.shop.id, wish_id)
    return redirect(own.address(), code=303)


def _asking(own: Own, fault: str = "") -> str:
    return _render("you/erase.html", shop=own.shop, own=own, form_token=form_token(own.token), fault=fault)


def _wrong_address() -> str:
    return _("That is not the e-mail address this page is about. Write it out whole, as the e-mail came to you.")


def _said(own: Own, words: Callable[..., str]) -> choices.Said:
    answer = request.form.get("answer")
    if answer not in ("yes", "no"):
        raise BadRequest(_("Choose yes or no."))
    wording = words(own.shop.name, is_given=answer == "yes")
    return choices.Said(answer == "yes", own.source, wording, say.WORDING_VERSION, language_here())


def _page() -> int:
    page = request.args.get("page", "1")
    return max(int(page), 1) if page.isdecimal() and len(page) < 6 else 1


def _render(template: str, *, shop: Shop | None = None, **values: Any) -> str:
    when = say.clock_of(language_here(), shop.time_zone if shop else "UTC")
    return render_template(template, shop=shop, say=say, when=when, language=language_here(), **values)


@bp.before_request
def _speak() -> None:
    """Speak the reader's language until the answer is out, and take no more than a form's worth."""
    request.max_content_length = LARGEST_FORM
    tongue = force_locale(language_here())
    tongue.__enter__()
    g.own_tongue = tongue


@bp.teardown_request
def _fall_silent(_error: BaseException | None) -> None:
    if (tongue := g.pop("own_tongue", None)) is not None:
        tongue.__exit__(None, None, None)


@bp.after_request
def _guard(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer


@bp.errorhandler(Forgotten)
def _tell_how_far(error: Forgotten) -> ResponseReturnValue:
    return _render("you/erased.html", shop=error.shop, wish=error.wish)


@bp.errorhandler(AppError)
def _sorry(error: AppError) -> ResponseReturnValue:
    status, _title = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), (500, ""))
    return _render("you/sorry.html", status=status, what=str(error)), status


@bp.errorhandler(HTTPException)
def _refuse(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    return _render("you/sorry.html", status=status, what=_("This page cannot do that.")), status


@bp.errorhandler(SQLAlchemyError)
def _away(_error: SQLAlchemyError) -> ResponseReturnValue:
    return _render("you/sorry.html", status=503, what=""), 503
