"""Waiting until everybody knows: whoever wrote before the tombstones stood has ended.

Deliveries and files are taken in by transactions that ask for tombstones once. One that asked a moment too early may
still write a forgotten person's row, unseen by us; so what it writes is waited for, and deleted with the rest.
"""

import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

PAUSE_SECONDS = 0.05
NOW_BEGUN = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
OLDEST_OPEN = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


def mark(session: Session) -> int:
    """Return the number under which every writing transaction that is open now has begun."""
    return int(session.execute(NOW_BEGUN).scalar_one())


def is_passed(session: Session, number: int) -> bool:
    """Tell whether all writing transactions that had begun under a number have ended."""
    return int(session.execute(OLDEST_OPEN).scalar_one()) >= number


def wait_until(is_true: Callable[[], bool], seconds: float) -> bool:
    """Ask until it is true; False when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
