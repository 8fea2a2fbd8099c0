"""Which processes belong to a data folder, and how they are stopped: in order, politely, then for good.

Everything `make run` starts carries the folder in its environment and hands it down, so that children of children are
found too, and so is what an earlier run left behind, without any list that could be wrong.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

DATA_FOLDER = "REGULARS_RUNS_ON"  # in the environment of every process of a run
SERVER = "REGULARS_SERVER"  # and in that of its servers: "postgresql" or "valkey"
FIRST_SIGNALS = {"": signal.SIGTERM, "valkey": signal.SIGTERM, "postgresql": signal.SIGINT}
PATIENCE_SECONDS = {"": 5.0, "valkey": 5.0, "postgresql": 15.0}
KILLED_SECONDS = 3.0


def find(data_dir: Path) -> dict[str, list[psutil.Process]]:
    """Return the live processes of a data folder by server; ours under the empty name. Never this process."""
    found: dict[str, list[psutil.Process]] = {"": [], "valkey": [], "postgresql": []}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            environ = process.environ()
            if environ.get(DATA_FOLDER) == str(data_dir) and process.pid != os.getpid() and _lives(process):
                found[environ.get(SERVER, "")].append(process)
    return found


def stop_everything(data_dir: Path) -> int:
    """Stop every process of a data folder, servers last; return how many there were."""
    stopped = 0
    for server in ("", "valkey", "postgresql"):
        # Looked up anew each time: a child may have been born while its elders were stopping.
        processes = _eldest(find(data_dir)[server]) if server else find(data_dir)[server]
        stopped += len(processes)
        _signal(processes, FIRST_SIGNALS[server])
        _wait(processes, PATIENCE_SECONDS[server])
        leftover = find(data_dir)[server]
        _signal(leftover, signal.SIGKILL)
        _wait(leftover, KILLED_SECONDS)
    return stopped


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)


def _wait(processes: Sequence[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _eldest(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Leave out whose parent is here too: a server stops its own."""
    pids = {process.pid for process in processes}
    eldest = []
    for process in processes:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                eldest.append(process)
    return eldest
