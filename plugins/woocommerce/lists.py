"""Long lists, read in order of their ids, from a place that holds although rows come and go meanwhile.

WooCommerce knows pages and offsets but no cursors: when a row before the place goes, the next page begins one row too
late, and a row is lost. So each page is asked to begin some rows early, on rows already seen; if it does not, the
place is moved back until it does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.errors import Malformed, Rejected
from plugins.woocommerce.api import Api, as_list

PER_PAGE = 100  # the most that WooCommerce gives
OVERLAP = 5
MOST_IN_VAIN = 3  # pages without anything new; after a place was moved back there may be one or two
TOTAL = "x-wp-total"


@dataclass(frozen=True, kw_only=True)
class Place:
    """How far a list was read: how many rows, and the id of the last."""

    offset: int = 0
    last_id: int = 0

    def written(self) -> str:
        return json.dumps([self.offset, self.last_id])


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Rows not seen before, where the list is to be gone on with, and how long it is."""

    rows: list[dict[str, Any]]
    place: Place
    total: int | None


def read_place(cursor: str) -> Place:
    """Return the place that was written. Raises Malformed."""
    if not cursor:
        return Place()
    try:
        offset, last_id = json.loads(cursor)
        return Place(offset=max(int(offset), 0), last_id=int(last_id))
    except (ValueError, TypeError):
        raise Malformed("The place where reading was to go on cannot be read. Start reading anew.") from None


def read_list(api: Api, path: str, params: Mapping[str, str], place: Place | None = None) -> Iterator[Piece]:
    """Return all rows of a list, each once, in pieces."""
    place, in_vain = place or Place(), 0
    asked = {"orderby": "id", "order": "asc", **params, "per_page": str(PER_PAGE)}
    while True:
        start = max(place.offset - OVERLAP, 0)
        reply = api.ask("GET", path, {**asked, **({"offset": str(start)} if start else {})})
        rows = _in_order(as_list(reply.json()))
        if start and (not rows or _id(rows[0]) > place.last_id):
            place = Place(offset=max(start - PER_PAGE, 0), last_id=place.last_id)  # rows before it went away
            continue
        fresh = [row for row in rows if _id(row) > place.last_id]
        last_id = _id(fresh[-1]) if fresh else place.last_id
        place = Place(offset=start + len(rows), last_id=last_id)
        is_end = len(rows) < PER_PAGE
        in_vain = 0 if fresh else in_vain + 1
        if in_vain > MOST_IN_VAIN:
            raise Rejected(
                "WooCommerce lists the same rows again and again. A plugin in the shop may meddle with lists."
            )
        if fresh:
            yield Piece(rows=fresh, place=place, total=_total(reply.headers.get(TOTAL, "")))
        if is_end:
            return


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as they are, if their ids rise: else rows would be lost, and nobody would know."""
    ids = [_id(row) for row in rows]
    if ids != sorted(set(ids)):
        raise Rejected("WooCommerce does not list by number, as asked. A plugin in the shop may meddle with lists.")
    return rows


def _id(row: Mapping[str, Any]) -> int:
    found = row.get("id")
    if not isinstance(found, int):
        raise Malformed("WooCommerce listed something without an id.")
    return found


def _total(told: str) -> int | None:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 12 else None
