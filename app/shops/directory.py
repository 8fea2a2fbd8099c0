"""Shops as busy doors need them: looked up by name or public key, remembered for a few seconds."""

import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import select

from app.db import Database
from app.models import Shop
from app.shops.secrets import WEBHOOK, current_secrets
from plugins.platform import ShopFacts

REMEMBERED_SECONDS = 3.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class ShopCard:
    """What a door needs to know of a shop."""

    id: int
    slug: str
    public_key: str
    platform: str
    facts: ShopFacts
    origins: frozenset[str]
    webhook_secrets: tuple[bytes, ...] = field(repr=False)


class Directory:
    """Finds shops; a change in the database is seen within REMEMBERED_SECONDS."""

    def __init__(self, db: Database, secret_key: str) -> None:
        self._db = db
        self._secret_key = secret_key
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, ShopCard | None]] = {}

    def by_slug(self, slug: str) -> ShopCard | None:
        """Return the shop of this short name, if there is one."""
        return self._find("slug", slug)

    def by_public_key(self, public_key: str) -> ShopCard | None:
        """Return the shop of this public key, if there is one."""
        return self._find("public_key", public_key)

    def _find(self, column: str, value: str) -> ShopCard | None:
        now = time.monotonic()
        with self._lock:
            known = self._known.get((column, value))
        if known is not None and now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        card = self._read(column, value)
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[column, value] = (now, card)
        return card

    def _read(self, column: str, value: str) -> ShopCard | None:
        if not value or "\x00" in value or len(value) > 200:
            return None
        with self._db.of_nobody() as session:
            shop = session.execute(select(Shop).where(getattr(Shop, column) == value)).scalar_one_or_none()
        if shop is None:
            return None
        with self._db.of_shop(shop.id) as session:
            found = current_secrets(session, shop.id, WEBHOOK, secret_key=self._secret_key)
        return ShopCard(
            id=shop.id,
            slug=shop.slug,
            public_key=shop.public_key,
            platform=shop.platform,
            facts=ShopFacts(currency=shop.currency, time_zone=shop.time_zone),
            origins=frozenset(shop.origins),
            webhook_secrets=tuple(found),
        )
