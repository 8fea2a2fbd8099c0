"""Profiles hear of what was told: names find their person, then figures, then segments, all in one transaction."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.profiles import stitching
from app.profiles.facts import keep_figures
from app.profiles.segments import keep_memberships

# Shorter than it takes to find that two wait in a circle: of a delivery and a forgetting, the delivery gives way.
PATIENCE = text("SET LOCAL lock_timeout = '500ms'")
ENDLESS = text("SET LOCAL lock_timeout = 0")
DUE = text("""
    SELECT id FROM profiles
    WHERE shop_id = :shop_id AND merged_into_id IS NULL AND look_again_at <= (SELECT regulars_now())
    ORDER BY look_again_at, id LIMIT :most
""")
IS_DUE = text("""
    SELECT EXISTS (SELECT FROM profiles WHERE shop_id = :shop_id AND merged_into_id IS NULL
        AND look_again_at <= (SELECT regulars_now()))
""")


def refresh_news(session: Session, shop_id: int, *, most: int = 500) -> int:
    """Let profiles hear of what was told, the newest first. Returns how much it was; less than `most`: all is heard."""
    heard = stitching.take_news(session, shop_id, most=most)
    if heard.names:
        _keep(session, shop_id, stitching.stitch(session, shop_id, heard.names))
    return heard.count


def refresh_at_once(session: Session, shop_id: int) -> None:
    """Let profiles hear within the transaction that tells. Raises OperationalError where others hold them for long."""
    session.execute(PATIENCE)
    refresh_news(session, shop_id)
    session.execute(ENDLESS)


def look_again(session: Session, shop_id: int, *, most: int = 500) -> int:
    """Look again at people whom time alone may have changed. Returns how many; less than `most`: nobody is left."""
    stitching.hold(session, shop_id)
    due = session.execute(DUE, {"shop_id": shop_id, "most": most}).scalars().all()
    _keep(session, shop_id, due)
    return len(due)


def take_apart(session: Session, shop_id: int, merge_id: int, person_id: int | None) -> None:
    """Undo a merge for good, with what is counted of both. person_id: who did. Raises NotFound and BadRequest."""
    _keep(session, shop_id, stitching.undo(session, shop_id, merge_id, person_id))


def waits(session: Session, shop_id: int) -> bool:
    """Tell whether profiles have something to hear, or somebody to look at again."""
    return stitching.has_news(session, shop_id) or bool(session.execute(IS_DUE, {"shop_id": shop_id}).scalar())


def _keep(session: Session, shop_id: int, profile_ids: Sequence[int]) -> None:
    keep_figures(session, shop_id, profile_ids)
    keep_memberships(session, shop_id, profile_ids)
