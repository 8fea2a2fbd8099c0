"""The journey of news about people: heard in the fact's own transaction where that is possible, else swept up here."""

import structlog
from sqlalchemy.orm import Session

from app.jobs.counting import ask_for_count
from app.jobs.doorbell import job, where
from app.profiles import refresh, rhythm
from app.queues import FILES
from app.wiring import Wiring

BATCH = 4000  # pieces of news in one transaction; what a delivery tells meanwhile is left to the next
MOST_BATCHES = 100  # then the bell rings again, so that one large shop leaves room for the others

log = structlog.get_logger()


@job
def refresh_profiles(wiring: Wiring, shop_id: int) -> None:
    """Let a shop's profiles hear everything that was told, and look again at whom time has changed."""
    for _ in range(MOST_BATCHES):
        with wiring.db.of_shop(shop_id) as session:
            heard = refresh.refresh_news(session, shop_id, most=BATCH)
            seen = refresh.look_again(session, shop_id, most=BATCH) if heard < BATCH else 0
        if max(heard, seen) < BATCH and not _count_rhythm(wiring, shop_id):
            ask_for_count(wiring, shop_id)
            return
    wiring.queues.nudge(FILES, "profiles.refresh_profiles", shop_id)


def _count_rhythm(wiring: Wiring, shop_id: int) -> bool:
    """Count the shop's rhythm where a history came in since; whose stage goes by it is then to be looked at again."""
    with wiring.db.of_shop(shop_id) as session:
        is_due = rhythm.is_rhythm_due(session, shop_id)
        if is_due:
            rhythm.keep_rhythm(session, shop_id)
    return is_due


def hear_at_once(session: Session, shop_id: int) -> None:
    """Let profiles hear in the transaction that tells. Where that fails the facts stand, and the sweep tries again."""
    try:
        with session.begin_nested():
            refresh.refresh_at_once(session, shop_id)
    except Exception as error:  # noqa: BLE001 - a delivery is not to blame for what is counted of it
        log.warning("profiles_left_behind", shop_id=shop_id, error=type(error).__name__, where=where(error))
