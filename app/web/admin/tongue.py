"""The words of our pages in the reader's language: gettext, with types."""

from flask_babel import gettext, ngettext


def _(message: str, **values: object) -> str:
    """Translate a sentence; `%(name)s` in it is replaced by a value."""
    return str(gettext(message, **values))


def _n(one: str, many: str, num: int, /, **values: object) -> str:
    """Translate a sentence about one thing or many; `%(num)d` is how many."""
    return str(ngettext(one, many, num, **values))
