"""A shop's API, opened: its credentials, renewed in time, by one process at a time.

Whoever renews claims the shop's row, asks the platform outside any transaction, and keeps the answer before anybody
uses it: what is lost between answer and database could not be got again without the merchant.
"""

import time
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from app.errors import NotFound
from app.models import Shop
from app.shops import connections
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.errors import PlatformError, Refused, Unreachable
from plugins.talking import Access, Credentials, Talks

RENEW_BEFORE = timedelta(minutes=5)
STILL_GOOD = timedelta(seconds=30)  # enough left for a request, while somebody renews or the platform is away
LONGEST_WAIT_SECONDS = 45.0  # for somebody else's renewal; an answer takes 30 at most
LOOK_SECONDS = 0.2
LAPSED = (
    "The permission to reach this shop has lapsed. Open Regulars in the shop's admin once, and it goes on by itself."
)

log = structlog.get_logger()


def open_access(wiring: Wiring, shop_id: int) -> Access:
    """Open a shop's API. Makes network calls, so call it outside any transaction.

    Raises NotFound, Refused (a person is needed), Unreachable (try again later).
    """
    patience = time.monotonic() + LONGEST_WAIT_SECONDS
    while True:
        access, talks = as_kept(wiring, shop_id)
        if not _ends_before(access.credentials, wiring.clock() + RENEW_BEFORE):
            return access
        fresh = renew(wiring, shop_id, access, talks)
        if fresh is not None:
            return fresh
        if not _ends_before(access.credentials, wiring.clock() + STILL_GOOD):
            return access  # another process is at it
        if time.monotonic() > patience:
            raise Unreachable("The shop's permission is being renewed. Regulars tries again shortly.")
        time.sleep(LOOK_SECONDS)


def renew(wiring: Wiring, shop_id: int, access: Access, talks: Talks) -> Access | None:
    """Renew the credentials; None when somebody else is renewing them, or just did. Raises PlatformError."""
    with wiring.db.of_shop(shop_id) as session:
        claim = connections.claim_renewal(session, shop_id)
        if claim is None:
            return None
        row = connections.connection_of(session, shop_id)
        kept = connections.credentials_of(row, wiring.settings.secret_key)
        if dict(kept.secrets) != dict(access.credentials.secrets):
            connections.release_claim(session, shop_id, claim)
            return None
    try:
        if kept.renewable_until is not None and kept.renewable_until <= wiring.clock():
            raise Refused(LAPSED)
        fresh = talks.renew(access)
    except PlatformError as error:
        return _after_failure(wiring, shop_id, access, claim, error)
    with wiring.db.of_shop(shop_id) as session:
        if not connections.holds_claim(session, shop_id, claim):
            return None  # uninstalled or connected anew meanwhile: what is kept there now counts
        connections.keep_credentials(session, shop_id, fresh, secret_key=wiring.settings.secret_key, now=wiring.clock())
    log.info("credentials_renewed", shop_id=shop_id)
    return _with(access, fresh)


def as_kept(wiring: Wiring, shop_id: int) -> tuple[Access, Talks]:
    """Return a shop's API as it was last kept. Raises NotFound, Refused."""
    with wiring.db.of_shop(shop_id) as session:
        shop = session.get(Shop, shop_id)
        talks = PLATFORMS[shop.platform].talks if shop is not None else None
        if shop is None or talks is None:
            raise NotFound("This shop is on no platform that Regulars can ask.")
        row = connections.connection_of(session, shop_id)
        credentials = connections.credentials_of(row, wiring.settings.secret_key)
        if not shop.address:
            raise Refused(connections.NOT_CONNECTED)
        access = Access(
            address=shop.address,
            credentials=credentials,
            app=connections.app_of(session, shop, wiring.settings),
            client=wiring.client,
            now=wiring.clock,
            public_key=shop.public_key,
        )
    return access, talks


def _after_failure(
    wiring: Wiring, shop_id: int, access: Access, claim: datetime, error: PlatformError
) -> Access | None:
    """Give the claim back and say what went wrong; go on with the old credentials while they hold."""
    with wiring.db.of_shop(shop_id) as session:
        if not connections.holds_claim(session, shop_id, claim):
            return None
        connections.release_claim(session, shop_id, claim)
        connections.note_trouble(session, shop_id, str(error), needs_person=not error.is_transient)
    log.warning("credentials_not_renewed", shop_id=shop_id, error=type(error).__name__)
    if error.is_transient and not _ends_before(access.credentials, wiring.clock() + STILL_GOOD):
        return access
    raise error


def _ends_before(credentials: Credentials, moment: datetime) -> bool:
    return credentials.expires_at is not None and credentials.expires_at <= moment


def _with(access: Access, credentials: Credentials) -> Access:
    return replace(access, credentials=credentials)
