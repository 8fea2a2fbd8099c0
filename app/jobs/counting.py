"""The journey of a count: what the page about all people shows and would take too long to count as it is opened."""

from zoneinfo import ZoneInfo

from app.jobs.doorbell import job
from app.models import Shop
from app.profiles import overview
from app.queues import FILES
from app.wiring import Wiring


def ask_for_count(wiring: Wiring, shop_id: int) -> None:
    """Keep where people stand today, and ring where something was heard of somebody since the last count."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    with wiring.db.of_shop(shop_id) as session:
        overview.keep_stage_day(session, shop_id, wiring.clock().astimezone(ZoneInfo(shop.time_zone)).date())
        is_needed = overview.needs_count(session, shop_id)
    if is_needed:
        wiring.queues.nudge(FILES, "counting.count_people", shop_id)


@job
def count_people(wiring: Wiring, shop_id: int) -> None:
    """Count who of each month's newcomers came back. Harmless to repeat."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        return
    with wiring.db.of_shop(shop_id) as session:
        overview.count_cohorts(session, shop_id, zone=shop.time_zone, currency=shop.currency)
