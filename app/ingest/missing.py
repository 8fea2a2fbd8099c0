"""What the platform has no longer: our rows compared with its whole list of ids."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from plugins.events import Event, ItemDeleted, OrderDeleted, ReviewDeleted
from plugins.talking import Kind

RECENT_ORDERS = timedelta(days=50)  # platforms show some apps no more than the last sixty days
FEW = 20
DELETED: dict[Kind, type[ItemDeleted | OrderDeleted | ReviewDeleted]] = {
    Kind.ITEMS: ItemDeleted,
    Kind.ORDERS: OrderDeleted,
    Kind.REVIEWS: ReviewDeleted,
}

# What was deleted already, or came while the list was being read, is no news. Names that files gave are no ids.
KNOWN = {
    Kind.ITEMS: text("""
        SELECT external_id FROM items
        WHERE shop_id = :shop_id AND parent_external_id IS NULL AND external_id ~ '^[0-9]+$' AND version_at > 'epoch'
            AND updated_at < :began_at AND NOT EXISTS (
                SELECT FROM deletion_reports d WHERE d.shop_id = :shop_id AND d.kind = 'item'
                    AND d.external_id = items.external_id AND d.reported_at >= items.version_at)
    """),
    Kind.ORDERS: text("""
        SELECT external_id FROM orders WHERE shop_id = :shop_id AND external_id ~ '^[0-9]+$'
            AND placed_at BETWEEN :recent AND :began_at AND version_at < :began_at
            AND NOT EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = :shop_id
                AND d.kind = 'order' AND d.external_id = orders.external_id AND d.reported_at >= orders.version_at)
    """),
    Kind.REVIEWS: text("SELECT external_id FROM reviews WHERE shop_id = :shop_id AND version_at < :began_at"),
}


def missing(session: Session, shop_id: int, kind: Kind, there: Collection[str], began_at: datetime) -> list[str]:
    """Return the ids of what we know and the platform does not have any more."""
    told = {"shop_id": shop_id, "began_at": began_at, "recent": began_at - RECENT_ORDERS}
    return sorted(one for one in session.execute(KNOWN[kind], told).scalars() if one not in there)


def is_believable(gone: int, there: int) -> bool:
    """Tell whether so many deletions can be meant: a list that broke off would empty a shop's shelves."""
    return gone <= max(FEW, there // 2) if there else gone == 0


def deletions(kind: Kind, external_ids: Collection[str]) -> list[Event]:
    """Return the facts that say so."""
    return [DELETED[kind](external_id=one) for one in external_ids]
