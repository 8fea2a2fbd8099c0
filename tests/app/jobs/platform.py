"""A platform that tests play: it tells what it is given, page by page, and errs when told to."""

# ruff: noqa: ARG002 - it keeps to the form of the real ones

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.shops import connections
from app.wiring import Wiring
from plugins import PLATFORMS
from plugins.events import Event
from plugins.platform import ShopFacts
from plugins.talking import Access, Change, Credentials, Kind, Page, ShopSeen, Subscribed, Window
from tests.app.cast import MONDAY

SEEN = ShopSeen(
    name="Harbour Tea & Coffee",
    facts=ShopFacts(currency="GBP", time_zone="Europe/London"),
    storefronts=("https://harbour-tea.example", "https://www.harbour-tea.example"),
    missing_scopes=("read_all_orders",),
    notes=("Only the last sixty days of orders can be read.",),
)


@dataclass
class PlayedTalks:
    """Everything a shop has, by kind. `errors`: raised one after the other before the next page or change."""

    has: dict[Kind, list[Event]] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = (Kind.ITEMS, Kind.ORDERS)
    seen: ShopSeen = SEEN
    errors: list[Exception] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    page_rows: int = 2
    fetched: list[tuple[Kind, Window, str]] = field(default_factory=list)
    subscribed: list[tuple[str, bytes]] = field(default_factory=list)
    written: list[tuple[str, Change]] = field(default_factory=list)
    said: Subscribed = field(default_factory=lambda: Subscribed(topics=("order.created",), mended=("order.created",)))

    def look_at(self, access: Access) -> ShopSeen:
        self._err()
        return self.seen

    def subscribe(self, access: Access, delivery_url: str, secret: bytes) -> Subscribed:
        self._err()
        self.subscribed.append((delivery_url, secret))
        return self.said

    def fetch(self, kind: Kind, access: Access, shop: ShopFacts, window: Window, cursor: str = "") -> Iterator[Page]:
        self.fetched.append((kind, window, cursor))
        facts = self.has.get(kind, [])
        place = int(cursor or 0)
        if self.waits:
            yield Page(cursor=cursor, waits_seconds=self.waits.pop(0))
        while place < len(facts):
            self._err()
            told = facts[place : place + self.page_rows]
            place += len(told)
            yield Page(events=tuple(told), cursor=str(place), rows=len(told), total=len(facts))

    def list_ids(self, kind: Kind, access: Access) -> Iterator[frozenset[str]]:
        self._err()
        for fact in self.has.get(kind, []):
            yield frozenset({fact.external_id})  # type: ignore[union-attr]

    def write_back(self, change: Change, access: Access, *, key: str) -> None:
        self._err()
        self.written.append((key, change))

    def renew(self, access: Access) -> Credentials:
        raise AssertionError("these credentials hold")

    def clean_address(self, text: str) -> str:
        return text

    def begin_install(self, address: str, app: Any, state: str) -> str:
        return address

    def state_of(self, answer: Mapping[str, str]) -> str:
        return ""

    def finish_install(self, answer: Mapping[str, str], address: str, app: Any, client: Any) -> Credentials:
        return Credentials(secrets={})

    def revoke(self, access: Access) -> None:
        return

    def _err(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


def connect(wiring: Wiring, shop_id: int, at: datetime = MONDAY) -> None:
    """Connect a shop as if its merchant had said yes."""
    kept = Credentials(secrets={"key": "ck", "secret": "cs"})
    with wiring.db.of_shop(shop_id) as session:
        told = {"secret_key": wiring.settings.secret_key, "now": at}
        connections.keep_credentials(session, shop_id, kept, **told)
        session.connection().exec_driver_sql(
            "UPDATE shops SET address = 'https://harbour-tea.example' WHERE id = %s", (shop_id,)
        )


def play(monkeypatch: Any, platform: str = "woocommerce") -> PlayedTalks:
    """Put a played platform in the place of a real one."""
    played = PlayedTalks()
    monkeypatch.setattr(PLATFORMS[platform], "talks", played, raising=False)
    return played
