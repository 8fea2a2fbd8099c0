"""What of each shop is held in memory, and how it stays fresh: looked at again at most twice a second.

One thread looks, the others answer from what is there. When the database does not answer, shoppers are served from
memory.
"""

import threading
import time
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.artifacts import Artifacts
from app.db import Database
from app.errors import Unavailable
from app.models import ItemRule, RankerState, RankerVersion
from app.serving.catalogue import Catalogue, read_changes
from app.serving.impressions import Impressions
from app.serving.ranking import ServingRanker, load_serving_ranker, stamp_of
from app.serving.recommend import Answer, Ask, recommend
from app.serving.snapshot import Rule, Snapshot, unavailable_mask
from app.serving.visit import STRANGER, Visit, read_visit
from recommender.errors import RecommenderError

FRESH_SECONDS = 0.5
AWAY_SECONDS = 2.0  # a database that did not answer is left alone for this long

log = structlog.get_logger()


class Shelf:
    """One shop's snapshot, renewed when somebody asks and it is older than FRESH_SECONDS."""

    def __init__(self, db: Database, artifacts: Artifacts, shop_id: int) -> None:
        self._db = db
        self._artifacts = artifacts
        self._shop_id = shop_id
        self._lock = threading.Lock()
        self._catalogue = Catalogue()
        self._snapshot: Snapshot | None = None
        self._since: datetime | None = None
        self._look_again_at = 0.0
        self._broken_version: int | None = None
        self.is_away = False

    def id_of(self, external_id: str) -> int | None:
        """Return our id of an item the storefront speaks of; None when we do not know it."""
        self.snapshot()
        return self._catalogue.id_of(external_id)

    def snapshot(self) -> Snapshot:
        """Return the shop as it stands. Raises Unavailable when it was never seen and the database is away."""
        if time.monotonic() >= self._look_again_at and self._lock.acquire(blocking=self._snapshot is None):
            try:
                self._renew()
            finally:
                self._lock.release()
        if self._snapshot is None:
            raise Unavailable
        return self._snapshot

    def visit(self, visitor_key: bytes | None) -> Visit:
        """Return what may be used of a visitor; a stranger while the database is away."""
        if self.is_away:
            return STRANGER
        try:
            return read_visit(self._db, self._shop_id, visitor_key)
        except (SQLAlchemyError, psycopg.Error) as error:
            log.warning("visit_unread", shop_id=self._shop_id, error=type(error).__name__)
            return STRANGER

    def recommend(self, ask: Ask) -> Answer:
        """Answer one ask."""
        return recommend(self.snapshot(), ask)

    def _renew(self) -> None:
        try:
            self._look()
            self.is_away = False
            self._look_again_at = time.monotonic() + FRESH_SECONDS
        except (SQLAlchemyError, psycopg.Error) as error:
            self.is_away = True
            self._look_again_at = time.monotonic() + AWAY_SECONDS
            log.warning("shelf_not_renewed", shop_id=self._shop_id, error=type(error).__name__)

    def _look(self) -> None:
        with self._db.of_shop(self._shop_id) as session:
            now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            changed = self._catalogue.take(read_changes(session, self._shop_id, self._since))
            rules = session.execute(select(ItemRule).where(ItemRule.shop_id == self._shop_id).order_by(ItemRule.id))
            found = tuple(Rule(rule.item_id, rule.placement, rule.kind) for rule in rules.scalars())
            serving = (RankerVersion.shop_id == self._shop_id, RankerVersion.state == RankerState.SERVING)
            version = session.execute(select(RankerVersion.id, RankerVersion.artifact).where(*serving)).first()
        before = self._snapshot
        ranker = self._ranker(version, before.ranker if before else None)
        if before is None or changed or found != before.rules or ranker is not before.ranker:
            goods = dict(self._catalogue.goods)
            mask = unavailable_mask(ranker, goods) if ranker else np.empty(0, np.bool_)
            self._snapshot = Snapshot(goods, found, ranker, mask)
        self._since = now

    def _ranker(self, version: Any, current: ServingRanker | None) -> ServingRanker | None:
        if version is None or version.id == self._broken_version:
            return current
        try:
            path = self._artifacts.path(self._shop_id, version.artifact)
            if current is not None and (current.version_id, current.stamp) == (version.id, stamp_of(path)):
                return current
            return load_serving_ranker(path, version.id)
        except (RecommenderError, OSError, KeyError) as error:
            self._broken_version = version.id
            log.error("ranker_unreadable", shop_id=self._shop_id, version=version.id, error=type(error).__name__)
            return current


class Shelves:
    """The shelves of all shops that somebody asked for, and the record of what they showed."""

    def __init__(self, db: Database, artifacts: Artifacts) -> None:
        self._db = db
        self._artifacts = artifacts
        self._lock = threading.Lock()
        self._shelves: dict[int, Shelf] = {}
        self.impressions = Impressions(db)

    def of(self, shop_id: int) -> Shelf:
        """Return a shop's shelf."""
        with self._lock:
            return self._shelves.setdefault(shop_id, Shelf(self._db, self._artifacts, shop_id))

    def close(self) -> None:
        """Write down what is not yet written."""
        self.impressions.close()
