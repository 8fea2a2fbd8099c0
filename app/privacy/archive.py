"""Everything that is known of one person, for them to read and to take along: a zip, made when asked, kept nowhere.

`index.html` is for people and opens without a network; `data.json` is for machines; every table is there for
spreadsheets too, in cells that no spreadsheet runs.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import Known
from app.models import Shop
from app.privacy.known import Table, read_known
from app.privacy.person import Whole, find_person
from app.privacy.readable import write_page
from plugins.money import to_major

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet would run a cell that begins like this
MADE = (1980, 1, 1, 0, 0, 0)  # of files in a zip, whose format knows no time zone; the page says when it was made


def archive(
    session: Session, shop_id: int, subject: Known, *, language: str = "en", is_proven_only: bool = True
) -> bytes:
    """Return a zip of what is known of a person. language: "en" or "de".

    is_proven_only: nothing but what belongs to exactly these names; else whatever is theirs beyond doubt.
    """
    person, tables = read_tables(session, shop_id, subject, is_proven_only=is_proven_only)
    names = [*sorted(person.names.customers), *sorted(person.names.emails), *sorted(person.names.phones)]
    shop = session.get_one(Shop, shop_id).name
    made_at: datetime = session.execute(text("SELECT regulars_now()")).scalar_one()
    told = {"shop": shop, "made_at": _plain(made_at), "known_as": names, **tables}
    files = {
        "index.html": write_page(shop, made_at, names, tables, language),
        "data.json": json.dumps(told, indent=2, ensure_ascii=False),
        **{f"{name}.csv": _csv(table) for name, table in tables.items() if table},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        for name, content in files.items():
            zip_.writestr(zipfile.ZipInfo(name, MADE), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def read_tables(
    session: Session, shop_id: int, subject: Known, *, is_proven_only: bool = True
) -> tuple[Whole, dict[str, Table]]:
    """Return who it is, and what is known of them, readable: amounts in major units, times as text."""
    person = find_person(session, shop_id, Whole(subject, frozenset()), is_proven_only=is_proven_only)
    known = read_known(session, shop_id, person)
    return person, {name: [_readable(row) for row in table] for name, table in known.items()}


def safe_cell(value: Any) -> str:
    """Write a value as a cell; an apostrophe stands before what a spreadsheet would take for a formula."""
    told = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{told}" if told.startswith(FORMULA) and not isinstance(value, int | float) else told


def _csv(table: Table) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(table[0])
    writer.writerows([safe_cell(value) for value in row.values()] for row in table)
    return lines.getvalue()


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with amounts in major units and times as text."""
    currency = row.get("currency")
    told: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_minor") and isinstance(currency, str):
            told[name.removesuffix("_minor")] = str(to_major(value, currency))
        else:
            told[name] = _lines(value, currency) if name == "lines" else _plain(value)
    return told


def _lines(lines: Iterable[dict[str, Any]], currency: str | None) -> list[dict[str, Any]]:
    return [_readable({"currency": currency, **line}) for line in lines]


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
