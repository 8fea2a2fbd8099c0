"""What one `make run` is to start, and whether it can: settings, ports and the data folder, checked before anything."""

import errno
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import SettingsError
from app.local.traces import DATA_FOLDER
from app.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DEMO_PORT = "8001"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - the addresses that mean all, and where to reach them
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # numpy's own threads only get in the way there


@dataclass(frozen=True)
class Plan:
    """One run: the settings, what children are told, and which servers are ours."""

    settings: Settings
    environ: Mapping[str, str]
    demo_port: int | None  # None: no demo shop
    has_postgres: bool
    has_valkey: bool
    mail_port: int | None  # of our own catcher; None: SMTP_URL names a real server

    @property
    def data_dir(self) -> Path:
        return self.settings.data_dir

    @property
    def url(self) -> str:
        """Where browsers on this machine reach Regulars."""
        return self.settings.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """Where this machine itself reaches Regulars."""
        return _web_address(self.settings.host, self.settings.port)

    @property
    def demo_url(self) -> str:
        """Where browsers on this machine reach the demo shop."""
        return self.environ.get("DEMO_PUBLIC_URL") or _web_address(self.settings.host, self.demo_port or 0)

    @property
    def mail_url(self) -> str:
        """Where our own processes hand letters over that are caught; empty where SMTP_URL names a real server."""
        return "" if self.mail_port is None else f"smtp://127.0.0.1:{self.mail_port}?starttls=no&caught=yes"

    def log(self, name: str) -> Path:
        """Return where a process writes."""
        return self.data_dir / "logs" / f"{name}.log"


def make_plan(environ: Mapping[str, str] | None = None) -> Plan:
    """Read and check the environment. Raises SettingsError, naming the variable."""
    values = {name: value for name, value in (environ or os.environ).items() if value}
    # Named here rather than left out, so that no file of an earlier run decides.
    values = {"HOST": "127.0.0.1", "PORT": "8000", **values}
    values["DATA_DIR"] = str(Path(values.get("DATA_DIR", "data")).absolute())
    has_postgres = not values.keys() & {"DATABASE_URL", "DATABASE_URL_FILE"}
    has_valkey = not values.keys() & {"REDIS_URL", "REDIS_URL_FILE"}
    has_catcher = not values.keys() & {"SMTP_URL", "SMTP_URL_FILE"}
    data_dir = Path(values["DATA_DIR"])
    _make_folders(data_dir)
    # Our own servers have their addresses when they run; until then any address will do.
    ours = {"DATABASE_URL": "postgresql://" if has_postgres else "", "REDIS_URL": "unix://" if has_valkey else ""}
    settings = load_settings({**values, **{name: value for name, value in ours.items() if value}})
    values |= {DATA_FOLDER: str(data_dir), "PYTHONUNBUFFERED": "1"}
    mail_port = _free_port() if has_catcher else None
    return Plan(settings, values, _demo_port(values, settings.port), has_postgres, has_valkey, mail_port)


def check_ports(plan: Plan) -> None:
    """Make sure that nobody else listens where we will. Raises SettingsError."""
    wanted = {"PORT": plan.settings.port, "DEMO_PORT": plan.demo_port}
    for name, port in wanted.items():
        if port is not None:
            _check_port(plan.settings.host, name, port)


def demo_secret(plan: Plan) -> str:
    """Return the secret between the demo shop and Regulars, making it once with mode 0600."""
    path = plan.data_dir / "demo_webhook_secret"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def programs(plan: Plan) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the command and extra environment of each of our own processes, in starting order."""
    python = [sys.executable, "-m"]
    bind = _host_and_port(plan.settings.host, plan.settings.port)
    web = ["gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--bind", bind]
    web += ["--graceful-timeout", "3", "--no-control-socket", "app.web:create_app()"]
    ours: dict[str, tuple[list[str], dict[str, str]]] = {
        "web": ([*python, *web], ONE_THREAD),
        "trainer": ([*python, "app.jobs.worker", "slow"], {}),
    }
    if plan.mail_port is not None:
        ours["catcher"] = ([*python, "app.local.catcher", str(plan.mail_port)], {})
    if plan.demo_port is not None:
        told = {"DEMO_PORT": str(plan.demo_port), "DEMO_DATA": str(plan.data_dir / "demo"), "REGULARS_URL": plan.url}
        ours["demo"] = ([*python, "app.demo"], told)
    ours["worker"] = ([*python, "app.jobs.worker", "fast"], ONE_THREAD)
    ours["mailer"] = ([*python, "app.jobs.worker", "mail"], ONE_THREAD)
    ours["importer"] = ([*python, "app.jobs.worker", "files"], ONE_THREAD)
    ours["clock"] = ([*python, "app.jobs.clock"], {})
    return ours


def _make_folders(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / "logs").mkdir(exist_ok=True)
        probe = data_dir / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        sentence = f"DATA_DIR: cannot write {data_dir} ({error.strerror}). Name a folder you may write."
        raise SettingsError(sentence) from error


def _demo_port(values: Mapping[str, str], port: int) -> int | None:
    if (wanted := values.get("DEMO", "1")) not in ("0", "1"):
        raise SettingsError("DEMO: must be 1 (with the demo shop) or 0 (without).")
    if wanted == "0":
        return None
    text = values.get("DEMO_PORT", DEMO_PORT)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsError("DEMO_PORT: must be a number between 1 and 65535.")
    if int(text) == port:
        raise SettingsError(f"PORT and DEMO_PORT are both {port}. Choose two.")
    return int(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_port(host: str, name: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as our servers do: yesterday's is no obstacle
            probe.bind(address)
    except socket.gaierror as error:
        raise SettingsError(f"HOST: {host} is no address of this machine.") from error
    except PermissionError as error:
        raise SettingsError(f"{name}: you may not listen on {port}. Choose a number above 1023.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            hint = f"Stop that, or choose another: make run {name}={port + 10}"
            raise SettingsError(f"{name}: another program listens on {port} already. {hint}") from error
        raise SettingsError(f"HOST: cannot listen on {host} ({error.strerror}).") from error


def _web_address(host: str, port: int) -> str:
    return f"http://{_host_and_port(EVERYWHERE.get(host, host), port)}"


def _host_and_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
