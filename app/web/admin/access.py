"""Who is there, and may they: asked before every page of a shop, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from app.errors import NotAllowed, NotFound
from app.models import Person, PersonRole, Shop
from app.shops import people
from app.web.admin import embedding
from app.web.admin.tongue import _
from app.web.context import keep_wiring, wiring
from app.wiring import Wiring
from plugins.errors import BadSignature

STAY_SIGNED_IN = timedelta(days=14)
LARGEST_FORM = 1024 * 1024  # bytes; a page that takes files says so itself (`takes_files`)
LARGEST_FILE = 2 * 1024**3
LARGEST_ROW = 2**63 - 1
LONGEST_NUMBER = 10  # digits of a person's number and session version
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


class RowNumber(IntegerConverter):
    """A row's number in an address; one that no row can have is an address that is not there."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ROW)


class SignedIn(UserMixin):  # Flask-Login's own class has the few attributes it asks for
    """The person of this browser's session."""

    def __init__(self, person: Person) -> None:
        self.person_id = person.id
        self.name = person.name
        self.session_version = person.session_version

    def get_id(self) -> str:
        """Name the session's person and the version that `sign out everywhere` raises."""
        return f"{self.person_id}.{self.session_version}"


@dataclass(frozen=True)
class Here:
    """What a page needs to know: where we are, who is there, and what time it is."""

    wiring: Wiring
    shop: Shop
    person: SignedIn
    role: PersonRole
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone, in which its days begin."""
        return ZoneInfo(self.shop.time_zone)

    @property
    def may_change(self) -> bool:
        """True for owners and editors."""
        return self.role in people.CAN_CHANGE

    @property
    def is_owner(self) -> bool:
        return self.role == PersonRole.OWNER


def here() -> Here:
    """Return where this request is."""
    found: Here = g.here
    return found


def owners_only(view: View) -> View:
    """Mark a page that only an owner may open."""
    view.for_owners = True  # type: ignore[attr-defined] # a mark on the function, read by `_enter`
    return view


def takes_files(view: View) -> View:
    """Mark a page that a large file may be sent to."""
    view.takes_files = True  # type: ignore[attr-defined] # likewise
    return view


def prepare(app: Flask, wired: Wiring) -> None:
    """Set up sessions, the sign-in, the check against forged forms, and the limit on guessing."""
    keep_wiring(app, wired)
    app.url_map.converters["row"] = RowNumber
    app.context_processor(lambda: {"embedded": g.get("embedded")})
    is_https = wired.settings.base_url.startswith("https://")
    app.secret_key = app.secret_key or wired.settings.secret_key
    app.config.update(
        SESSION_COOKIE_NAME="regulars_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        PERMANENT_SESSION_LIFETIME=STAY_SIGNED_IN,
        WTF_CSRF_CHECK_DEFAULT=False,  # public endpoints have no session to protect; `guard` checks ours
        WTF_CSRF_TIME_LIMIT=None,  # a form that stood open over lunch still works; it dies with the session
    )
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.login_message = None  # the page says it itself
    manager.user_loader(_find)


def guard(pages: Blueprint) -> None:
    """Ask at every page of a shop, before anything else happens there."""
    pages.url_value_preprocessor(_take_shop)
    pages.url_defaults(_give_shop)
    pages.before_request(_enter)
    pages.after_request(embedding.put_on)


def check_form() -> None:
    """Refuse a form that did not come from our own page."""
    if request.method not in SAFE_METHODS:
        request.max_content_length = LARGEST_FILE if _is_marked("takes_files") else LARGEST_FORM
        if not embedding.is_proven():  # the token is what no other page can send
            current_app.extensions["csrf"].protect()


def begin_session(person: Person) -> None:
    """Sign somebody in, under a session that did not exist before."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(person))


def _find(session_id: str) -> SignedIn | None:
    person_id, _dot, version = session_id.partition(".")
    if not all(part.isdecimal() and len(part) < LONGEST_NUMBER for part in (person_id, version)):
        return None
    with wiring().db.of_nobody() as db:
        person = people.find_signed_in(db, int(person_id), int(version))
    return None if person is None else SignedIn(person)


def _take_shop(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        g.shop_slug = values.pop("shop", "")


def _give_shop(_endpoint: str, values: dict[str, Any]) -> None:
    if "shop" not in values and (slug := g.get("shop_slug")):
        values["shop"] = slug


def _enter() -> ResponseReturnValue | None:
    slug = g.shop_slug
    try:
        person = _who(slug)
    except BadSignature:
        return embedding.ask_again()
    if person is None:
        return redirect(url_for("setup.sign_in"), code=303)
    with wiring().db.of_nobody() as db:
        place = people.find_place(db, person.person_id, slug) if "\x00" not in slug else None
    if place is None:
        raise NotFound(_("There is no page at this address, or it is not yours to see."))
    g.here = Here(wiring(), place.shop, person, place.role, wiring().clock())
    check_form()
    if request.method not in SAFE_METHODS and not g.here.may_change:
        raise NotAllowed(_("You may look around here, but not change anything. An owner can give you that right."))
    if _is_marked("for_owners") and not g.here.is_owner:
        raise NotAllowed(_("Only an owner of the shop may open this page."))
    return None


def _who(slug: str) -> SignedIn | None:
    """Return who is there: by the token of a platform's admin, or by this browser's session. Raises BadSignature."""
    if embedding.has_token() or (embedding.is_marked() and not current_user.is_authenticated):
        card = wiring().shops.by_slug(slug)
        found = embedding.find_person(card)
        if found is None and embedding.has_token():
            raise NotFound(_("There is no page at this address, or it is not yours to see."))
        return None if found is None else SignedIn(found)
    return current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001 - the proxy, off


def _is_marked(mark: str) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, mark, False))
