"""The journey of a connection: set up as soon as it stands, and kept from lapsing."""

from datetime import datetime

from app.ingest.backfills import INSTALL, SHOP, is_backfilling, start_backfills
from app.jobs.doorbell import job
from app.jobs.setting_up import LOOK
from app.models import ConnectionState
from app.queues import FILES
from app.shops import connections
from app.wiring import Wiring


@job
def set_up_shop(wiring: Wiring, shop_id: int) -> None:
    """Put the setting-up of a shop in line: it is looked at, its past is read, its webhooks are made.

    Connecting a shop again goes on with what was being read.
    """
    with wiring.db.of_shop(shop_id) as session:
        (backfill_id,) = start_backfills(session, shop_id, [SHOP], cause=INSTALL, until=wiring.clock())
    wiring.queues.nudge(FILES, "backfills.run_backfill", shop_id, backfill_id)


def needs_set_up(wiring: Wiring, shop_id: int) -> bool:
    """Tell whether a shop was connected and its setting-up never put in line: that bell was lost."""
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        if row is None or row.state != ConnectionState.CONNECTED or is_backfilling(session, shop_id, [SHOP]):
            return False
    found = row.found.get(LOOK)
    looked_at = datetime.fromisoformat(str(found["at"])) if isinstance(found, dict) else None
    return looked_at is None or (row.connected_at is not None and looked_at < row.connected_at)
