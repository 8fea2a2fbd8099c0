"""What was shown, written down in batches, best effort: no shopper waits for it, a crash may lose half a second."""

import queue
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import consent
from app.db import Database
from app.models import Click, Impression
from app.serving.recommend import Answer

FLUSH_SECONDS = 0.3
MOST_WAITING = 20_000

log = structlog.get_logger()


@dataclass(frozen=True)
class _Told:
    shop_id: int
    row: dict[str, Any]


class Impressions:
    """A notebook with one writer of its own, who starts at the first line."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lines: queue.Queue[_Told | None] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self.lost = 0

    def note(self, shop_id: int, answer: Answer, visitor_key: bytes | None) -> None:
        """Remember one answer that was given. `visitor_key` only where the visitor agreed to be remembered."""
        row = {
            "shop_id": shop_id,
            "id": answer.impression_id,
            "placement": answer.placement,
            "source": str(answer.source),
            "ranker_version_id": answer.ranker_version_id,
            "visitor_key": visitor_key,
            "item_ids": [shown.good.id for shown in answer.items],
        }
        try:
            self._lines.put_nowait(_Told(shop_id, row))
        except queue.Full:
            self.lost += 1
            return
        if self._writer is None:
            self._start()

    def close(self) -> None:
        """Write what waits and stop."""
        with self._lock:
            if self._writer is not None:
                self._lines.put(None)
                self._writer.join(timeout=5)
                self._writer = None

    def _start(self) -> None:
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, daemon=True, name="impressions")
                self._writer.start()

    def _write(self) -> None:
        is_over = False
        pause = threading.Event()
        while not is_over:
            lines = [self._lines.get()]
            pause.wait(FLUSH_SECONDS if lines[0] is not None else 0)
            while not self._lines.empty():
                lines.append(self._lines.get_nowait())
            is_over = None in lines
            by_shop: dict[int, list[dict[str, Any]]] = defaultdict(list)
            for line in lines:
                if line is not None:
                    by_shop[line.shop_id].append(line.row)
            for shop_id, rows in by_shop.items():
                self._keep(shop_id, rows)

    def _keep(self, shop_id: int, rows: list[dict[str, Any]]) -> None:
        try:
            with self._db.of_shop(shop_id) as session:
                keys = {row["visitor_key"] for row in rows} - {None}
                agreeing = consent.agreeing(session, shop_id, keys) if keys else frozenset[bytes]()
                for row in rows:  # who was forgotten since, or took their yes back, is nobody
                    row["visitor_key"] = row["visitor_key"] if row["visitor_key"] in agreeing else None
                session.execute(insert(Impression).on_conflict_do_nothing(), rows)
        except SQLAlchemyError as error:
            self.lost += len(rows)
            log.warning("impressions_lost", shop_id=shop_id, count=len(rows), error=type(error).__name__)


def mark_seen(session: Session, shop_id: int, impression_ids: list[UUID]) -> int:
    """Mark answers that were looked at, and return how many we know."""
    done = session.execute(
        text("""
            UPDATE impressions SET seen_at = coalesce(seen_at, clock_timestamp())
            WHERE shop_id = :shop_id AND id = ANY(:ids) RETURNING id
        """),
        {"shop_id": shop_id, "ids": impression_ids},
    )
    return len(done.all())


def keep_click(session: Session, shop_id: int, impression_id: UUID, item_id: int) -> bool:
    """Keep one followed item; False unless that answer did show it."""
    shown = session.get(Impression, (shop_id, impression_id))
    if shown is None or item_id not in shown.item_ids:
        return False
    row = {"shop_id": shop_id, "impression_id": impression_id, "item_id": item_id}
    session.execute(insert(Click).values(**row).on_conflict_do_nothing())
    return True
