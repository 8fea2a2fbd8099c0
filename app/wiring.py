"""What a process is made of, built once and handed in: settings, stores, queues, clock, shelves, mail, the way out."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import structlog

from app.artifacts import Artifacts
from app.db import Database
from app.identity import Seals
from app.messaging.senders import Sender
from app.messaging.smtp import SmtpSender
from app.queues import Queues
from app.serving.shelves import Shelves
from app.settings import Settings, load_settings
from app.shops.directory import Directory
from plugins.http import Client, PoliteClient


@dataclass(frozen=True)
class Wiring:
    """The collaborators of a door. Rooms receive plain arguments instead."""

    settings: Settings
    db: Database
    queues: Queues
    artifacts: Artifacts
    clock: Callable[[], datetime]
    shops: Directory
    shelves: Shelves
    seals: Seals
    sender: Sender | None  # None: SMTP_URL names no mail server
    client: Client  # the only way out to a platform

    def close(self) -> None:
        """Give every connection back."""
        if self.sender is not None:
            self.sender.close()
        self.shelves.close()
        self.queues.redis.close()
        self.db.close()


def wire(settings: Settings | None = None, *, pool_size: int = 10) -> Wiring:
    """Build the wiring. Nothing connects yet; build it after the fork."""
    settings = settings or load_settings()
    db = Database(settings.database_url, pool_size=pool_size)
    artifacts = Artifacts(settings.data_dir)
    return Wiring(
        settings=settings,
        db=db,
        queues=Queues(settings.redis_url),
        artifacts=artifacts,
        clock=utc_now,
        shops=Directory(db, settings),
        shelves=Shelves(db, artifacts),
        seals=Seals.of_secret(settings.secret_key),
        sender=SmtpSender(settings.smtp_url) if settings.smtp_url else None,
        client=PoliteClient(may_reach_private=settings.private_shops),
    )


@lru_cache(maxsize=1)
def current() -> Wiring:
    """Return this process's own wiring, built at the first call. For jobs only, which are called with ids alone."""
    return wire(pool_size=4)


def configure_logs() -> None:
    """Write logs as lines of JSON: an event's name and fields, never a person's data."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def utc_now() -> datetime:
    """Return the machine's time, aware. Claims and leases use the database's clock instead."""
    return datetime.now(UTC)
