"""The journey of credentials that nobody uses for a while: renewed daily, since what lapses needs the merchant again.

Also here: a token that never ends, of an app for many shops, becomes one that does. Shopify asks that of every such
app, and one that is lost then opens the shop for an hour instead of for good.
"""

from datetime import timedelta

from app.jobs.access import as_kept, renew
from app.jobs.doorbell import job
from app.models import Connection, Shop
from app.queues import FILES
from app.shops import connections
from app.shops.shops import all_shops
from app.wiring import Wiring

DAY = timedelta(hours=20)


def keep_alive(wiring: Wiring) -> None:
    """Ring for every shop whose credentials end and were not renewed today."""
    with wiring.db.of_nobody() as session:
        shops = all_shops(session)
    for shop in shops:
        with wiring.db.of_shop(shop.id) as session:
            is_due = _is_due(connections.connection_of(session, shop.id), shop, wiring)
        if is_due:
            wiring.queues.nudge(FILES, "keeping_alive.keep_shop_alive", shop.id)


@job
def keep_shop_alive(wiring: Wiring, shop_id: int) -> None:
    """Renew one shop's credentials."""
    with wiring.db.of_shop(shop_id) as session:
        shop = session.get(Shop, shop_id)
        if shop is None or not _is_due(connections.connection_of(session, shop_id), shop, wiring):
            return
    access, talks = as_kept(wiring, shop_id)
    renew(wiring, shop_id, access, talks)


def _is_due(row: Connection | None, shop: Shop, wiring: Wiring) -> bool:
    if row is None or row.credentials is None or not shop.address:
        return False
    if row.expires_at is None:
        is_shared = shop.platform == connections.SHARED and not row.client_id
        return is_shared and bool(wiring.settings.shopify_client_id)
    return row.renewed_at is None or row.renewed_at <= wiring.clock() - DAY
