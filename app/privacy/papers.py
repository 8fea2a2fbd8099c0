"""What was handed in and is kept as it came: bodies of deliveries, and rows of files that nobody could read.

Each that tells of the person is emptied; each that does not stays. What still waits to be taken in is left: it is
written without the person then, and emptied (see `app/ingest/forgotten.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.privacy.marks import Marks, unescaped
from app.privacy.person import Name
from plugins import PLATFORMS
from plugins.errors import PlatformError
from plugins.events import Event
from plugins.platform import Delivery, ShopFacts

BATCH = 2000

READ_DELIVERIES = text("""
    SELECT id, platform, headers, body, received_at FROM deliveries
    WHERE shop_id = :shop_id AND id > :after AND state <> 'waiting' AND body IS NOT NULL
        AND (CAST(:since AS timestamptz) IS NULL OR processed_at >= :since)
    ORDER BY id LIMIT :most
""")
EMPTY_DELIVERIES = text("""
    UPDATE deliveries SET body = NULL, headers = '{}',
        reason = CASE WHEN state = 'quarantined' THEN :reason ELSE '' END
    WHERE shop_id = :shop_id AND id = ANY(:ids) AND state <> 'waiting'
""")
EMPTIED = "It told of somebody who was forgotten, so it was emptied."
READ_ROWS = text("""
    SELECT import_id, row_number, raw FROM set_aside_rows
    WHERE shop_id = :shop_id AND (import_id, row_number) > (:import_id, :row_number)
    ORDER BY import_id, row_number LIMIT :most
""")
DROP_ROWS = text("""
    DELETE FROM set_aside_rows WHERE shop_id = :shop_id AND (import_id, row_number) IN (
        SELECT * FROM unnest(CAST(:imports AS bigint[]), CAST(:numbers AS bigint[])))
""")


@dataclass(frozen=True)
class Reader:
    """How papers are read: for whom, by which shop's rules, and who says of which names a fact speaks."""

    marks: Marks
    shop: ShopFacts
    names_of: Callable[[Event], Iterable[Name]]

    def tells_of_them(self, row: Any) -> bool:
        """Tell whether a delivery names the person."""
        raw = bytes(row.body)
        if not self.marks.may_be_in(raw):
            return False
        if self.marks.has_address(unescaped(raw)):
            return True
        delivery = Delivery(headers=row.headers, body=raw, received_at=row.received_at)
        try:
            parsed = PLATFORMS[row.platform].parse(delivery, self.shop)
        except (PlatformError, KeyError):
            return self.marks.are_in(raw)
        if not parsed.events:
            return self.marks.are_in(raw)
        return self.marks.are_told_by(parsed.events, {name for fact in parsed.events for name in self.names_of(fact)})


def empty_deliveries(
    session: Session, shop_id: int, reader: Reader, *, after: int, since: datetime | None = None
) -> tuple[int, int | None]:
    """Empty the next batch's bodies that name the person; return how many, and after which id to go on (None: end).

    since: look only at what was taken in from then on.
    """
    told = {"shop_id": shop_id, "after": after, "most": BATCH, "since": since}
    rows = session.execute(READ_DELIVERIES, told).all()
    ids = [row.id for row in rows if reader.tells_of_them(row)]
    if ids:
        session.execute(EMPTY_DELIVERIES, {"shop_id": shop_id, "ids": ids, "reason": EMPTIED})
    return len(ids), rows[-1].id if len(rows) == BATCH else None


def drop_set_aside(session: Session, shop_id: int, marks: Marks) -> int:
    """Delete the rows of files that were set aside and name the person; return how many."""
    dropped, last = 0, (0, 0)
    while True:
        told = {"shop_id": shop_id, "import_id": last[0], "row_number": last[1], "most": BATCH}
        rows = session.execute(READ_ROWS, told).all()
        theirs = [row for row in rows if marks.are_in(row.raw.encode())]
        if theirs:
            where = {"imports": [row.import_id for row in theirs], "numbers": [row.row_number for row in theirs]}
            session.execute(DROP_ROWS, {"shop_id": shop_id, **where})
        dropped += len(theirs)
        if len(rows) < BATCH:
            return dropped
        last = (rows[-1].import_id, rows[-1].row_number)
