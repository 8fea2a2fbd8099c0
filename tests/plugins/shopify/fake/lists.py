"""Lists at the fake: cut into pages by cursors, and held to the windows that the search syntax names."""

import base64
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.plugins.shopify.fake.shop import FakeShop, Node

TERM = re.compile(r"updated_at:(>=|<)'([^']+)'")
SEEN_DAYS = 60  # of orders, unless all may be read
PERSONAL = {"email", "phone", "billingAddress", "shippingAddress", "firstName", "lastName", "defaultAddress"} | {
    "defaultEmailAddress",
    "defaultPhoneNumber",
}


def connection(rows: list[Node], first: int | None = None, after: str | None = None, **_: Any) -> Node:
    """Return a page of a list as a connection."""
    start = int(base64.b64decode(after)) if after else 0
    end = start + (first or len(rows))
    page = rows[start:end]
    last = base64.b64encode(str(end).encode()).decode() if page else None
    return {
        "nodes": page,
        "edges": [{"node": one} for one in page],
        "pageInfo": {"hasNextPage": end < len(rows), "endCursor": last},
    }


def seen(shop: FakeShop, kind: str, query: str, now: datetime) -> Iterable[Node]:
    """Return what a shop shows of a kind to this app: within a window, and no older than it may read."""
    bounds = TERM.findall(query)
    if " AND ".join(f"updated_at:{sign}'{moment}'" for sign, moment in bounds) != query:
        raise AssertionError(f"The fake does not know this search: {query}")
    oldest = now - timedelta(days=SEEN_DAYS) if kind == "orders" and "read_all_orders" not in shop.scopes else None
    for node in shop.all(kind):
        if oldest is not None and _time(node["createdAt"]) < oldest:
            continue
        updated = _time(node["updatedAt"])
        if all(updated >= _time(one) if sign == ">=" else updated < _time(one) for sign, one in bounds):
            yield node if shop.sees_personal_data else {k: None if k in PERSONAL else v for k, v in node.items()}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
