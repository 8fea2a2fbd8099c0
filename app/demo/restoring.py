"""A cart out of a link, `ID:QUANTITY,ID:QUANTITY`: exactly that, as far as the shop still has it, and in bounds."""

import sqlite3
from dataclasses import dataclass

from app.demo.items import Item, find_all

MOST_LINES = 50  # the cart travels in a cookie
MOST_OF_ONE = 99
LONGEST_LINK = 4000
MOST_NAMED = 3


@dataclass(frozen=True)
class Filled:
    """What a link could fill, and what there is to say about it."""

    lines: dict[str, int]
    sentences: list[str]


def fill(db: sqlite3.Connection, asked: str) -> Filled:
    """Read a link's items against what is for sale."""
    wanted = _read(asked)
    found = find_all(db, wanted)
    lines = {item.id: min(wanted[item.id], item.stock) for item in found.values() if item.stock}
    gone = [item for item in found.values() if not item.stock]
    short = [item for item in found.values() if 0 < item.stock < wanted[item.id]]
    return Filled(lines, _sentences(lines, unknown=len(wanted) - len(found), gone=gone, short=short))


def _read(asked: str) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for piece in asked[:LONGEST_LINK].split(",")[:MOST_LINES]:
        item, _, quantity = piece.strip().rpartition(":")
        if item and quantity.isascii() and quantity.isdigit() and int(quantity[:4]):
            wanted[item] = min(wanted.get(item, 0) + int(quantity[:4]), MOST_OF_ONE)
    return wanted


def _sentences(lines: dict[str, int], *, unknown: int, gone: list[Item], short: list[Item]) -> list[str]:
    said = []
    if not lines:
        said.append("Nothing of that cart can be bought here at the moment; yours was left as it is.")
    elif not (unknown or gone or short):
        said.append("Your cart is filled as you left it.")
    else:
        said.append("Your cart is filled again, as far as the shop still has it.")
    if unknown:
        said.append(f"{unknown} of its things {'is' if unknown == 1 else 'are'} no longer in the shop.")
    if gone:
        said.append(f"Sold out: {_named([item.title for item in gone])}.")
    if short:
        said.append(f"Fewer than you had: {_named([f'{item.title} (only {item.stock})' for item in short])}.")
    return said


def _named(titles: list[str]) -> str:
    more = len(titles) - MOST_NAMED
    return ", ".join(titles[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
