"""The link to a shopper's own page: what it opens, the forms that belong to it, and what is left of it afterwards."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.identity import Known, clean_email
from app.messaging import links
from app.models import Erasure, Shop
from app.profiles import choices, names
from app.translations import LANGUAGES
from app.web.admin.tongue import _
from app.web.context import wiring
from app.web.limits import FORGETTING, LOOKING, check_pace
from app.web.words import language_of

FORM_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Own:
    """A link that holds: the shop, whom it is for, and which of their names count."""

    shop: Shop
    token: str
    email: str | None
    is_vouched: bool
    who: Known
    is_test: bool = False  # it came with a test of a letter

    @property
    def source(self) -> str:
        return choices.BY_SHOP if self.is_vouched else choices.BY_MAIL

    def address(self, endpoint: str = "show", **more: object) -> str:
        """Return the address of one of this link's pages, in the language that was chosen."""
        told: dict[str, Any] = {"lang": _wish() or None, **more}
        return url_for(f"own.{endpoint}", public_key=self.shop.public_key, token=self.token, **told)


class Forgotten(Exception):
    """Whoever had this link asked to be forgotten: no fault, but their page says how far it is instead."""

    def __init__(self, wish: Erasure, shop: Shop) -> None:
        super().__init__()
        self.wish = wish
        self.shop = shop


def shop_id_of(public_key: str) -> int:
    """Return which shop a link is of. Raises NotFound, and TooMany for who looks too often."""
    card = wiring().shops.by_public_key(public_key)
    check_pace(LOOKING, "own", card.id if card else 0)
    if card is None:
        raise NotFound
    return card.id


def open_link(session: Session, public_key: str, token: str) -> Own:
    """Return what a link opens. Raises NotFound, and Forgotten for a link by which somebody was erased."""
    shop = session.query(Shop).filter_by(public_key=public_key).one()
    if (wish := choices.wish_of_link(session, shop.id, link_seal(token))) is not None:
        session.expunge_all()  # told after the transaction has ended
        raise Forgotten(wish, shop)
    link = links.find_link(session, shop.id, links.DATA, token)
    if link is None:
        raise NotFound
    holder = names.Holder(link.email, link.customer_external_id, is_vouched=link.message_id is None)
    who = names.names_of_holder(session, shop.id, holder)
    return Own(shop, token, link.email, holder.is_vouched, who, is_test=links.is_of_test(session, link))


def open_form(session: Session, public_key: str, token: str) -> Own:
    """Return what a link opens, for a form that came from its own page."""
    own = open_link(session, public_key, token)
    try:
        _forms(token).loads(request.form.get("form_token", ""), max_age=FORM_SECONDS)
    except BadData:
        raise BadRequest(_("This page stood open for too long. Go back, load it again, and repeat it.")) from None
    if own.is_test:
        raise BadRequest(_("This link came with a test of a letter, so it changes nothing and hands nothing out."))
    return own


def is_their_address(own: Own) -> bool:
    """Say whether the form holds the whole address, which the page does not tell."""
    check_pace(FORGETTING, "own address", own.shop.id)
    return own.email is None or clean_email(request.form.get("email")) == own.email


def _forms(token: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(wiring().settings.secret_key, salt=f"regulars own page {link_seal(token).hex()}")


def form_token(token: str) -> str:
    """Return what a form of this link's page carries, and no other page can."""
    return str(_forms(token).dumps(""))


def link_seal(token: str) -> bytes:
    """Return what is kept of a link in a wish, so that its page can say how far the wish is."""
    return hashlib.sha256(b"wish of a link\0" + token.encode("utf-8", "surrogatepass")).digest()[:16]


def _wish() -> str:
    wish = request.values.get("lang", "")
    return wish if wish in LANGUAGES else ""


def language_here() -> str:
    """Return the language to speak: what the address says, else what the browser wishes."""
    return _wish() or language_of(request.headers.get("Accept-Language", ""))
