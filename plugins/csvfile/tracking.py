"""What the rows of a file say about items and customers, told when first seen and once more at the end if it changed.

Memory grows with the catalogue and the customers, not with the orders.
"""

from plugins.csvfile.rows import Row
from plugins.events import CustomerChanged, ItemChanged
from plugins.platform import ShopFacts


class Tracking:
    """The newest row of each item and customer."""

    def __init__(self, shop: ShopFacts) -> None:
        self._currency = shop.currency
        self._items: dict[str, Row] = {}
        self._customers: dict[str, Row] = {}
        self._new_items: dict[str, None] = {}
        self._new_customers: dict[str, None] = {}
        self._told_items: dict[str, ItemChanged] = {}
        self._told_customers: dict[str, CustomerChanged] = {}

    def see(self, row: Row) -> None:
        """Take one row in."""
        if row.quantity > 0 and row.price_minor > 0 and row.currency == self._currency:
            known = self._items.get(row.item_id)
            if known is None:
                self._new_items[row.item_id] = None
            if known is None or row.ordered_at >= known.ordered_at:
                self._items[row.item_id] = row
        if row.customer_id:
            before = self._customers.get(row.customer_id)
            if before is None:
                self._new_customers[row.customer_id] = None
            if before is None or row.ordered_at > before.ordered_at:
                self._customers[row.customer_id] = row

    def changes(self, is_last: bool) -> tuple[ItemChanged | CustomerChanged, ...]:  # noqa: FBT001 - as a Format calls it
        """Return what is new since the last call; at the end, whatever changed since it was first told."""
        items = self._items if is_last else self._new_items
        customers = self._customers if is_last else self._new_customers
        fresh_items = [item for key in items if (item := self._item(key)) != self._told_items.get(key)]
        fresh_customers = [one for key in customers if (one := self._customer(key)) != self._told_customers.get(key)]
        self._told_items.update((item.external_id, item) for item in fresh_items)
        self._told_customers.update((one.external_id, one) for one in fresh_customers)
        self._new_items.clear()
        self._new_customers.clear()
        return (*fresh_items, *fresh_customers)

    def _item(self, key: str) -> ItemChanged:
        row = self._items[key]
        return ItemChanged(
            external_id=key,
            version_at=row.ordered_at,
            title=row.item_title or key,
            price_minor=row.price_minor,
            currency=self._currency,
            categories=(row.item_category,) if row.item_category else (),
            state=row.item_state,
        )

    def _customer(self, key: str) -> CustomerChanged:
        row = self._customers[key]
        return CustomerChanged(
            external_id=key, version_at=row.ordered_at, email=row.email or None, country=row.country or None
        )
