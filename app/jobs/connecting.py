"""The journey of a connection: set up as soon as it stands, and kept from lapsing."""

from app.ingest.backfills import INSTALL, SHOP, start_backfills
from app.jobs.doorbell import job
from app.queues import FILES
from app.wiring import Wiring


@job
def set_up_shop(wiring: Wiring, shop_id: int) -> None:
    """Put the setting-up of a shop in line: it is looked at, its past is read, its webhooks are made.

    Connecting a shop again goes on with what was being read.
    """
    with wiring.db.of_shop(shop_id) as session:
        (backfill_id,) = start_backfills(session, shop_id, [SHOP], cause=INSTALL, until=wiring.clock())
    wiring.queues.nudge(FILES, "backfills.run_backfill", shop_id, backfill_id)
