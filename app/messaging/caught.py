"""Reading the mail that was caught on this machine instead of sent: one shop's letters, the newest first.

A letter is a file `<moment>-<number>.eml`. Whatever else lies in the folder, or is broken, is passed over.
"""

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from app.messaging.plain import one_line
from app.messaging.senders import SHOP_HEADER

FOLDER = "mail"  # in DATA_DIR
NAME = re.compile(r"(\d{20})-[0-9a-f]{8}\.eml")
LARGEST_BYTES = 2_000_000


@dataclass(frozen=True)
class CaughtMail:
    """One letter as its reader would see it. caught_at: when it came."""

    name: str  # of its file, by which it is asked for
    message_key: str  # left of the @ in its Message-ID; empty where there is none
    caught_at: datetime
    sender: str
    to: str
    subject: str


@dataclass(frozen=True)
class OpenedMail:
    """One letter opened. html is somebody's HTML: show it in a sandboxed frame only."""

    mail: CaughtMail
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def list_caught(data_dir: Path, shop_slug: str, *, most: int = 100) -> list[CaughtMail]:
    """Return a shop's caught letters, newest first."""
    found = []
    for path in _letters(data_dir):
        opened = _open(path, shop_slug, headers_only=True)
        if opened is not None:
            found.append(opened.mail)
        if len(found) == most:
            break
    return found


def read_caught(data_dir: Path, shop_slug: str, name: str) -> OpenedMail | None:
    """Return one of a shop's caught letters; None when there is none of this name, or it is another shop's."""
    if not NAME.fullmatch(name):
        return None
    return _open(data_dir / FOLDER / name, shop_slug)


def _letters(data_dir: Path) -> list[Path]:
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)


def _parse(path: Path, *, headers_only: bool) -> EmailMessage | None:
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if headers_only:
        data = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0] + b"\r\n\r\n"
    return email.message_from_bytes(data, policy=SMTP)


def _open(path: Path, shop_slug: str, *, headers_only: bool = False) -> OpenedMail | None:
    message = _parse(path, headers_only=headers_only)
    if message is None:
        return None
    try:
        if str(message.get(SHOP_HEADER, "")).strip() != shop_slug:
            return None
        headers = tuple((name, one_line(str(value))) for name, value in message.items())
        text, html = ("", "") if headers_only else (_part(message, "plain"), _part(message, "html"))
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):  # what is not a letter after all
        return None
    told = {name.lower(): value for name, value in headers}
    caught_at = datetime.fromtimestamp(int(path.name[:20]) / 1e9, UTC)
    key = told.get("message-id", "").strip(" <>").partition("@")[0]
    mail = CaughtMail(path.name, key, caught_at, told.get("from", ""), told.get("to", ""), told.get("subject", ""))
    return OpenedMail(mail, headers, text.strip(), html)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    content = part.get_content() if isinstance(part, EmailMessage) else ""
    return content.replace("\r\n", "\n") if isinstance(content, str) else ""
