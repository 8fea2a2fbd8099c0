"""The merchant's pages inside a platform's own admin: who is there says a session token, in every single request.

No cookie takes part: browsers keep them from frames, and a page of ours in somebody else's frame must not be acted on
with them. A token comes as `Authorization: Bearer` or as `id_token` in the address, holds for a minute, and can be had
only in the admin of its shop; nobody else's page can send one, so a form that carries it needs no other proof. What a
change has to say is carried over its redirect in the address, signed, since there is no session to keep it in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from app.models import Person
from app.shops import arrivals
from app.shops.directory import ShopCard
from app.web.context import wiring
from plugins.shopify.session_token import Visit, read_session_token

PLATFORM = "shopify"
BEARER = "Bearer "
MARK, TOKEN, SAID = "embedded", "id_token", "said"
HOST = "host"  # where App Bridge finds the admin
RETRY = "X-Shopify-Retry-Invalid-Session-Request"  # App Bridge then asks again, with a fresh token
SAID_SECONDS = 120
NEARLY_OVER = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """The admin around this page."""

    client_id: str
    shop: str  # harbour-tea.myshopify.com, from our own rows or from a proven token
    visit: Visit | None = None  # None: who is there is not known yet


def has_token() -> bool:
    """Tell whether this request brings a session token."""
    return bool(_token())


def is_marked() -> bool:
    """Tell whether the address says that its page stands in a platform's admin."""
    return MARK in request.args


def is_proven() -> bool:
    """Tell whether a token has proven who is there."""
    embedded: Embedded | None = g.get("embedded")
    return embedded is not None and embedded.visit is not None


def find_person(card: ShopCard | None) -> Person | None:
    """Return who sits in the admin of this shop; None for anybody else. Raises BadSignature without a sound token."""
    if card is None or card.platform != PLATFORM or not card.address:
        return None
    g.embedded = Embedded(client_id=card.app.client_id, shop=card.address)
    visit = read_session_token(_token(), card.app.client_id, card.app.client_secrets, wiring().clock())
    if visit.shop != card.address:
        return None
    with wiring().db.of_nobody() as db:
        person = arrivals.find_person(db, card.id, visit.user)
    enter(Embedded(client_id=card.app.client_id, shop=card.address, visit=visit))
    return person


def enter(embedded: Embedded) -> None:
    """Note where this page is shown, and put back what the page before had to say."""
    g.embedded = embedded
    if told := request.args.get(SAID):
        try:
            session["_flashes"] = [tuple(one) for one in _sayings().loads(told, max_age=SAID_SECONDS)]
        except BadData:
            return


def ask_again() -> ResponseReturnValue:
    """Answer a request whose token is over or missing, so that it comes again with a fresh one."""
    if request.headers.get("Authorization", "").startswith(BEARER) or request.method not in {"GET", "HEAD"}:
        answer = Response("Your sign-in from Shopify is over. Reload the page, and try again.", 401)
        answer.headers[RETRY] = "1"
        return answer
    return redirect(bounce_url(g.embedded.shop), code=303)


def bounce_url(shop: str, slug: str = "", **more: str) -> str:
    """Return the page that fetches a fresh token and comes back to this address with it."""
    kept = {name: value for name, value in request.args.items() if name not in (TOKEN, "hmac", "signature")}
    back = f"{wiring().settings.base_url}{request.path}?{urlencode({**kept, **_around(shop), **more})}"
    told: dict[str, Any] = {**_around(shop), "shopify-reload": back}
    return url_for("embedded.bounce", slug=slug or None, **told)


def put_on(answer: Response) -> Response:
    """Leave no cookie, and carry token and words over a redirect to another page of ours."""
    embedded: Embedded | None = g.get("embedded")
    if embedded is None:
        return answer
    said = session.pop("_flashes", None) if answer.location else None
    session.modified = False
    if answer.location and embedded.visit is not None:
        answer.location = carry(answer.location, embedded, said or [])
    return answer


def carry(location: str, embedded: Embedded, said: list[tuple[str, str]] | None = None) -> str:
    """Return an address of ours with what the next page needs to know who is there. Others stay as they are."""
    parts = urlsplit(location)
    if parts.scheme or parts.netloc or not parts.path.startswith("/admin/"):
        return location
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= _around(embedded.shop)
    if embedded.visit is not None and embedded.visit.ends_at - NEARLY_OVER > wiring().clock():
        query[TOKEN] = embedded.visit.token
    if said:
        query[SAID] = str(_sayings().dumps([list(one) for one in said]))
    return urlunsplit(parts._replace(query=urlencode(query)))


def _around(shop: str) -> dict[str, str]:
    """Return what an address needs so that App Bridge finds the admin around its page."""
    host = request.args.get(HOST, "")
    return {MARK: "1", "shop": shop, **({HOST: host} if host else {})}


def _token() -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER) if header.startswith(BEARER) else request.args.get(TOKEN, "")


def _sayings() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(wiring().settings.secret_key, salt="regulars words for the next page")
