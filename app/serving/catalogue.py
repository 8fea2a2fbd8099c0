"""A shop's items in memory, as they stood a moment ago."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Some seconds are read again each time, because a row that was written earlier may be committed later.
OVERLAP_SECONDS = 10

CHANGED = text("""
    SELECT i.id, i.external_id, i.parent_external_id, i.title, i.url, i.image_url, i.price_minor, i.currency,
        i.state = 'on_sale' AND i.is_in_stock IS NOT FALSE AND d.external_id IS NULL AS is_available,
        coalesce(i.created_at, 'epoch') AS created_at
    FROM items i LEFT JOIN deletion_reports d
        ON d.shop_id = i.shop_id AND d.kind = 'item' AND d.external_id = i.external_id AND d.reported_at >= i.version_at
    WHERE i.shop_id = :shop_id
        AND (CAST(:since AS timestamptz) IS NULL OR i.updated_at >= :since - make_interval(secs => :overlap))
""")


@dataclass(frozen=True, slots=True)
class Good:
    """An item as it is shown. Unknown stock counts as available."""

    id: int
    external_id: str
    title: str
    url: str
    image_url: str
    price_minor: int | None
    currency: str
    is_available: bool
    created_at: datetime


@dataclass
class Catalogue:
    """All items of one shop that can be recommended, by our id; and by the platform's, which also names variants."""

    goods: dict[int, Good] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    _parents: dict[str, str] = field(default_factory=dict)

    def id_of(self, external_id: str) -> int | None:
        """Return our id of an item, or of the item a variant belongs to."""
        return self.ids.get(self._parents.get(external_id, external_id))

    def take(self, rows: Iterable[Any]) -> list[Good]:
        """Take in what changed and return it."""
        changed = []
        for row in rows:
            if row.parent_external_id is not None:
                self._parents[row.external_id] = row.parent_external_id
                continue
            good = Good(
                id=row.id,
                external_id=row.external_id,
                title=row.title,
                url=row.url,
                image_url=row.image_url,
                price_minor=row.price_minor,
                currency=row.currency,
                is_available=row.is_available,
                created_at=row.created_at,
            )
            if self.goods.get(row.id) != good:
                self.goods[row.id] = good
                self.ids[row.external_id] = row.id
                changed.append(good)
        return changed


def read_changes(session: Session, shop_id: int, since: datetime | None) -> list[Any]:
    """Return the items that changed since a moment of the database's clock, all of them when it is None."""
    told = {"shop_id": shop_id, "since": since, "overlap": OVERLAP_SECONDS}
    return list(session.execute(CHANGED, told).all())
