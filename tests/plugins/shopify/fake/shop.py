"""One shop at the fake Shopify: what is in it, what was done to it, and how fast it may be asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from plugins.shopify.scopes import SCOPES

Node = dict[str, Any]


@dataclass
class Bucket:
    """Points to ask with. They leak back in time."""

    maximum: float = 2000.0
    rate: float = 100.0
    available: float = 2000.0
    seen_at: datetime | None = None
    shut_until: datetime | None = None  # for tests: nothing comes through until then

    def take(self, cost: float, now: datetime) -> bool:
        """Take points, if there are so many."""
        if self.seen_at is not None:
            gained = (now - self.seen_at).total_seconds() * self.rate
            self.available = min(self.maximum, self.available + max(gained, 0.0))
        self.seen_at = now
        if self.shut_until is not None and now < self.shut_until:
            self.available = cost - (self.shut_until - now).total_seconds() * self.rate
            return False
        if self.available < cost:
            return False
        self.available -= cost
        return True


@dataclass
class Bulk:
    """One bulk operation."""

    id: str
    status: str = "CREATED"
    error: str | None = None
    name: str = ""  # of the file it writes; empty: nothing was found
    roots: int = 0
    size: int = 0
    looks: int = 0  # how often somebody asked how it stands


@dataclass
class FakeShop:
    """A shop. `rows` holds lists of nodes, or functions that make them when they are too many to hold."""

    domain: str
    files: Path  # where bulk operations write
    name: str = "Harbour Tea"
    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"
    is_installed: bool = True
    status: int = 200  # what its API answers with
    sees_personal_data: bool = True
    denies_personal_data: bool = False  # some are not blanked but refused, with all that was asked beside them
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    storefront: str = "<!doctype html><title>Harbour Tea</title>"
    rows: dict[str, list[Node] | Callable[[], Iterable[Node]]] = field(
        default_factory=lambda: {"products": [], "orders": [], "customers": []}
    )
    bucket: Bucket = field(default_factory=Bucket)
    bulk: dict[str, Bulk] = field(default_factory=dict)
    bulk_looks: int = 1  # so often a bulk operation is still running when it is looked at
    bulk_ends: list[str] = field(default_factory=list)  # errors the next ones end with
    bulk_busy: int = 0  # so many starts are refused, since others are running
    tags: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    consents: dict[str, tuple[str, str]] = field(default_factory=dict)  # customer -> state, when
    discounts: dict[str, Node] = field(default_factory=dict)
    campaigns: dict[str, Node] = field(default_factory=dict)
    campaign_days: dict[tuple[str, str], Node] = field(default_factory=dict)
    pixel: Any = None
    plans: list[Node] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the documents that came, by name

    def all(self, kind: str) -> Iterable[Node]:
        """Return the nodes of a kind."""
        rows = self.rows[kind]
        return rows() if callable(rows) else rows

    def has_scope(self, scope: str) -> bool:
        """Tell whether a permission is given, alone or with the one to write."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes
