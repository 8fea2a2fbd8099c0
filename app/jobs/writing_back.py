"""The journey of a change to the platform: from the answer that somebody gave us to the shop that should know of it."""

from datetime import UTC, timedelta

import structlog

from app.campaigns.campaigns import ABANDONED_CART
from app.errors import NotFound
from app.jobs.access import open_access
from app.jobs.doorbell import job
from app.jobs.watching import talks_of
from app.messaging.campaign_days import campaign_days
from app.messaging.unsubscribe import SOURCE as BY_LINK
from app.models import ConnectionState, Shop, WorkState
from app.profiles.choices import BY_MAIL, BY_SHOP
from app.queues import FILES
from app.shops import connections, write_backs
from app.wiring import Wiring
from plugins.errors import PlatformError, Refused, Throttled, Unsupported, WrongAddress
from plugins.talking import CampaignTold

OURS = (BY_LINK, BY_MAIL, BY_SHOP, "merchant")  # where an answer was given to us, not to the platform
TITLES = {ABANDONED_CART: "Cart reminder"}
PERSON_SECONDS = 3600.0
WRITE_BACK = "write_back"
SUPERSEDED = "They have answered otherwise since."

log = structlog.get_logger()


def collect_answers(wiring: Wiring, shop_id: int) -> None:
    """Put in line what people answered us, for a shop that is connected."""
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state not in (ConnectionState.CONNECTED, ConnectionState.BROKEN):
            return
        waiting = write_backs.put_answers_in_line(session, shop_id, OURS)
    for row_id in waiting:
        wiring.queues.nudge(FILES, "writing_back.write_back", shop_id, row_id)


def collect_campaigns(wiring: Wiring, shop_id: int) -> None:
    """Put in line what yesterday's campaigns came to, for the platform's own marketing pages."""
    until = wiring.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since, waiting = until - timedelta(days=1), []
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state not in (ConnectionState.CONNECTED, ConnectionState.BROKEN):
            return
        for one in campaign_days(session, shop_id, since, until):
            key = f"campaign-{one.id}"
            counts = {"sent": one.sent, "clicked": one.clicked, "unsubscribed": one.unsubscribed}
            title = TITLES.get(one.kind, one.kind.replace("_", " ").capitalize())
            change = CampaignTold(key=key, title=title, is_on=one.is_on, day=since, **counts)
            waiting.append(write_backs.put_in_line(session, shop_id, change, key=f"{key}:{since:%Y-%m-%d}"))
    for row_id in waiting:
        if row_id is not None:
            wiring.queues.nudge(FILES, "writing_back.write_back", shop_id, row_id)


@job
def write_back(wiring: Wiring, shop_id: int, row_id: int) -> None:
    """Tell the platform one change."""
    with wiring.db.of_shop(shop_id) as session:
        claimed = write_backs.claim_write_back(session, shop_id, row_id)
        if claimed is not None and write_backs.is_outdated(session, shop_id, claimed.change):
            write_backs.end_write_back(session, shop_id, claimed, WorkState.DONE, SUPERSEDED)
            return
    if claimed is None:
        return
    with wiring.db.of_nobody() as session:
        shop = session.get_one(Shop, shop_id)
    try:
        talks_of(shop).write_back(claimed.change, open_access(wiring, shop_id), key=claimed.key)
    except (PlatformError, NotFound) as error:
        _stumble(wiring, shop_id, claimed, error)
        return
    with wiring.db.of_shop(shop_id) as session:
        write_backs.end_write_back(session, shop_id, claimed, WorkState.DONE)
        connections.note_found(session, shop_id, WRITE_BACK, {"trouble": "", "at": wiring.clock().isoformat()})


def _stumble(wiring: Wiring, shop_id: int, claimed: write_backs.Claimed, error: PlatformError | NotFound) -> None:
    """Put the change off with its sentence, or end it where no waiting helps."""
    log.warning("write_back_stumbled", shop_id=shop_id, row=claimed.id, error=type(error).__name__)
    needs_person, at = isinstance(error, Refused | WrongAddress), wiring.clock().isoformat()
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state == ConnectionState.GONE:
            write_backs.let_go(session, shop_id, claimed)
        elif needs_person or error.is_transient:
            # A permission to write may be missing where all reading goes on: that breaks no connection.
            connections.note_found(session, shop_id, WRITE_BACK, {"trouble": str(error), "at": at})
            seconds = error.wait_seconds if isinstance(error, Throttled) else PERSON_SECONDS * needs_person
            write_backs.put_off(session, shop_id, claimed, seconds, str(error))
        else:
            state = WorkState.DONE if isinstance(error, Unsupported) else WorkState.FAILED
            write_backs.end_write_back(session, shop_id, claimed, state, str(error))
