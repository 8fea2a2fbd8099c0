"""Stops a run, whatever became of its supervisor.

A small process in a session of its own. It listens at a pipe that the supervisor holds and never writes to: when the
pipe closes, because the supervisor let go or because it was killed, everything of the data folder is stopped.
"""

import signal
import subprocess
import sys
from pathlib import Path

from app.local.traces import stop_everything

DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start(data_dir: Path, lock: int, root: Path) -> "subprocess.Popen[bytes]":
    """Start the guardian. It holds the data folder's lock too, so that nobody starts while it still tidies up."""
    command = [sys.executable, "-m", "app.local.guardian", str(data_dir)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, pass_fds=[lock], cwd=root
    )


def main() -> None:
    """Wait for the supervisor to be gone, then stop everything."""
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    data_dir = Path(sys.argv[1])
    stop_everything(data_dir)
    (data_dir / "servers.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
