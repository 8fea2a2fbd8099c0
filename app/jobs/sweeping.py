"""The journey of a sweep: the ids of all a platform has, compared with ours, and what is gone taken off the shelves."""

from app.ingest import backfills
from app.ingest.apply import apply_events
from app.ingest.missing import deletions, is_believable, missing
from app.jobs.access import open_access
from app.jobs.watching import talks_of
from app.models import Backfill, Shop
from app.wiring import Wiring
from plugins.talking import Kind

DOUBT = "So many are gone from the shop's list at once that nothing was deleted here. It is looked at again tomorrow."


def sweep_ids(wiring: Wiring, shop: Shop, claimed: backfills.Claimed) -> bool:
    """Compare ids and delete what is gone; False when the claim is lost. Raises PlatformError."""
    began_at, kind = wiring.clock(), Kind(claimed.kind)
    access = open_access(wiring, shop.id)
    there: set[str] = set()
    for piece in talks_of(shop).list_ids(kind, access):
        there |= piece
        with wiring.db.of_shop(shop.id) as session:
            if not backfills.hold(session, shop.id, claimed):
                return False
    with wiring.db.of_shop(shop.id) as session:
        if not backfills.hold(session, shop.id, claimed):
            return False
        gone = missing(session, shop.id, kind, there, began_at)
        is_meant = is_believable(len(gone), len(there))
        if is_meant and gone:
            apply_events(session, shop.id, [(began_at, fact) for fact in deletions(kind, gone)], wiring.seals)
        row = session.get_one(Backfill, (shop.id, claimed.id), populate_existing=True)
        row.rows_read = len(there)
        row.found = {"deleted": len(gone)} if is_meant else {"deleted": 0, "doubt": DOUBT}
    return True
