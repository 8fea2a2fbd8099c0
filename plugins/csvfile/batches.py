"""Records of a file as batches of facts, whatever kind of file it is: nothing dropped, nothing twice, memory flat.

What kind of file it is stands in a Format: how a record becomes a row, which rows belong together, and what facts they
make. Records that cannot be read are set aside with the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from plugins.csvfile.cells import Fault
from plugins.errors import Malformed
from plugins.events import CustomerChanged, Event, ItemChanged, OrderChanged, Unreadable
from plugins.platform import ShopFacts

BATCH_ROWS = 2000
LONGEST_RAW = 500  # characters kept of a row that is set aside
MOST_SET_ASIDE = 1_000_000  # rows; a file of a few packed kilobytes can hold billions that mean nothing
FIFTY_YEARS = timedelta(days=18_262)

Record = list[str] | str  # a string is the reason why a record cannot be read


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a file does not say about itself."""

    shop: ShopFacts
    asked_at: datetime  # when this very file was first handed in
    now: datetime
    storefront: str = ""  # the shop's origin, such as https://shop.example

    @property
    def version_at(self) -> datetime:
        """When what the file says was so, where it does not tell.

        It counts as older than anything a platform says itself, and as newer than an earlier file.
        """
        return self.asked_at - FIFTY_YEARS


@dataclass(frozen=True, kw_only=True)
class Format:
    """How one kind of file is read. `counts` of what must be told to the merchant may be added to in `facts`."""

    read: Callable[[list[str]], Any]  # raises Fault
    facts: Callable[[Sequence[Any], Counter[str]], Iterable[Event]]  # of the rows of a group; raises Fault
    group: Callable[[Any], str] | None = None  # rows of one group stand together; None: each row is alone
    group_name: str = ""  # the column that says so
    see: Callable[[Any], None] = lambda _row: None  # remember what later facts need; also of rows read before
    late: Callable[[bool], Sequence[Event]] = lambda _is_last: ()  # facts that took more than one group
    batch_rows: int = 1_000_000  # fewer than BATCH_ROWS where each row costs its receiver more


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some rows of the file as facts; `rows_read` is where to go on from after this batch."""

    events: tuple[Event, ...]
    set_aside: tuple[Unreadable, ...]
    rows_accepted: int
    rows_read: int
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def orders(self) -> tuple[OrderChanged, ...]:
        """The orders of the batch."""
        return tuple(fact for fact in self.events if isinstance(fact, OrderChanged))

    @property
    def items(self) -> tuple[ItemChanged, ...]:
        """The items of the batch."""
        return tuple(fact for fact in self.events if isinstance(fact, ItemChanged))

    @property
    def customers(self) -> tuple[CustomerChanged, ...]:
        """The customers of the batch."""
        return tuple(fact for fact in self.events if isinstance(fact, CustomerChanged))


def read_batches(records: Iterator[Record], form: Format, skip_rows: int = 0) -> Iterator[Batch]:
    """Read records in batches that never split a group.

    After an interruption, `skip_rows` goes on after a batch's `rows_read`; the rows before it are read once more for
    what they say about later ones, so that the outcome is the same. Raises Malformed when there is no sense in it.
    """
    return _Reading(form, skip_rows).batches(records)


class _Reading:
    """One pass over a file: the group being gathered, and what waits for the next batch."""

    def __init__(self, form: Format, skip_rows: int) -> None:
        self._form = form
        self._skip_rows = skip_rows
        self._finished_groups: set[str] = set()
        self._group = ""
        self._gathered: list[tuple[int, list[str], Any]] = []
        self._group_is_new = False  # rows before skip_rows are read again, but only for what they say about later ones
        self._facts: list[Event] = []
        self._set_aside: list[Unreadable] = []
        self._counts: Counter[str] = Counter()
        self._accepted = self._unreadable = 0
        self._batch_start = skip_rows

    def batches(self, records: Iterator[Record]) -> Iterator[Batch]:
        row_number = 0
        for row_number, record in enumerate(records, start=1):
            row = self._row(row_number, record)
            if row is None:
                continue
            assert isinstance(record, list)
            group = self._form.group(row) if self._form.group else str(row_number)
            if not self._gathered or group != self._group:
                self._finish_group()
                self._group, self._group_is_new = group, row_number > self._skip_rows
                if row_number - 1 - self._batch_start >= min(BATCH_ROWS, self._form.batch_rows):
                    yield self._batch(row_number - 1)
            self._take(row_number, record, row)
        self._finish_group()
        yield self._batch(row_number, is_last=True)

    def _row(self, row_number: int, record: Record) -> Any | None:
        if isinstance(record, str):
            self._put_aside(row_number, record, record)
            return None
        try:
            return self._form.read(record)
        except Fault as fault:
            self._put_aside(row_number, str(fault), record)
            return None

    def _take(self, row_number: int, record: list[str], row: Any) -> None:
        if self._group in self._finished_groups:
            name = self._form.group_name
            reason = f"{self._group} ended earlier in the file. Sort the file by {name}."
            self._put_aside(row_number, reason, record)
            return
        self._gathered.append((row_number, record, row))
        self._form.see(row)

    def _finish_group(self) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered:
            return
        if self._form.group:
            self._finished_groups.add(self._group)
        if not self._group_is_new:
            return
        try:
            self._facts.extend(self._form.facts([row for _, _, row in gathered], self._counts))
            self._accepted += len(gathered)
        except Fault as fault:
            for row_number, record, _ in gathered:
                self._put_aside(row_number, str(fault), record)

    def _put_aside(self, row_number: int, reason: str, record: Record) -> None:
        self._unreadable += 1
        if self._unreadable > MOST_SET_ASIDE:
            raise Malformed(f"More than {MOST_SET_ASIDE:,} rows cannot be read. Is this the file that was meant?")
        if row_number <= self._skip_rows:
            return
        raw = record if isinstance(record, str) else ",".join(record)
        clean = raw[:LONGEST_RAW].encode("utf-8", "replace").decode().replace("\x00", "")
        self._set_aside.append(Unreadable(row_number=row_number, reason=reason, raw=clean))

    def _batch(self, rows_read: int, *, is_last: bool = False) -> Batch:
        batch = Batch(
            events=(*self._form.late(is_last), *self._facts),
            set_aside=tuple(sorted(self._set_aside, key=lambda one: one.row_number)),
            rows_accepted=self._accepted,
            rows_read=max(rows_read, self._skip_rows),
            counts=self._counts,
        )
        self._facts.clear()
        self._set_aside.clear()
        self._counts, self._accepted = Counter(), 0
        self._batch_start = rows_read
        return batch
