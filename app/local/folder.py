"""One data folder, one run: a lock that the supervisor and its guardian hold, and that the system lets go of."""

import fcntl
import os
import time
from pathlib import Path

import psutil

from app.local.postgres import CannotStart

LOCK_FILE = "running"
TIDYING_SECONDS = 30.0  # for the guardian of a run that was killed


def claim(data_dir: Path) -> int:
    """Return the lock's descriptor, held from now on. Raises CannotStart when another run has the folder."""
    lock = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + TIDYING_SECONDS
    while not _try(lock):
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        if _lives(holder) or time.monotonic() > deadline:
            os.close(lock)
            raise CannotStart(
                f"DATA_DIR: Regulars runs on {data_dir} already (process {holder}). Stop it there, or choose another "
                "folder: make run DATA_DIR=/path/to/folder"
            )
        time.sleep(0.1)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: str) -> bool:
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False
