"""How a job starts: with this process's wiring, and with every error told without anybody's data.

The second of the two places where errors are translated: transient ones leave the row to the sweep, and so does a
surprise, until the row's attempts are used up.
"""

import traceback
from collections.abc import Callable
from functools import wraps

import structlog

from app.errors import AppError
from app.wiring import Wiring, current
from plugins.errors import PlatformError
from recommender.errors import RecommenderError

log = structlog.get_logger()


def job(work: Callable[..., None]) -> Callable[..., None]:
    """Make `work(wiring, *ids)` callable with ids alone."""

    @wraps(work)
    def rung(*ids: int, wiring: Wiring | None = None) -> None:
        wiring = wiring or current()
        try:
            work(wiring, *ids)
        except (AppError, PlatformError, RecommenderError) as error:
            log.warning("job_stopped", job=work.__name__, ids=ids, error=type(error).__name__, reason=str(error))
        except Exception as error:  # noqa: BLE001 - the row is still there, and the sweep rings again
            log.error("job_failed", job=work.__name__, ids=ids, error=type(error).__name__, where=where(error))

    return rung


def where(error: BaseException) -> list[str]:
    """Return the places an error came through, without its words: those may hold a shopper's data."""
    return [f"{step.filename}:{step.lineno}" for step in traceback.extract_tb(error.__traceback__)[-6:]]
