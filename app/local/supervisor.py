"""Starts everything, keeps it alive, says what happens. Stopping is the guardian's: one way for every end."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

from app.local import folder, guardian, postgres, traces, valkey
from app.local.children import Child, last_words, spawn
from app.local.plan import ROOT, Plan, check_ports, demo_secret, programs
from app.local.postgres import CannotStart
from app.settings import SERVERS_FILE

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TOLD = ("HOST", "PORT", "PUBLIC_URL")  # to `regulars` in another terminal, beside our own servers' addresses
LOOK_SECONDS = 0.2
ANSWER_SECONDS = 60.0
GUARDIAN_SECONDS = 60.0
DEMO_HISTORY = ROOT / "app" / "demo" / "data" / "online_retail.csv.xz"


class _Stopped(BaseException):
    """Somebody asked us to stop."""


class Supervisor:
    """One run of everything on one data folder."""

    def __init__(self, plan: Plan, leash: int | None = None) -> None:
        self._plan = plan
        self._leash = leash
        self._lock = -1
        self._guardian: subprocess.Popen[bytes] | None = None
        self._children: dict[str, Child] = {}
        self._guide: subprocess.Popen[bytes] | None = None
        self._environ = dict(plan.environ)

    def run(self) -> int:
        """Start everything and stay until stopped; return the exit code. Raises SettingsError, CannotStart."""
        self._lock = folder.claim(self._plan.data_dir)
        check_ports(self._plan)
        os.environ.update(self._environ)  # from here on, whatever is started carries the folder's mark
        if traces.stop_everything(self._plan.data_dir):
            _say("Stopped what an earlier run had left behind.")
        for number in SIGNALS:
            signal.signal(number, _stop)
        try:
            self._guardian = guardian.start(self._plan.data_dir, self._lock, ROOT)
            self._start()
            self._stay()
        except _Stopped:
            _say("Stopping ...")
        finally:
            self._let_go()
        _say("Stopped.")
        return 0

    def _start(self) -> None:
        started = time.monotonic()
        self._start_servers()
        _say(f"Database and queue are up ({time.monotonic() - started:.1f} s). Logs are in {self._plan.data_dir}/logs.")
        ours = programs(self._plan)
        for name in ("web", "catcher"):  # slow to load, and they need no tables for that
            if name in ours:
                self._add_program(name, *ours.pop(name))
        self._do("migrations", "alembic", "upgrade", "head")
        addresses = self._open_demo() if self._plan.demo_port is not None else ""
        if "demo" in ours:
            self._add_program("demo", *ours.pop("demo"))
        self._wait_for_web()
        _say(f"Regulars answers at {self._plan.url} ({time.monotonic() - started:.1f} s).")
        if self._plan.mail_url:
            _say("E-mails stay on this machine: they are caught, and each shop's Messages page shows them.")
        _say(f"\n{addresses}" if addresses else "Open your shop with: .venv/bin/regulars shop add --help")
        for name, (command, extra) in ours.items():
            self._add_program(name, command, extra)
        if self._plan.demo_port is not None:
            self._guide = self._guide_through_demo()

    def _start_servers(self) -> None:
        data_dir = self._plan.data_dir
        found: dict[str, str] = {}
        if self._plan.has_postgres:
            place = postgres.find_place(data_dir)
            found["DATABASE_URL"] = place.url
            self._add("postgresql", partial(postgres.start, place, self._plan.log("postgresql")))
        if self._plan.has_valkey:
            found["REDIS_URL"] = f"unix://{valkey.socket_path(data_dir)}"
            self._add("valkey", partial(valkey.start, data_dir, self._plan.log("valkey")))
        if self._plan.mail_url:
            found["SMTP_URL"] = self._plan.mail_url
        self._environ |= found
        half = data_dir / f"{SERVERS_FILE}.half"
        told = {name: self._environ[name] for name in TOLD if name in self._environ}
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)  # an address may hold a password
        half.write_text(json.dumps({**told, **found}))
        half.replace(data_dir / SERVERS_FILE)

    def _open_demo(self) -> str:
        self._environ["DEMO_WEBHOOK_SECRET"] = demo_secret(self._plan)
        return self._do("demo-open", "app.cli", "open-demo", "--address", self._plan.demo_url)

    def _guide_through_demo(self) -> "subprocess.Popen[bytes]":
        """Let the command line import, learn and tell the addresses, in our own terminal, while we watch the rest."""
        command = [sys.executable, "-m", "app.cli", "learn-demo", str(DEMO_HISTORY)]
        command += ["--address", self._plan.demo_url]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, env=self._environ, cwd=ROOT)

    def _do(self, name: str, *module: str) -> str:
        """Run something that ends, and return what it says; its complaints go to its log."""
        log = self._plan.log(name)
        with log.open("wb") as words:
            done = subprocess.run(
                [sys.executable, "-m", *module],
                stdout=subprocess.PIPE,
                stderr=words,
                env=self._environ,
                cwd=ROOT,
                check=False,
                text=True,
            )
        if done.returncode:
            raise CannotStart(f"{name} failed: {last_words(log)} More is in {log}.")
        return done.stdout

    def _add_program(self, name: str, command: list[str], extra: dict[str, str]) -> None:
        log = self._plan.log(name)
        self._add(name, lambda: spawn(command, log, {**self._environ, **extra}, ROOT))

    def _add(self, name: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        child = self._children[name] = Child(name, start, self._plan.log(name))
        child.begin()

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while not _answers(f"{self._plan.local_url}/health/live"):
            if time.monotonic() > deadline:
                raise CannotStart(f"web does not answer at {self._plan.local_url}. See {self._plan.log('web')}.")
            self._look_after()

    def _stay(self) -> None:
        while True:
            self._look_after()
            if self._guide is not None and self._guide.poll() is not None:
                if self._guide.returncode:
                    _say("The demo shop is not complete (why is above). Everything runs; Ctrl-C stops it.")
                self._guide = None

    def _look_after(self) -> None:
        time.sleep(LOOK_SECONDS)
        if self._leash is not None and os.getppid() != self._leash:
            raise _Stopped
        if self._guardian is not None and self._guardian.poll() is not None:
            self._guardian = guardian.start(self._plan.data_dir, self._lock, ROOT)
        for child in self._children.values():
            child.keep_alive(_say)

    def _let_go(self) -> None:
        """Close the guardian's pipe and wait until it has stopped everything; a second Ctrl-C changes nothing."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._guardian is None or self._guardian.stdin is None or self._guardian.poll() is not None:
            traces.stop_everything(self._plan.data_dir)
            return
        self._guardian.stdin.close()
        deadline = time.monotonic() + GUARDIAN_SECONDS
        while self._guardian.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _say(sentence: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        print(sentence, flush=True)
