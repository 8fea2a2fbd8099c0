"""What a process is made of, built once and handed in: settings, database, queues, artifacts, clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.artifacts import Artifacts
from app.db import Database
from app.queues import Queues
from app.settings import Settings, load_settings


@dataclass(frozen=True)
class Wiring:
    """The collaborators of a door. Rooms receive plain arguments instead."""

    settings: Settings
    db: Database
    queues: Queues
    artifacts: Artifacts
    clock: Callable[[], datetime]


def wire(settings: Settings | None = None, *, pool_size: int = 10) -> Wiring:
    """Build the wiring. Nothing connects yet; build it after the fork."""
    settings = settings or load_settings()
    return Wiring(
        settings=settings,
        db=Database(settings.database_url, pool_size=pool_size),
        queues=Queues(settings.redis_url),
        artifacts=Artifacts(settings.data_dir),
        clock=utc_now,
    )


def utc_now() -> datetime:
    """Return the machine's time, aware. Claims and leases use the database's clock instead."""
    return datetime.now(UTC)
