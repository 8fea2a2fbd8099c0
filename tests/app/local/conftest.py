"""Real runs: the supervisor as a process of its own, on a folder and ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.local import postgres, valkey

ROOT = Path(__file__).resolve().parents[3]
UP_SECONDS = 90
GONE_SECONDS = 30


@dataclass
class Run:
    """One supervisor and what it said."""

    process: "subprocess.Popen[str]"
    data_dir: Path
    port: int
    words: Path

    def said(self) -> str:
        return self.words.read_text()

    def wait_until(self, sentence: str) -> None:
        deadline = time.monotonic() + UP_SECONDS
        while sentence not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder with a blank in its name, gone afterwards with the database that belongs to it."""
    top = Path(tempfile.mkdtemp(prefix="regulars-run-"))
    data_dir = top / "my data"
    yield data_dir
    if (data_dir / postgres.KEY_FILE).exists():
        shutil.rmtree(postgres.find_place(data_dir).data.parent, ignore_errors=True)
        shutil.rmtree(valkey.socket_path(data_dir).parent, ignore_errors=True)
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Run]]:
    """Start a supervisor; whatever is still there at the end is stopped."""
    runs: list[Run] = []

    def begin(*options: str, **environ: str) -> Run:
        port = int(environ.pop("PORT", "0")) or free_port()
        words = folder.parent / f"words-{len(runs)}.txt"
        told = {"DATA_DIR": str(folder), "PORT": str(port), "DEMO": "0", **environ}
        with words.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.local", *options],
                stdout=file,
                stderr=file,
                env={**os.environ, **told},
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )
        runs.append(Run(process, folder, port, words))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGTERM)
            run.process.wait(timeout=GONE_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
