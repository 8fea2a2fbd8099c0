"""`python -m app.local.catcher PORT`: a mail server that keeps every letter as a file on this machine and sends none.

`make run` starts it where SMTP_URL names no real one. It listens on the loopback only; its folder is its owner's only.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from app.messaging.caught import FOLDER, NAME
from app.settings import load_settings

HOST = "127.0.0.1"
MOST_KEPT = 200
LARGEST_BYTES = 2_000_000


class Catcher:
    """Keeps letters as files, the last so many of them."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep one letter."""
        self.keep(envelope.content if isinstance(envelope.content, bytes) else b"")
        return "250 2.0.0 Caught. It stays on this machine."

    def keep(self, letter: bytes) -> Path:
        """Write a letter down, whole or not at all, and let the oldest go."""
        # a file's name tells its moment and nothing else
        path = self._folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
        half = path.with_suffix(".half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(letter)
        half.replace(path)
        for old in sorted(one for one in self._folder.iterdir() if NAME.fullmatch(one.name))[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
        return path


async def catch(port: int, catcher: Catcher) -> None:
    """Take letters until told to stop."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(catcher, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, hostname="catcher", loop=loop),
        HOST,
        port,
    )
    async with server:
        await stopped.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(catch(int(sys.argv[1]), Catcher(load_settings().data_dir)))
