"""Lists that remember their order, filter and page in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for

PAGE_ROWS = 50
LARGEST_PAGE = 100_000


@dataclass(frozen=True)
class Listing:
    """How a list is to be shown: what the address says, where it makes sense."""

    sort: str
    is_descending: bool
    page: int
    filters: Mapping[str, str]

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_ROWS

    @property
    def order(self) -> str:
        """The order as rooms take it: "-received_at"."""
        return f"-{self.sort}" if self.is_descending else self.sort

    def address(self, **changes: object) -> str:
        """Return the address of this list with something changed."""
        state = {**self.filters, "sort": self.order, "page": self.page, **changes}
        kept = {name: value for name, value in state.items() if value not in ("", None)}
        if kept.get("page") == 1:
            del kept["page"]
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **kept})

    def sorted_by(self, column: str) -> str:
        """Return the address that sorts by a column, or turns its order around."""
        turned = f"-{column}" if self.sort != column or not self.is_descending else column
        return self.address(sort=turned, page=1)

    def direction(self, column: str) -> str:
        """Return the column's aria-sort."""
        if column != self.sort:
            return "none"
        return "descending" if self.is_descending else "ascending"

    def pages(self, total: int) -> int:
        """Return how many pages there are, at least one."""
        return max(-(-total // PAGE_ROWS), 1)


def read_listing(columns: Sequence[str], *, first: str, filters: Sequence[str] = ()) -> Listing:
    """Read the list's state from the address; what it does not know, it leaves out."""
    sort = request.args.get("sort", first)
    if sort.removeprefix("-") not in columns:
        sort = first
    page = request.args.get("page", "1")
    return Listing(
        sort=sort.removeprefix("-"),
        is_descending=sort.startswith("-"),
        page=min(max(int(page), 1), LARGEST_PAGE) if page.isdecimal() and len(page) < 8 else 1,
        filters={name: request.args.get(name, "").replace("\x00", "")[:200] for name in filters},
    )
