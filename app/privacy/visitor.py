"""Forgetting a browser: everything that is kept under its id goes, and no later order brings the id back."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import Kind, Seals

STONE = """
    INSERT INTO tombstones (shop_id, kind, seal)
    SELECT :shop_id, :kind, :seal WHERE EXISTS (
        SELECT FROM visitors WHERE shop_id = :shop_id AND visitor_key = :visitor_key
        UNION ALL SELECT FROM visitor_links WHERE shop_id = :shop_id AND visitor_key = :visitor_key
        UNION ALL SELECT FROM orders WHERE shop_id = :shop_id AND visitor_key = :visitor_key
        UNION ALL SELECT FROM carts WHERE shop_id = :shop_id AND visitor_key = :visitor_key)
    ON CONFLICT (shop_id, kind, seal) DO UPDATE SET erased_at = clock_timestamp()
"""
CLICKS = """
    DELETE FROM clicks WHERE shop_id = :shop_id AND impression_id IN (
        SELECT id FROM impressions WHERE shop_id = :shop_id AND visitor_key = :visitor_key)
"""
NAMED = "shop_id = :shop_id AND kind = 'visitor' AND name = encode(:visitor_key, 'hex')"
COUNT_ANEW = f"""
    UPDATE profiles SET look_again_at = regulars_now()
    WHERE shop_id = :shop_id AND id IN (SELECT profile_id FROM profile_names WHERE {NAMED})
"""  # noqa: S608 - our own words
# First the stone, so that what comes in later is written without the browser; then the visitor: whatever is being kept
# of them at this moment ends before, and is seen by what follows.
ERASE = (
    STONE,
    "DELETE FROM visitors WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM browsing_events WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM visitor_links WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "DELETE FROM consent_records WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    CLICKS,
    "UPDATE impressions SET visitor_key = NULL WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "UPDATE orders SET visitor_key = NULL WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    "UPDATE carts SET visitor_key = NULL WHERE shop_id = :shop_id AND visitor_key = :visitor_key",
    COUNT_ANEW,
    f"DELETE FROM profile_names WHERE {NAMED}",  # noqa: S608 - our own words
    f"DELETE FROM profile_news WHERE {NAMED}",  # noqa: S608 - likewise
)
LIFT = "DELETE FROM tombstones WHERE shop_id = :shop_id AND kind = :kind AND seal = :seal"


def forget_visitor(session: Session, shop_id: int, visitor_key: bytes, seals: Seals) -> None:
    """Erase what is known of one browser. Forgetting somebody unknown changes nothing and says the same."""
    told = {"visitor_key": visitor_key, **_stone(shop_id, visitor_key, seals)}
    for statement in ERASE:
        session.execute(text(statement), told)


def welcome_visitor(session: Session, shop_id: int, visitor_key: bytes, seals: Seals) -> None:
    """Let a browser that was forgotten be remembered again: it has said yes anew."""
    session.execute(text(LIFT), _stone(shop_id, visitor_key, seals))


def _stone(shop_id: int, visitor_key: bytes, seals: Seals) -> dict[str, object]:
    return {"shop_id": shop_id, "kind": Kind.VISITOR, "seal": seals.seal(shop_id, Kind.VISITOR, visitor_key.hex())}
