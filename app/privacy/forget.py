"""Forgetting a browser: everything that is kept under its id goes, and orders no longer name it."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# First the visitor: whatever is being kept of them at this moment ends before, and is seen by what follows.
ERASE = (
    "DELETE FROM visitors WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM browsing_events WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM visitor_links WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM consent_records WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "UPDATE impressions SET visitor_key = NULL WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "UPDATE orders SET visitor_key = NULL WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
)


def forget_visitor(session: Session, shop_id: int, visitor_key: bytes) -> None:
    """Erase what is known of one browser. Forgetting somebody unknown changes nothing and says the same."""
    for statement in ERASE:
        session.execute(text(statement), {"shop_id": shop_id, "visitor_key": visitor_key})
