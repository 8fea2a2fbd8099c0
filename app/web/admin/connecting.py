"""What connects a shop, whichever way its answer came: prove, keep, ring for the first look.

The platform is asked outside any transaction. A failure changes nothing about a connection that stands; it is kept
beside it, in words, until the next try.
"""

from collections.abc import Mapping

from app.models import Shop
from app.queues import FILES
from app.shops import audit, connections, installs
from app.shops.installs import Install
from app.web.admin.tongue import _
from app.wiring import Wiring
from plugins.talking import Talks

LOOK = "install"  # under this name a failed try is kept with the connection
LONGEST_SENTENCE = 500
KEEPS_TRYING = "Regulars keeps trying."  # what passing trouble ends with, once a shop is connected


def connect(wired: Wiring, install: Install, answer: Mapping[str, str], talks: Talks) -> None:
    """Turn a platform's answer into a connection, and have the shop looked at. Raises PlatformError, BadRequest."""
    shop_id = install.shop_id
    with wired.db.of_shop(shop_id) as session:
        app = connections.app_of(session, session.get_one(Shop, shop_id), wired.settings)
    credentials = talks.finish_install(answer, install.address, app, wired.client)
    secret_key, now = wired.settings.secret_key, wired.clock()
    with wired.db.of_shop(shop_id) as session:
        installs.take_address(session, shop_id, install.address)
        connections.keep_credentials(session, shop_id, credentials, secret_key=secret_key, now=now, is_anew=True)
        connections.note_found(session, shop_id, LOOK, {"at": now.isoformat(), "trouble": ""})
        audit.record(session, shop_id, install.person_id, "shop_connected", address=install.address)
    ring(wired, shop_id)


def in_words(error: Exception) -> str:
    """Say why a try to connect failed. Nothing is tried again by itself before a shop is connected."""
    if not getattr(error, "is_transient", False):
        return str(error)
    return " ".join((str(error).removesuffix(KEEPS_TRYING).strip(), _("Try again in a while.")))


def ring(wired: Wiring, shop_id: int) -> None:
    """Have a connected shop looked at: what it is, its webhooks, its past."""
    wired.queues.nudge(FILES, "connecting.set_up_shop", shop_id)


def note_failure(wired: Wiring, shop_id: int, sentence: str) -> None:
    """Keep why a try failed, for the merchant's page."""
    found = {"at": wired.clock().isoformat(), "trouble": sentence[:LONGEST_SENTENCE]}
    with wired.db.of_shop(shop_id) as session:
        connections.note_found(session, shop_id, LOOK, found)
