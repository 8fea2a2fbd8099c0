"""Real processes of the server, to be killed by tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import requests

from app.local import valkey

ROOT = Path(__file__).parent.parent.parent
COMMANDS = {
    "fast": ["-m", "app.jobs.worker", "fast"],
    "files": ["-m", "app.jobs.worker", "files"],
    "clock": ["-m", "app.jobs.clock"],
    "web": [
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--log-level",
        "warning",
        "app.web:create_app()",
    ],
}


class House:
    """Valkey, workers, clock and web on one database."""

    def __init__(self, folder: Path, database_url: str, port: int) -> None:
        self.folder = folder
        self.port = port
        self.environment = {
            **os.environ,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": f"unix://{valkey.socket_path(folder)}",
            "SECRET_KEY": "test-" * 10,
            "PORT": str(port),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            if name == "valkey":
                self.running[name] = valkey.start(self.folder, self.folder / "valkey.log")
                continue
            command = [sys.executable, *COMMANDS[name]]
            if name == "web":
                command += ["--bind", f"127.0.0.1:{self.port}"]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, name: str) -> None:
        """Kill a process and all its children, as kill -9 does."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def wait_for_web(self) -> None:
        def is_up() -> bool:
            try:
                return requests.get(f"http://127.0.0.1:{self.port}/health/live", timeout=1).ok
            except requests.RequestException:
                return False

        wait_until(is_up, 20)


def wait_until(is_true: Callable[[], bool], seconds: float) -> float:
    """Wait, and return how long it took. Fails when it takes longer."""
    started = time.monotonic()
    while not is_true():
        waited = time.monotonic() - started
        assert waited < seconds, f"not within {seconds} seconds"
        time.sleep(0.05)
    return time.monotonic() - started
