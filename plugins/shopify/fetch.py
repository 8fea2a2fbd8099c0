"""What can be read whole from Shopify: its products, orders and customers, as the facts that webhooks tell.

Lists are read by bulk operation, those of an hour's changes too: an order's lines and a product's variants are then
whole, however many there are, and no question costs more than Shopify lets pass at once. Checkouts that nobody finished
are not read: the list no longer says the token that names them in webhooks, so each would be there twice.
"""

from collections.abc import Callable, Iterator

from plugins.errors import Unsupported
from plugins.events import Parsed
from plugins.platform import ShopFacts
from plugins.shopify.admin import Data, all_nodes
from plugins.shopify.bodies import customer_body, number_of, order_body, product_body
from plugins.shopify.bulk import Read, read_all
from plugins.shopify.customers import read_customer
from plugins.shopify.items import read_item
from plugins.shopify.orders import read_order
from plugins.shopify.origin import Body, Origin
from plugins.shopify.scopes import ALL_ORDERS
from plugins.talking import Access, Kind, Page, Window

KINDS = (Kind.ITEMS, Kind.ORDERS, Kind.CUSTOMERS)

ToBody = Callable[[Data, list[Data]], Body]
READERS: dict[Kind, tuple[ToBody, Callable[[Body, Origin], Parsed]]] = {
    Kind.ITEMS: (product_body, read_item),
    Kind.ORDERS: (order_body, read_order),
    Kind.CUSTOMERS: (customer_body, read_customer),
}


def fetch(kind: Kind, access: Access, shop: ShopFacts, window: Window, cursor: str = "") -> Iterator[Page]:
    """Read all of a kind, or what changed within a window."""
    if kind not in READERS:
        raise Unsupported(f"Shopify has no list of {kind.value} that Regulars could read.")
    origin = Origin(shop=shop, domain=access.address, told_at=None, heard_at=access.now())
    return read_all(access, kind.value, window, cursor, _reader(kind, origin))


def list_ids(kind: Kind, access: Access) -> Iterator[frozenset[str]]:
    """List the ids of all of a kind. Raises Unsupported for orders of which only the newest may be seen."""
    if kind not in READERS:
        raise Unsupported(f"Shopify has no list of {kind.value} that Regulars could read.")
    if kind is Kind.ORDERS and ALL_ORDERS not in access.credentials.scopes:
        raise Unsupported("Shopify shows orders of the last 60 days only, so older ones are not looked for.")
    return _ids(kind, access)


def _ids(kind: Kind, access: Access) -> Iterator[frozenset[str]]:
    for nodes in all_nodes(access, f"{kind.value}_ids"):
        yield frozenset(number_of(one["id"]) for one in nodes)


def _reader(kind: Kind, origin: Origin) -> Read:
    to_body, read = READERS[kind]
    return lambda node, children: read(to_body(node, children), origin)
