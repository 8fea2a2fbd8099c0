"""Every setting, read once from the environment. A wrong value names its variable and refuses to start.

`DATABASE_URL`, `REDIS_URL` and `SMTP_URL` may be left out on one machine: then the servers that `make run` started are
used (for mail, one that keeps it here), whose addresses stand in `DATA_DIR/servers.json`. Secrets also come from files:
`SECRET_KEY_FILE=/run/secrets/key`.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from app.errors import SettingsError
from plugins.money import PRICE

FILE_VARIANTS = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "SHOPIFY_CLIENT_SECRET")
SERVERS_FILE = "servers.json"
SECRET_FILE = "secret_key"  # noqa: S105 - a file name
SMTP_SHAPE = "must be like smtp://user:password@mail.example:587 or smtps://user:password@mail.example"
TLS_PORT, SUBMISSION_PORT = 465, 587
TLS_WISHES = ("required", "wanted", "no")

Port = Annotated[int, Field(ge=1, le=65535)]


@dataclass(frozen=True)
class SmtpAddress:
    """Where a mail server is and how to speak to it, as SMTP_URL says."""

    host: str
    port: int
    is_tls: bool  # from the first byte
    starttls: str  # one of TLS_WISHES; "wanted" is whenever the server offers it
    user: str
    password: str = field(repr=False)
    is_caught: bool  # by our own catcher, which is started with this word in its address


class Settings(BaseModel):
    """The frozen settings of one process."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True)

    data_dir: Path = Field(alias="DATA_DIR", default=Path("data"))
    host: str = Field(alias="HOST", default="127.0.0.1")
    port: Port = Field(alias="PORT", default=8000)
    public_url: str = Field(alias="PUBLIC_URL", default="")
    database_url: str = Field(alias="DATABASE_URL", repr=False)
    redis_url: str = Field(alias="REDIS_URL", repr=False)
    secret_key: Annotated[str, StringConstraints(min_length=32)] = Field(alias="SECRET_KEY", repr=False)
    smtp_url: str = Field(alias="SMTP_URL", default="", repr=False)  # empty: no e-mail is sent
    # The app in Shopify's store, if this server runs one for many shops. While a secret rotates: both, a blank between.
    shopify_client_id: str = Field(alias="SHOPIFY_CLIENT_ID", default="")
    shopify_client_secret: str = Field(alias="SHOPIFY_CLIENT_SECRET", default="", repr=False)
    shopify_price: str = Field(alias="SHOPIFY_PRICE", default="")  # "19.00 USD" a month; empty: nothing is charged
    private_shops: bool = Field(alias="PRIVATE_SHOPS", default=False)  # may a shop stand on this server's own network?
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = Field(alias="TRUSTED_PROXIES", default=0)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql:// (Regulars speaks PostgreSQL only)")
        return value.replace("postgres://", "postgresql://", 1)

    @field_validator("shopify_price")
    @classmethod
    def _is_price(cls, value: str) -> str:
        if value and not PRICE.fullmatch(value):
            raise ValueError("must be a month's price such as 19.00 USD, or empty")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// on your own machine)")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        if value:
            parse_smtp_url(value)
        return value

    @property
    def is_mail_caught(self) -> bool:
        """Whether e-mails stay on this machine, in our own catcher, instead of going out."""
        return bool(self.smtp_url) and parse_smtp_url(self.smtp_url).is_caught

    @property
    def base_url(self) -> str:
        """The address by which browsers reach this server."""
        return self.public_url or f"http://{self.host}:{self.port}"


def parse_smtp_url(url: str) -> SmtpAddress:
    """Read smtp://user:password@host:port?starttls=required|wanted|no, or smtps://. Raises ValueError, not quoting it.

    Without a word about STARTTLS it is required as soon as there is a password to keep.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        wishes = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError:
        raise ValueError(SMTP_SHAPE) from None
    is_tls, user = parts.scheme == "smtps", unquote(parts.username or "")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError(SMTP_SHAPE)
    starttls = wishes.get("starttls", "no" if is_tls else "required" if user else "wanted")
    if starttls not in TLS_WISHES or wishes.keys() - {"starttls", "caught"}:
        raise ValueError(f"after a question mark there may be starttls={' or '.join(TLS_WISHES)}")
    return SmtpAddress(
        host=parts.hostname,
        port=port or (TLS_PORT if is_tls else SUBMISSION_PORT),
        is_tls=is_tls,
        starttls=starttls,
        user=user,
        password=unquote(parts.password or ""),
        is_caught=wishes.get("caught") == "yes",
    )


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, or raise SettingsError naming every variable that is wrong."""
    values = _with_files({name: value for name, value in (environ or os.environ).items() if value})
    data_dir = Path(values.get("DATA_DIR", "data")).absolute()
    values["DATA_DIR"] = str(data_dir)
    values.setdefault("SECRET_KEY", read_or_make_secret(data_dir))
    for name, value in _embedded_servers(data_dir).items():
        values.setdefault(name, value)
    try:
        return Settings.model_validate({name: value for name, value in values.items() if name in _known()})
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def read_or_make_secret(data_dir: Path) -> str:
    """Return the installation's key from DATA_DIR, making it once with mode 0600."""
    path = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        sentence = f"DATA_DIR: cannot write {path} ({error.strerror}). Name a folder you may write."
        raise SettingsError(sentence) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


def _known() -> set[str]:
    return {str(field.alias) for field in Settings.model_fields.values()}


def _with_files(values: dict[str, str]) -> dict[str, str]:
    for name in FILE_VARIANTS:
        path = values.get(f"{name}_FILE")
        if path is None:
            continue
        if name in values:
            raise SettingsError(f"Both {name} and {name}_FILE are set. Keep one.")
        try:
            values[name] = Path(path).read_text().strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE: cannot read {path} ({error.strerror}).") from error
    return values


def _embedded_servers(data_dir: Path) -> dict[str, str]:
    try:
        return dict(json.loads((data_dir / SERVERS_FILE).read_text()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{data_dir / SERVERS_FILE} cannot be read. Delete it and run make run again.") from error


def _sentence(error: ValidationError) -> str:
    parts = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0])
        if fault["type"] == "missing":
            parts.append(f"{name} is not set. Start everything with make run, or set {name} to your own server.")
        else:
            parts.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}.")
    return " ".join(parts)
