"""Shops as busy doors need them: looked up by name, public key or address, remembered for a few seconds."""

import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import select

from app.db import Database
from app.models import Shop
from app.settings import Settings
from app.shops.connections import installations_app, own_app
from app.shops.secrets import WEBHOOK, current_secrets
from plugins.platform import ShopFacts
from plugins.talking import App

REMEMBERED_SECONDS = 3.0
MOST_REMEMBERED = 10_000
LONGEST_NAME = 200


@dataclass(frozen=True)
class ShopCard:
    """What a door needs to know of a shop."""

    id: int
    slug: str
    public_key: str
    platform: str
    facts: ShopFacts
    origins: frozenset[str]
    webhook_secrets: tuple[bytes, ...] = field(repr=False)  # of this shop alone
    address: str  # what its platform calls it; empty before it was connected
    app: App  # who we are to its platform
    has_own_app: bool


class Directory:
    """Finds shops; a change in the database is seen within REMEMBERED_SECONDS."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], tuple[float, ShopCard | None]] = {}

    def by_slug(self, slug: str) -> ShopCard | None:
        """Return the shop of this short name, if there is one."""
        return self._find(slug=slug)

    def by_public_key(self, public_key: str) -> ShopCard | None:
        """Return the shop of this public key, if there is one."""
        return self._find(public_key=public_key)

    def by_address(self, platform: str, address: str) -> ShopCard | None:
        """Return the shop that this platform calls so, if there is one."""
        return self._find(platform=platform, address=address)

    def installations_app(self, platform: str) -> App:
        """Return who this installation is to the shops of a platform that brought no app of their own."""
        return installations_app(platform, self._settings)

    def forget(self) -> None:
        """Look everything up anew: this process has just changed something about a shop."""
        with self._lock:
            self._known.clear()

    def _find(self, **named: str) -> ShopCard | None:
        now, key = time.monotonic(), (*named, *named.values())
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        card = self._read(named)
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (now, card)
        return card

    def _read(self, named: dict[str, str]) -> ShopCard | None:
        if any(not value or "\x00" in value or len(value) > LONGEST_NAME for value in named.values()):
            return None
        with self._db.of_nobody() as session:
            shop = session.execute(select(Shop).filter_by(**named)).scalar_one_or_none()
        if shop is None:
            return None
        with self._db.of_shop(shop.id) as session:
            found = current_secrets(session, shop.id, WEBHOOK, secret_key=self._settings.secret_key)
            own = own_app(session, shop.id, self._settings)
        return ShopCard(
            id=shop.id,
            slug=shop.slug,
            public_key=shop.public_key,
            platform=shop.platform,
            facts=ShopFacts(currency=shop.currency, time_zone=shop.time_zone),
            origins=frozenset(shop.origins),
            webhook_secrets=(*found, *(own.client_secrets if own else ())),
            address=shop.address or "",
            app=own or installations_app(shop.platform, self._settings),
            has_own_app=own is not None,
        )
