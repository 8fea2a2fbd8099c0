"""A WooCommerce shop read whole, or what changed meanwhile: the same facts as its webhooks.

What can be asked for by its time of change differs (seen in WooCommerce 11.0.1): products and orders can, with times in
UTC only where `dates_are_gmt` says so. Reviews know when they were written, in the shop's own time. Customers know
nothing at all, so a window of them is read from the newest account back; that an older account changed is for the
webhooks to tell. Variations are not among the products and are asked for one product at a time.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from plugins.errors import Malformed, Unsupported
from plugins.events import Event, Parsed
from plugins.platform import ShopFacts
from plugins.reading import Loose, Moment, read_as
from plugins.talking import Kind, Page, Window
from plugins.woocommerce.api import Api, as_list
from plugins.woocommerce.customers import read_customer
from plugins.woocommerce.items import read_item
from plugins.woocommerce.lists import PER_PAGE, Piece, read_list, read_place
from plugins.woocommerce.orders import read_order
from plugins.woocommerce.reviews import read_listed

PATHS = {
    Kind.ITEMS: "wc/v3/products",
    Kind.ORDERS: "wc/v3/orders",
    Kind.CUSTOMERS: "wc/v3/customers",
    Kind.REVIEWS: "wc/v3/products/reviews",
}
ALL_OF = {Kind.CUSTOMERS: {"role": "all"}, Kind.REVIEWS: {"status": "all"}}
FURTHEST_ZONE = timedelta(hours=14)
MOST_UNREAD = 20  # told per page; the rest would say the same
Read = Callable[[dict[str, Any]], Parsed]


class _Registered(Loose):
    date_created_gmt: Moment | None = None


def fetch(api: Api, kind: Kind, shop: ShopFacts, window: Window, cursor: str) -> Iterator[Page]:
    """See Talks.fetch."""
    _check(kind)
    read = _reader(kind, shop, window)
    if kind is Kind.CUSTOMERS and window.since is not None:
        yield from _new_customers(api, read, window.since)
        return
    for piece in read_list(api, PATHS[kind], {**ALL_OF.get(kind, {}), **_bounds(kind, window)}, read_place(cursor)):
        more = _variations(api, piece) if kind is Kind.ITEMS else []
        yield _page(piece.rows, more, read, cursor=piece.place.written(), total=piece.total)


def list_ids(api: Api, kind: Kind) -> Iterator[frozenset[str]]:
    """See Talks.list_ids. Variations count among the items."""
    _check(kind)
    for piece in read_list(api, PATHS[kind], {**ALL_OF.get(kind, {}), "_fields": "id,variations"}):
        ids = {str(row["id"]) for row in piece.rows}
        for row in piece.rows:
            if isinstance(row.get("variations"), list):
                ids |= {str(one) for one in row["variations"] if isinstance(one, int | str)}
        yield frozenset(ids)


def _check(kind: Kind) -> None:
    if kind not in PATHS:
        raise Unsupported(f"WooCommerce keeps no {kind} that could be read.")


def _bounds(kind: Kind, window: Window) -> dict[str, str]:
    if window.since is None or kind is Kind.CUSTOMERS:
        return {}  # whatever there is; what is made meanwhile has a higher id and is read too
    if kind is Kind.REVIEWS:
        return {"after": _plain(window.since - FURTHEST_ZONE)}
    bounds = {"modified_after": _plain(window.since), "modified_before": _plain(window.until)}
    return {**bounds, "dates_are_gmt": "true"}


def _plain(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _reader(kind: Kind, shop: ShopFacts, window: Window) -> Read:
    def read_review(body: dict[str, Any]) -> Parsed:
        return Parsed(events=(read_listed(body, window.until),))

    readers: Mapping[Kind, Read] = {
        Kind.ITEMS: lambda body: read_item(body, shop),
        Kind.ORDERS: lambda body: read_order(body, shop),
        Kind.CUSTOMERS: lambda body: read_customer(body, shop),
        Kind.REVIEWS: read_review,
    }
    return readers[kind]


def _page(
    rows: list[dict[str, Any]], more: list[dict[str, Any]], read: Read, *, cursor: str, total: int | None
) -> Page:
    events: list[Event] = []
    unread: list[str] = []
    for row in (*rows, *more):
        try:
            events.extend(read(row).events)
        except Malformed as error:
            if len(unread) < MOST_UNREAD:
                unread.append(str(error))
    return Page(events=tuple(events), cursor=cursor, rows=len(rows), total=total, unread=tuple(unread))


def _variations(api: Api, piece: Piece) -> list[dict[str, Any]]:
    """Return the variations of those products of a piece that have some, in the words a webhook has for them."""
    found: list[dict[str, Any]] = []
    for product in (row for row in piece.rows if row.get("variations")):
        for each in read_list(api, f"wc/v3/products/{product['id']}/variations", {}):
            for one in each.rows:
                name = f"{product.get('name', '')} - {one.get('name', '')}"
                image = [one["image"]] if isinstance(one.get("image"), dict) else []
                shared = {"categories": product.get("categories", []), "images": image or product.get("images", [])}
                found.append({**shared, **one, "name": name, "type": "variation", "parent_id": product["id"]})
    return found


def _new_customers(api: Api, read: Read, since: datetime) -> Iterator[Page]:
    """Read accounts from the newest back to the beginning of the window. New ones meanwhile only move others on."""
    offset, is_over = 0, False
    while not is_over:
        asked = {"role": "all", "orderby": "registered_date", "order": "desc", "per_page": str(PER_PAGE)}
        rows = as_list(api.get(PATHS[Kind.CUSTOMERS], {**asked, **({"offset": str(offset)} if offset else {})}))
        fresh = [row for row in rows if (made := read_as(_Registered, row).date_created_gmt) and made >= since]
        offset += len(rows)
        is_over = len(fresh) < len(rows) or len(rows) < PER_PAGE
        if fresh:
            yield _page(fresh, [], read, cursor="", total=None)
