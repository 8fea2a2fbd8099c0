"""Everything that is known of one person, as names and values: for a shop's own tool to put beside what it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.identity import Known
from app.privacy.archive import read_tables
from app.privacy.readable import EMPTY, WORDS
from app.privacy.readable_words import CODED, COLUMNS, MEANINGS

Named = list[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """What is known in one respect: a heading, and each thing as names with values."""

    key: str
    label: str
    things: list[Named]


def read_groups(session: Session, shop_id: int, subject: Known, *, language: str = "en") -> list[Group]:
    """Return what is theirs beyond doubt, as the archive that a merchant takes tells it. language: "en" or "de"."""
    _person, tables = read_tables(session, shop_id, subject, is_proven_only=False)
    return [
        Group(key, WORDS[language][key], [_named(row, language) for row in table])
        for key, table in tables.items()
        if table
    ]


def _named(row: Mapping[str, Any], language: str) -> Named:
    return [
        (_called(name, language), _text(name, value, language)) for name, value in row.items() if value not in EMPTY
    ]


def _called(name: str, language: str) -> str:
    return COLUMNS[language].get(name, name.replace("_", " "))


def _text(name: str, value: Any, language: str) -> str:
    if isinstance(value, bool):
        return WORDS[language]["yes" if value else "no"]
    if isinstance(value, list):
        return "; ".join(_text("", one, language) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{called}: {told}" for called, told in _named(value, language))
    return MEANINGS[language].get(str(value), str(value)) if name in CODED else str(value)
