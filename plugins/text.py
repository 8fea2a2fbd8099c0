"""Plain text out of what shops and shoppers type."""

import html
import re

LONGEST_TITLE = 300
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def plain(text: str, limit: int = LONGEST_TITLE) -> str:
    """Decode entities, drop markup and control characters, and cut what is too long.

    This makes titles readable; it is no defence. Whoever shows a title still escapes it.
    """
    bare = _MARKUP.sub(" ", html.unescape(text[: limit * 20]))
    return " ".join(_INVISIBLE.sub(" ", bare).split())[:limit]


def address_line(street: str | None, *rest: str | None) -> str | None:
    """Return an address in one line, or nothing without a street: a town alone is nobody's address."""
    parts = [plain(part or "") for part in (street, *rest)]
    return ", ".join(part for part in parts if part) if parts[0] else None
