"""The journey of a reminder's first half: every minute, carts that were left become rows in the outbox."""

from app.campaigns import abandoned_cart
from app.jobs.doorbell import job
from app.messaging import outbox
from app.queues import MAIL
from app.wiring import Wiring


@job
def plan_campaigns(wiring: Wiring, shop_id: int) -> None:
    """Decide about every cart that was left long enough, then ring for those that are due."""
    is_more = True
    while is_more:
        with wiring.db.of_shop(shop_id) as session:
            is_more = abandoned_cart.plan(session, shop_id, wiring.seals) >= abandoned_cart.BATCH
    with wiring.db.of_shop(shop_id) as session:
        is_due, _ = outbox.waits(session, shop_id)
    if is_due:
        wiring.queues.nudge(MAIL, "messages.send_messages", shop_id)
