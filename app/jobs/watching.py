"""What is looked after at a connected shop: that its webhooks stand, and that shoppers see the widget."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.jobs.access import open_access
from app.jobs.doorbell import job
from app.models import Connection, ConnectionState, Delivery, Shop
from app.shops import connections
from app.shops.secrets import WEBHOOK, add_secret, current_secrets
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.errors import PlatformError, Refused, Rejected, Unsupported, WrongAddress
from plugins.talking import Access, Talks

DAY = timedelta(hours=24)
SILENCE = timedelta(hours=6)  # a shop that says nothing for so long may have stopped telling us
WEBHOOKS, WIDGET = "webhooks", "widget"
SECRET_BYTES = 32
HTTP_ERROR = 400
LARGEST_PAGE = 5_000_000  # bytes of a storefront's page that are searched
SEEN = "The widget's script is on the storefront's first page."
UNSEEN = "The widget's script is not on the storefront's first page. Turn it on in the shop's theme or plugin settings."
NO_FRONT = "No storefront's address is known. Enter it in the shop's settings."

log = structlog.get_logger()


@job
def watch_shop(wiring: Wiring, shop_id: int) -> None:
    """Look at a shop's webhooks and its storefront, and mend what can be mended."""
    try:
        mend_webhooks(wiring, shop_id, open_access(wiring, shop_id))
    except (PlatformError, NotFound) as error:
        needs_person = isinstance(error, Refused | WrongAddress)
        _note(wiring, shop_id, WEBHOOKS, {"trouble": str(error)})
        with wiring.db.of_shop(shop_id) as session:
            connections.note_trouble(session, shop_id, str(error), needs_person=needs_person)
    look_for_widget(wiring, shop_id)


def needs_look(wiring: Wiring, shop_id: int) -> bool:
    """Tell whether a day has gone by since the last look, or the shop has been silent for long."""
    now = wiring.clock()
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state not in (ConnectionState.CONNECTED, ConnectionState.BROKEN):
            return False
        newest = select(Delivery.received_at).where(Delivery.shop_id == shop_id).order_by(Delivery.id.desc()).limit(1)
        heard_at = session.scalar(newest)
    looked_at = _looked_at(row)
    if looked_at is None or looked_at < now - DAY or WIDGET not in row.found:  # setting up looks at webhooks alone
        return True
    return looked_at < now - SILENCE and (heard_at is None or heard_at < now - SILENCE)


def mend_webhooks(wiring: Wiring, shop_id: int, access: Access) -> None:
    """Have every topic that we read come to us; keep what was found. Raises PlatformError where waiting may help."""
    with wiring.db.of_shop(shop_id) as session:
        shop = session.get_one(Shop, shop_id)
        secret = _secret(wiring, session, shop_id)
    place = f"{wiring.settings.base_url}/webhooks/{shop.platform}/{shop.slug}"
    try:
        done = talks_of(shop).subscribe(access, place, secret)
    except (Rejected, Unsupported) as error:
        _note(wiring, shop_id, WEBHOOKS, {"trouble": str(error)})
        return
    found = {"topics": list(done.topics), "mended": list(done.mended), "trouble": done.trouble}
    _note(wiring, shop_id, WEBHOOKS, found)
    if done.mended:
        log.info("webhooks_mended", shop_id=shop_id, topics=list(done.mended))


def look_for_widget(wiring: Wiring, shop_id: int) -> None:
    """Fetch the storefront's first page and look for our script."""
    with wiring.db.of_nobody() as session:
        shop = session.get_one(Shop, shop_id)
    front = next(iter(shop.origins), "")
    if not front:
        _note(wiring, shop_id, WIDGET, {"is_seen": None, "words": NO_FRONT})
        return
    try:
        reply = wiring.client.ask("GET", f"{front}/")
    except PlatformError as error:
        _note(wiring, shop_id, WIDGET, {"is_seen": None, "words": str(error)})
        return
    page = reply.body[:LARGEST_PAGE].decode("utf-8", "replace")
    base = wiring.settings.base_url
    is_seen = any(sign in page for sign in (shop.public_key, f"{base}/widget.js", f'data-regulars-engine="{base}"'))
    if reply.status >= HTTP_ERROR:
        words = f"The storefront's first page answered with {reply.status}, so nobody could look for the widget on it."
        _note(wiring, shop_id, WIDGET, {"is_seen": None, "words": words})
        return
    _note(wiring, shop_id, WIDGET, {"is_seen": is_seen, "words": SEEN if is_seen else UNSEEN})


def talks_of(shop: Shop) -> Talks:
    """Return how a shop's platform is talked to. Raises Unsupported where it is not."""
    talks = PLATFORMS[shop.platform].talks
    if talks is None:
        raise Unsupported("Regulars cannot ask this platform anything.")
    return talks


def _secret(wiring: Wiring, session: Session, shop_id: int) -> bytes:
    """Return the secret that the shop signs with, made at the first time."""
    held = current_secrets(session, shop_id, WEBHOOK, secret_key=wiring.settings.secret_key)
    if held:
        return held[0]
    fresh = secrets.token_urlsafe(SECRET_BYTES).encode()
    add_secret(session, shop_id, WEBHOOK, fresh, secret_key=wiring.settings.secret_key)
    return fresh


def _note(wiring: Wiring, shop_id: int, look: str, found: Mapping[str, object]) -> None:
    with wiring.db.of_shop(shop_id) as session:
        connections.note_found(session, shop_id, look, {**found, "at": wiring.clock().isoformat()})


def _looked_at(row: Connection) -> datetime | None:
    found = row.found.get(WEBHOOKS)
    return datetime.fromisoformat(str(found["at"])) if isinstance(found, dict) and "at" in found else None
