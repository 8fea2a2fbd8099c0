"""The plain orders file: one row for each line of an order, in UTF-8, commas between the columns.

| column        | needed | meaning                                                                          |
|---------------|--------|----------------------------------------------------------------------------------|
| order_id      | yes    | rows of one order stand together                                                 |
| ordered_at    | yes    | 2026-11-24 18:30, in the shop's time zone, or with its own: 2026-11-24T18:30+01:00 |
| item_id       | yes    | the shop's own id or article number                                              |
| quantity      | yes    | a whole number; negative is a return                                             |
| unit_price    | yes    | 12.95                                                                            |
| item_title    |        | as shown in the shop                                                             |
| item_state    |        | hidden for what is never recommended, such as postage; else empty or on_sale     |
| item_category |        | one shelf                                                                        |
| customer_id   |        | empty is a guest                                                                 |
| email         |        |                                                                                  |
| country       |        |                                                                                  |
| currency      |        | ISO 4217; the shop's own where empty                                             |
| order_state   |        | placed (or empty), cancelled, refunded                                           |

Columns by other names are let by. An item is known by its newest row with a positive price and quantity.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.rows import Row, RowReader
from plugins.csvfile.stream import as_text, read_header
from plugins.csvfile.tracking import Tracking
from plugins.errors import Malformed
from plugins.events import Line, OrderChanged
from plugins.platform import ShopFacts

REQUIRED = ("order_id", "ordered_at", "item_id", "quantity", "unit_price")
OPTIONAL = ("item_title", "item_state", "item_category", "customer_id", "email", "country", "currency", "order_state")
COLUMNS = REQUIRED + OPTIONAL


def plain_orders(header: list[str], at: Circumstances) -> Format:
    """Return how a plain orders file is read."""
    tracking = Tracking(at.shop)
    return Format(
        read=RowReader(header, at.shop, at.now).read,
        facts=_orders,
        group=lambda row: str(row.order_id),
        group_name="order_id",
        see=tracking.see,
        late=tracking.changes,
    )


def last_ordered_at(stream: BinaryIO, shop: ShopFacts, *, now: datetime) -> datetime | None:
    """Return the latest readable time in the file, None where there is none.

    Raises Malformed when the file as a whole is not what it should be.
    """
    text = as_text(stream)
    try:
        header, records = read_header(text)
        if missing := [name for name in REQUIRED if name not in header]:
            raise Malformed(f"These columns are missing: {', '.join(missing)}. The first line must name the columns.")
        reader = RowReader(header, shop, now)
        place = header.index("ordered_at")
        told = {one[place] for one in records if not isinstance(one, str) and len(one) > place}
        return max((moment for one in told if (moment := reader.time(one)) is not None), default=None)
    finally:
        text.detach()


def _orders(rows: Sequence[Row], _counts: Counter[str]) -> Iterator[OrderChanged]:
    first = rows[0]
    yield OrderChanged(
        external_id=first.order_id,
        version_at=first.ordered_at,
        placed_at=first.ordered_at,
        state=first.order_state,
        customer_external_id=first.customer_id or None,
        email=first.email or None,
        country=first.country or None,
        currency=first.currency,
        total_minor=sum(row.total_minor for row in rows),
        lines=tuple(
            Line(
                external_id=str(number),
                item_external_id=row.item_id,
                title=row.item_title,
                quantity=row.quantity,
                total_minor=row.total_minor,
            )
            for number, row in enumerate(rows, start=1)
        ),
    )
