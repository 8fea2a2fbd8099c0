"""What happens when Shopify's admin opens us: the shop's API is opened, the shop and the person are found or made.

The platform is asked outside any transaction. A shop with an app of its own takes its address only now: that Shopify
gave us a token there, for this app's secret, is the proof that it is theirs.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import NotAllowed, NotFound
from app.models import Connection, ConnectionState, Person, Shop
from app.queues import FILES
from app.shops import arrivals, audit, connections, installs
from app.shops.directory import ShopCard
from app.web.admin.tongue import _
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.errors import BadSignature, PlatformError, Unsupported
from plugins.shopify.install import exchange_session_token
from plugins.shopify.scopes import missing_scopes
from plugins.shopify.session_token import Visit
from plugins.talking import Access, App, Credentials, ShopSeen

PLATFORM = "shopify"


@dataclass(frozen=True, kw_only=True)
class Boarding:
    """Somebody proven at the door of a shop that may be new here."""

    visit: Visit
    app: App
    card: ShopCard | None


def board(wired: Wiring, who: Boarding) -> tuple[Shop, bool]:
    """Return the shop, opened where it is new, with the person joined to it; and whether its connection has news.

    Raises BadSignature where a fresher token is wanted, and PlatformError where a new shop cannot be opened.
    """
    if who.card is None:
        return _open(wired, who), True
    if who.card.address and who.card.address != who.visit.shop:
        raise NotAllowed(_("This app belongs to another shop. Open the one it was set up for."))
    return _come_back(wired, who, who.card)


def _open(wired: Wiring, who: Boarding) -> Shop:
    """Open a shop with what it says of itself, so that nothing of it is ever read in a wrong currency."""
    credentials = exchange_session_token(who.visit, who.app, wired.client, wired.clock())
    seen = _look(wired, who, credentials)
    with wired.db.of_nobody() as session:
        shop = arrivals.open_at(session, PLATFORM, who.visit.shop, seen)
        person = _join(session, shop.id, who)
    _keep(wired, shop.id, who, credentials, person)
    return shop


def _come_back(wired: Wiring, who: Boarding, card: ShopCard) -> tuple[Shop, bool]:
    with wired.db.of_shop(card.id) as session:
        row = connections.connection_of(session, card.id)
        needs = not card.address or _needs_token(row, wired)
    credentials, trouble = _try_token(wired, who, is_proven=bool(card.address)) if needs else (None, "")
    with wired.db.of_nobody() as session:
        shop = session.get(Shop, card.id)
        if shop is None:
            raise NotFound
        person = _join(session, card.id, who)
    if credentials is not None:
        _keep(wired, card.id, who, credentials, person)
    elif trouble:
        with wired.db.of_shop(card.id) as session:
            connections.note_trouble(session, card.id, trouble, needs_person=False)
    return shop, needs


def _try_token(wired: Wiring, who: Boarding, *, is_proven: bool) -> tuple[Credentials | None, str]:
    """Return what opens the shop, or why there is nothing. A shop whose address is not proven yet must have it."""
    try:
        return exchange_session_token(who.visit, who.app, wired.client, wired.clock()), ""
    except BadSignature:
        raise
    except PlatformError as error:
        if not is_proven:
            raise
        return None, str(error)


def _needs_token(row: Connection | None, wired: Wiring) -> bool:
    """Tell whether the shop has to be opened anew: it is not connected, cannot go on, or was given more rights."""
    if row is None or row.state != ConnectionState.CONNECTED or row.credentials is None:
        return True
    is_over = row.renewable_until is not None and row.renewable_until <= wired.clock()
    return is_over or bool(missing_scopes(row.scopes))


def _look(wired: Wiring, who: Boarding, credentials: Credentials) -> ShopSeen:
    talks = PLATFORMS[PLATFORM].talks
    if talks is None:
        raise Unsupported
    access = Access(address=who.visit.shop, credentials=credentials, app=who.app, client=wired.client, now=wired.clock)
    return talks.look_at(access)


def _join(session: Session, shop_id: int, who: Boarding) -> Person:
    return arrivals.arrive(session, shop_id, who.visit.user, _("Shopify user %(number)s", number=who.visit.user))


def _keep(wired: Wiring, shop_id: int, who: Boarding, credentials: Credentials, person: Person) -> None:
    """Keep what opens the shop, and have it looked at; one that was away, or brought more rights, is read anew."""
    with wired.db.of_shop(shop_id) as session:
        installs.take_address(session, shop_id, who.visit.shop)
        row = connections.connection_of(session, shop_id)
        stood = row is not None and row.state == ConnectionState.CONNECTED and {*credentials.scopes} <= {*row.scopes}
        key, now = wired.settings.secret_key, wired.clock()
        connections.keep_credentials(session, shop_id, credentials, secret_key=key, now=now, is_anew=not stood)
        audit.record(session, shop_id, person.id, "shop_connected", address=who.visit.shop)
    wired.shops.forget()
    wired.queues.nudge(FILES, "connecting.set_up_shop", shop_id)
