"""The scanner: which bytes to look for, in every form in which they might stand somewhere, and where they stand.

All planted people of one group share a marker in everything that is theirs, so that one search finds any of them.
"""

import base64
import gzip
import hashlib
import json
import lzma
import quopri
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, text

Needles = Mapping[bytes, str]  # the bytes, and what they are called in the table
SHORT = 8  # bytes; fewer are found by chance


def forms(value: str) -> dict[bytes, str]:
    """Return a text in every form in which it may stand in a file."""
    raw = value.encode()
    told: dict[bytes, str] = {}
    for case in {value, value.lower(), value.upper(), value.capitalize()}:
        told[case.encode()] = "plain"
        for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            told[case.encode(coding)] = coding[:6]
    for whole in {raw, value.lower().encode(), value.capitalize().encode()}:
        told[whole.hex().encode()] = told[whole.hex().upper().encode()] = "hex"
        for shift in range(3):
            packed = base64.b64encode(b"\0" * shift + whole + b"\0" * 3)
            first = -(-shift * 8 // 6)
            inner = packed[first + (shift > 0) : (shift + len(whole)) * 8 // 6]
            told[inner] = told[inner.translate(bytes.maketrans(b"+/", b"-_"))] = "base64"
    told["".join(f"\\u{ord(letter):04x}" for letter in value).encode()] = "JSON"
    told["".join(f"%{byte:02X}" for byte in raw).encode()] = "URL"
    told["".join(f"={byte:02X}" for byte in raw).encode()] = "quoted-printable"
    told[raw[::-1]] = "backwards"
    return {needle: name for needle, name in told.items() if len(needle) >= SHORT}


def digests(values: Iterable[str]) -> dict[bytes, str]:
    """Return the digests by which somebody may be recognized without being named."""
    told: dict[bytes, str] = {}
    for value in values:
        for maker in (hashlib.sha256, hashlib.md5, hashlib.sha1):
            made = maker(value.encode())
            told |= {
                made.digest(): "digest",
                made.hexdigest().encode(): "digest",
                base64.b64encode(made.digest()): "digest",
            }
    return told


def of_keys(keys: Iterable[bytes]) -> dict[bytes, str]:
    """Return what we keep of browsers' ids, as bytes and as text."""
    told: dict[bytes, str] = {}
    for key in keys:
        told |= {key: "browser", key.hex().encode(): "browser", base64.b64encode(key).rstrip(b"="): "browser"}
    return told


def self_test(value: str) -> None:
    """Show that the scanner sees a text in every form it claims to, at every alignment."""
    known = forms(value)
    mails = [value, value.upper(), json.dumps({"a": value}), urllib.parse.quote(f"x{value}")]
    for shift in range(4):
        told = b"?" * shift + value.encode() + b"@x"
        mails += [base64.b64encode(told).decode(), base64.urlsafe_b64encode(told).decode(), told.hex()]
        mails += [quopri.encodestring(told).decode()]
    for mail in mails:
        assert seen(mail.encode(), known), mail
    for coding in ("utf-16", "utf-32"):
        assert seen(value.encode(coding), known), coding


def seen(data: bytes, needles: Needles) -> Counter[str]:
    """Return in which forms any of the needles stands in some bytes."""
    return Counter(name for needle, name in needles.items() if needle in data)


def files(*folders: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file under folders, with the kind of place it is in."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield _place(path.relative_to(folder)), path


def scan_files(folders: Iterable[Path], needles: Needles) -> dict[str, Counter[str]]:
    """Return by place what was found in the bytes of all files; packed ones are looked into as well."""
    found: dict[str, Counter[str]] = {}
    for place, path in files(*folders):
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # gone between listing and reading
            continue
        found.setdefault(place, Counter()).update(seen(data + _unpacked(path, data), needles))
    return found


def rows(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield every row of every table as text: what is packed in a file is unpacked here. Binary columns are hex."""
    tables = connection.execute(
        text("""
            SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND (n.nspname = 'public' OR c.relname = 'pg_statistic') ORDER BY 1
        """)
    ).scalars()
    for table in list(tables):
        for row in connection.execute(text(f"SELECT t::text FROM {table} AS t")).scalars():
            yield table, row


def scan_rows(connection: Connection, needles: Needles) -> Counter[str]:
    """Return in which tables any of the needles stands."""
    found: Counter[str] = Counter()
    for table, row in rows(connection):
        if seen(row.encode(), needles):
            found[table.removeprefix("public.")] += 1
    return found


def _unpacked(path: Path, data: bytes) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(data)
    return lzma.decompress(data) if path.suffix == ".xz" else b""


def _place(path: Path) -> str:
    words = path.parts
    for name, place in {
        "pg_wal": "write-ahead log",
        "base": "tables and indexes",
        "artifacts": "rankers",
        "uploads": "files sent in",
        "mail": "caught mail",
        "valkey": "Valkey",
    }.items():
        if name in words:
            return place
    return "logs" if path.suffix == ".log" else "other files"
