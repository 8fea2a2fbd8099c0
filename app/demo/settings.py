"""The demo shop's settings, read once from the environment; a missing or wrong one is named in one sentence."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

HISTORY = Path(__file__).parent / "data" / "online_retail.csv.xz"
KEY_FILE = "session_key"
ON_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listening everywhere is no address to visit
WHAT_FOR = {
    "DEMO_DATA": "the folder for the shop's own database",
    "REGULARS_URL": "the address of Regulars, such as http://127.0.0.1:8000",
    "DEMO_WEBHOOK_SECRET": "the secret that signs what the shop tells Regulars",
}


class WrongSetting(Exception):
    """A variable is missing or cannot be used."""


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """What one demo shop needs to know."""

    data: Path
    regulars_url: str
    webhook_secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8001
    public_url: str = ""
    history: Path = HISTORY

    @property
    def base_url(self) -> str:
        """The address by which browsers reach this shop; it stands in every item's link."""
        return self.public_url or f"http://{_with_port(ON_THIS_MACHINE.get(self.host, self.host), self.port)}"

    @property
    def bind(self) -> str:
        """Where to listen."""
        return _with_port(self.host, self.port)

    @property
    def webhook_url(self) -> str:
        return f"{self.regulars_url}/webhooks/demo/demo"


def load_settings(environ: Mapping[str, str] | None = None) -> DemoSettings:
    """Read the environment, or raise WrongSetting."""
    values = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    if path := values.get("DEMO_WEBHOOK_SECRET_FILE"):
        values.setdefault("DEMO_WEBHOOK_SECRET", _read(path))
    missing = [name for name in WHAT_FOR if name not in values]
    if missing:
        raise WrongSetting(f"{missing[0]} is not set: {WHAT_FOR[missing[0]]}. make run sets it for you.")
    return DemoSettings(
        data=Path(values["DEMO_DATA"]).absolute(),
        regulars_url=_web_address("REGULARS_URL", values["REGULARS_URL"]),
        webhook_secret=values["DEMO_WEBHOOK_SECRET"],
        host=values.get("HOST", "127.0.0.1"),
        port=_port(values.get("DEMO_PORT", "8001")),
        public_url=_web_address("DEMO_PUBLIC_URL", values.get("DEMO_PUBLIC_URL", "")),
        history=_file("DEMO_HISTORY", values.get("DEMO_HISTORY", str(HISTORY))),
    )


def read_or_make_key(data: Path) -> str:
    """Return the key of the session cookie, making it once with mode 0600. Raises WrongSetting."""
    path = data / KEY_FILE
    try:
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise WrongSetting(
            f"DEMO_DATA: cannot write {path} ({error.strerror}). Name a folder you may write."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise WrongSetting(f"DEMO_WEBHOOK_SECRET_FILE: cannot read {path} ({error.strerror}).") from error


def _file(name: str, value: str) -> Path:
    if not Path(value).is_file():
        raise WrongSetting(f"{name}: there is no file {value}.")
    return Path(value)


def _web_address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if value and not (parts.scheme in {"http", "https"} and parts.netloc and not parts.path.strip("/")):
        raise WrongSetting(f"{name} must be an address such as http://127.0.0.1:8000, without a path.")
    return value.rstrip("/")


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise WrongSetting("DEMO_PORT must be a number between 1 and 65535.")
    return int(value)
