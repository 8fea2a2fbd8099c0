"""Reading whole lists from Shopify: it writes a file of what we ask for, and tells when the file is there.

The cursor says which operation was begun, how often it was looked at, and how far its file is read. The file stands for
a week, so after a crash the reading goes on where it was. An operation that failed is begun anew a few times.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice

from plugins.errors import Malformed, Refused, Rejected
from plugins.events import Event, Parsed
from plugins.shopify.admin import Data, NotDone, ask, tell
from plugins.shopify.documents import document
from plugins.shopify.spool import Node, Root, Spool, count_pieces_of
from plugins.talking import Access, Page, Window

Read = Callable[[Node, list[Node]], Parsed]

PAGE = 250  # roots
MOST_PAGES = 400  # of a very long file the pages grow, since going on from a cursor sorts the file anew
BUSY_SECONDS = 60.0
LONGEST_WAIT = 60.0
MOST_TRIES = 4
BUSY = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}
RUNNING = {"CREATED", "RUNNING", "CANCELING"}
BARE = {"orders": "orders_bare"}  # what is asked for where customers' data are kept from us: some plans do
NOBODYS = "Shopify keeps from Regulars who ordered: its plan or the app's approval does not allow it. The rest is read."


@dataclass(frozen=True, kw_only=True)
class _Place:
    """How far a reading is."""

    operation: str = ""
    looks: int = 0
    piece: int = 0
    row: int = 0
    tries: int = 0
    is_bare: bool = False  # without whose things are: Shopify did not let us read that
    is_done: bool = False

    def page(self, waits_seconds: float = 0.0) -> Page:
        """Return a page on which nothing stands."""
        return Page(cursor=self.written(), waits_seconds=waits_seconds)

    def written(self) -> str:
        """Return the cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_all(access: Access, name: str, window: Window, cursor: str, read: Read) -> Iterator[Page]:
    """Read all that a document asks for, within a window, from a cursor on."""
    place = _Place(**json.loads(cursor)) if cursor else _Place()
    while not place.is_done:
        if not place.operation:
            place, page = _begin(access, name, window, place)
            yield page
            continue
        told = ask(access, "bulk_look", {"id": place.operation})["bulkOperation"]
        if told is not None and told["status"] in RUNNING:
            place = replace(place, looks=place.looks + 1)
            yield place.page(waits_seconds=min(2.0 * 1.3**place.looks, LONGEST_WAIT))
        elif told is None or told["status"] != "COMPLETED":
            place = _again(name, place, told)
            yield Page(cursor=place.written(), waits_seconds=1.0 if place.is_bare else BUSY_SECONDS)
        else:
            yield from _read_file(access, place, told, read)
            return


def windowed(name: str, window: Window) -> str:
    """Return a document that asks for what was changed within a window.

    From the beginning means all there is: what changes while Shopify writes comes by webhook too, and is welcome twice.
    """
    if window.since is None:
        return document(name)
    bounds = ((">=", window.since), ("<", window.until))
    search = " AND ".join(f"updated_at:{sign}'{moment:%Y-%m-%dT%H:%M:%SZ}'" for sign, moment in bounds)
    return document(name).replace('query: ""', f"query: {json.dumps(search)}", 1)


def _begin(access: Access, name: str, window: Window, place: _Place) -> tuple[_Place, Page]:
    try:
        asked = BARE[name] if place.is_bare else name
        made = tell(access, "bulk_start", {"query": windowed(asked, window)})
    except NotDone as error:
        if error.code in BUSY:
            return place, place.page(waits_seconds=BUSY_SECONDS)
        raise
    begun = replace(place, operation=made["bulkOperation"]["id"], looks=0)
    return begun, begun.page(waits_seconds=1.0)


def _again(name: str, place: _Place, told: Data | None) -> _Place:
    """Return where to begin anew after a failure. Raises Refused or Rejected where that is of no use."""
    why = (told or {}).get("errorCode") or (told or {}).get("status") or "EXPIRED"
    if why == "ACCESS_DENIED" and name in BARE and not place.is_bare:
        return _Place(tries=place.tries, is_bare=True)
    if why == "ACCESS_DENIED":
        raise Refused(
            "Shopify does not let Regulars read this list: a permission is missing, or its use of customers' data is "
            "not approved yet. Open Regulars in the Shopify admin, and accept what it asks."
        )
    if place.tries + 1 >= MOST_TRIES:
        raise Rejected(f"Shopify could not write the list, {MOST_TRIES} times ({why}). Start the reading again later.")
    return _Place(tries=place.tries + 1, is_bare=place.is_bare)


def _read_file(access: Access, place: _Place, told: Data, read: Read) -> Iterator[Page]:
    total = int(told["rootObjectCount"] or 0)
    done = replace(place, is_done=True).written()
    if not told["url"]:  # nothing was found
        yield Page(cursor=done, total=0)
        return
    pieces, size = count_pieces_of(int(told["fileSize"] or 0)), max(PAGE, total // MOST_PAGES)
    with Spool(access.client, told["url"], pieces) as spool:
        for _ in spool.sort():
            yield place.page()
        for piece in range(place.piece, pieces):
            roots = spool.roots(piece)
            row = place.row if piece == place.piece else 0
            for _ in islice(roots, row):
                pass
            while few := list(islice(roots, size)):
                row += len(few)
                yield _page(few, read, replace(place, piece=piece, row=row).written(), total)
    yield Page(cursor=done, total=total, unread=(NOBODYS,) if place.is_bare else ())


def _page(roots: list[Root], read: Read, cursor: str, total: int) -> Page:
    events: list[Event] = []
    unread: list[str] = []
    for node, children in roots:
        try:
            events.extend(read(node, children).events)
        except Malformed as error:
            unread.append(str(error))
        except (KeyError, TypeError, AttributeError):
            unread.append("Shopify's list has an entry that is not what its documents promise.")
    return Page(events=tuple(events), cursor=cursor, rows=len(roots), total=total, unread=tuple(unread))
