"""How many pieces of something lie at one of the shop's places. Shopify counts inventory items, not products."""

from plugins.errors import Malformed
from plugins.events import Nothing, Parsed, StockCounted
from plugins.reading import Count, ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.origin import Body, Origin

LEVEL = "gid://shopify/InventoryLevel/"


class _Level(Loose):
    inventory_item_id: ExternalId
    location_id: ExternalId
    available: Count | None
    updated_at: Moment
    admin_graphql_api_id: Text | None = None


def read_level(body: Body, _origin: Origin) -> Parsed:
    """Read a count. Where nothing is counted, Shopify says so with no number at all."""
    level = read_as(_Level, body)
    name, _, key = (level.admin_graphql_api_id or "").partition("?inventory_item_id=")
    if name and (not name.startswith(LEVEL) or key not in ("", level.inventory_item_id)):
        raise Malformed(f"The topic is of a stock level, but the body is of something else: {name[:80]!r}.")
    if level.available is None:
        return Parsed(nothing=Nothing(reason="This item's pieces are not counted there."))
    counted = StockCounted(
        stock_key=level.inventory_item_id,
        location=level.location_id,
        version_at=level.updated_at,
        quantity=level.available,
    )
    return Parsed(events=(counted,))
