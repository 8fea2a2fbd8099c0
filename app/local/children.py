"""One process that is kept alive: started again a little later each time it dies, and given up when that is idle."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.local.postgres import CannotStart

AT_ONCE_SECONDS = 10.0  # a process that lived longer died of something new
MOST_DEATHS_AT_ONCE = 5
LONGEST_WAIT_SECONDS = 15.0
LARGEST_LOG = 20_000_000  # bytes; then it becomes the old one


@dataclass
class Child:
    """A process to keep alive, and how it has fared."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    _started_at: float = 0.0
    _again_at: float = 0.0
    _deaths: int = field(default=0)

    def begin(self) -> None:
        """Start the process for the first time. Raises CannotStart."""
        self._started_at = time.monotonic()
        self.process = self.start()

    def keep_alive(self, say: Callable[[str], None]) -> None:
        """Start the process if it is due. Raises CannotStart when it keeps dying at once."""
        if self.process is not None and self.process.poll() is not None:
            self._mourn(say, f"exit code {self.process.returncode}")
        if self.process is None and time.monotonic() >= self._again_at:
            try:
                self.begin()
            except CannotStart as fault:
                self._mourn(say, str(fault))

    def _mourn(self, say: Callable[[str], None], why: str) -> None:
        self.process = None
        lived = time.monotonic() - self._started_at
        self._deaths = self._deaths + 1 if lived < AT_ONCE_SECONDS else 1
        if self._deaths >= MOST_DEATHS_AT_ONCE:
            raise CannotStart(
                f"{self.name} ended at once {self._deaths} times in a row ({why}), so Regulars stops. "
                f"Its last words: {last_words(self.log)!r}. All of them are in {self.log}."
            )
        wait = min(2.0 ** (self._deaths - 1) - 1, LONGEST_WAIT_SECONDS)
        self._again_at = time.monotonic() + wait
        say(f"{self.name} ended ({why}); starting it again" + (f" in {wait:.0f} s." if wait else "."))


def spawn(command: list[str], log: Path, environ: dict[str, str], cwd: Path) -> "subprocess.Popen[bytes]":
    """Start one of our own processes, with its words going to `log`."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as words:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
            env=environ,
            cwd=cwd,
        )


def last_words(log: Path) -> str:
    """Return the last line of a log that holds something."""
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - 4096, 0))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
