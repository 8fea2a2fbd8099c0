"""What is done for a shop that has just been connected: it is looked at, its past put in line, its webhooks made."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.ingest.backfills import INSTALL, start_backfills, was_read_since
from app.jobs.access import open_access
from app.jobs.watching import mend_webhooks, talks_of
from app.models import Order, Shop
from app.queues import FILES
from app.shops import connections
from app.shops.shops import change_shop, check_currency, check_origins, check_time_zone
from app.wiring import Wiring
from plugins.talking import Kind, ShopSeen

LOOK = "shop"
LONGEST_NAME = 100
MOST_ORIGINS = 10
OTHER_CURRENCY = (
    "The shop sells in {theirs} now, and its orders here are in {ours}. New orders in {theirs} are set aside."
)


def set_up(wiring: Wiring, shop_id: int) -> None:
    """Look at a shop, put its past in line and make its webhooks. Harmless to repeat. Raises PlatformError."""
    access = open_access(wiring, shop_id)
    with wiring.db.of_nobody() as session:
        talks = talks_of(session.get_one(Shop, shop_id))
    seen = talks.look_at(access)
    with wiring.db.of_shop(shop_id) as session:
        _follow(session, shop_id, seen, at=wiring.clock().isoformat())
        kinds = [kind for kind in Kind if kind in talks.kinds and not _is_read(session, shop_id, kind)]
        waiting = start_backfills(session, shop_id, kinds, cause=INSTALL, until=wiring.clock())
    for backfill_id in waiting:
        wiring.queues.nudge(FILES, "backfills.run_backfill", shop_id, backfill_id)
    mend_webhooks(wiring, shop_id, access)


def _is_read(session: Session, shop_id: int, kind: Kind) -> bool:
    """Tell whether a kind came in whole since the shop was connected: what is missing since is compared by the hour.

    A shop that left and came back is connected anew, and read anew.
    """
    row = connections.connection_of(session, shop_id)
    return row is not None and row.connected_at is not None and was_read_since(session, shop_id, kind, row.connected_at)


def _follow(session: Session, shop_id: int, seen: ShopSeen, *, at: str) -> None:
    """Take over what only the shop knows; a name the merchant gave it here stays after the first time."""
    shop = session.get_one(Shop, shop_id, with_for_update=True, populate_existing=True)
    connection = connections.connection_of(session, shop_id)
    is_first = connection is None or LOOK not in connection.found
    notes = list(seen.notes)
    checked: dict[str, object] = {"time_zone": _or(check_time_zone, seen.facts.time_zone, shop.time_zone)}
    currency = _or(check_currency, seen.facts.currency, shop.currency)
    if currency == shop.currency or not _has_orders(session, shop_id):
        checked["currency"] = currency
    else:
        notes.append(OTHER_CURRENCY.format(theirs=currency, ours=shop.currency))
    if is_first and seen.name.strip():
        checked["name"] = seen.name.strip()[:LONGEST_NAME]
    origins = [*(_or(_one_origin, one, "") for one in seen.storefronts), *shop.origins]
    checked["origins"] = list(dict.fromkeys(one for one in origins if one))[:MOST_ORIGINS]
    change_shop(session, shop_id, checked)
    found = {"at": at, "name": seen.name, "missing_scopes": list(seen.missing_scopes), "notes": notes}
    connections.note_found(session, shop_id, LOOK, found)


def _or(check: Callable[[str], str], value: str, otherwise: str) -> str:
    """Return what a shop says, where it can be used."""
    try:
        return check(value)
    except BadRequest:
        return otherwise


def _one_origin(text: str) -> str:
    return check_origins((text,))[0]


def _has_orders(session: Session, shop_id: int) -> bool:
    return session.execute(select(Order.id).where(Order.shop_id == shop_id).limit(1)).first() is not None
