"""The journey of a segment: put in where a shop has none yet, and taken anew where time or a new condition moves it."""

from contextlib import suppress

from app.errors import NotFound
from app.jobs.doorbell import job
from app.profiles import ready_made, segments
from app.queues import FILES
from app.wiring import Wiring


def ask_for_segments(wiring: Wiring, shop_id: int) -> None:
    """Have a shop's segments looked at, wherever somebody may come or go without a fact about them."""
    with wiring.db.of_shop(shop_id) as session:
        ready_made.put_in(session, shop_id)
        is_due = bool(segments.timely(session, shop_id))
    if is_due:
        wiring.queues.nudge(FILES, "segments.take_segments", shop_id)


@job
def take_segments(wiring: Wiring, shop_id: int) -> None:
    """Take every segment anew that needs it, in pieces that hold nobody up for long."""
    with wiring.db.of_shop(shop_id) as session:
        due = segments.timely(session, shop_id)
    for segment_id in due:
        with suppress(NotFound):  # it was deleted meanwhile
            _take(wiring, shop_id, segment_id)


def _take(wiring: Wiring, shop_id: int, segment_id: int) -> None:
    after: int | None = 0
    while after is not None:
        with wiring.db.of_shop(shop_id) as session:
            after = segments.take_anew(session, shop_id, segment_id, after=after)
