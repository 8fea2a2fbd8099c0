"""Numbers, times and states as a shopkeeper reads them. Templates use these as filters."""

import hashlib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask, g, url_for
from flask_babel import Babel, get_locale
from markupsafe import Markup

from app.models import PersonRole
from app.web.admin.tongue import _, _n
from plugins import PLATFORMS
from plugins.money import to_major

TRANSLATIONS = "../translations"  # beside app/web
SIZES = ("bytes", "KB", "MB", "GB")


def prepare(app: Flask) -> None:
    """Give templates the language and these words."""
    Babel(app, default_translation_directories=TRANSLATIONS, locale_selector=lambda: "en")
    times = (moment, day, month, ago, lasting)
    for word in (*times, number, share, signed_share, size, money, about_money, role, role_name, state, platform):
        app.jinja_env.filters[word.__name__] = word
    app.jinja_env.globals.update(asset=asset, readiness=dict(STATES), get_locale=_locale)


def number(value: float | None) -> str:
    """Write 541909 as 541,909, and an unknown number as a dash."""
    return "–" if value is None else format_decimal(value, format="#,##0.###", locale=_locale())


def share(value: float | None, digits: int = 0) -> str:
    """Write 0.034 as 3%."""
    return "–" if value is None else format_percent(value, format=_percent(digits), locale=_locale())


def signed_share(value: float, digits: int = 1) -> str:
    """Write 0.034 as +3.4%, and -0.034 with a true minus."""
    pattern = _percent(digits)
    return format_percent(value, format=f"+{pattern};−{pattern}", locale=_locale())


def money(minor: int | None, currency: str) -> str:
    """Write 255 GBP as £2.55."""
    return "–" if minor is None else format_currency(to_major(minor, currency), currency, locale=_locale())


def about_money(minor: float, currency: str) -> str:
    """Write an uncertain sum without its pennies: 58642 GBP as £586."""
    whole = round(float(to_major(round(minor), currency)))
    return format_currency(whole, currency, format="¤#,##0", currency_digits=False, locale=_locale())


def moment(at: datetime | None) -> str | Markup:
    """Write a moment in the shop's time zone, machine-readable as well."""
    if at is None:
        return "–"
    text = format_datetime(at, "d MMM y, HH:mm", tzinfo=_zone(), locale=_locale())
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


def day(on: date) -> str:
    """Write a day, 24 Nov 2026."""
    return format_date(on, "d MMM y", locale=_locale())


def month(on: date) -> str:
    """Write a month, Nov 2026."""
    return format_date(on, "MMM y", locale=_locale())


def ago(at: datetime | None) -> str | Markup:
    """Write how long ago a moment was, with the moment itself on hovering."""
    if at is None:
        return _("never")
    seconds = (g.here.now - at).total_seconds()
    text = _("just now") if 0 <= seconds < 5 else format_timedelta(-1 * (g.here.now - at), add_direction=True)
    exact = format_datetime(at, "d MMM y, HH:mm:ss", tzinfo=_zone(), locale=_locale())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), exact, text)


def lasting(seconds: float | None) -> str:
    """Write a duration: 48 s, 2 min 5 s, 1 h 4 min."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(n)s s", n=number(round(seconds, 1) if seconds < 10 else whole))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("%(m)d min %(s)d s", m=minutes, s=rest) if rest else _("%(m)d min", m=minutes)
    return _("%(h)d h %(m)d min", h=minutes // 60, m=minutes % 60)


def roughly(seconds: float) -> str:
    """Write what is left of long work, no more exactly than it is known."""
    if seconds < 50:
        return _("less than a minute left")
    minutes = max(round(seconds / 60), 1)
    return _n("about %(num)d minute left", "about %(num)d minutes left", minutes)


def size(value: float) -> str:
    """Write 3355443 as 3.2 MB."""
    unit = 0
    while value >= 1000 and unit < len(SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number(round(value, 1 if unit > 1 else 0))} {SIZES[unit]}"


def state(value: str) -> str:
    """Name where something stands."""
    return {
        "waiting": _("waiting"),
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed"),
        "applied": _("taken in"),
        "nothing": _("nothing for us"),
        "quarantined": _("in quarantine"),
        "serving": _("serving"),
        "refused": _("refused"),
        "retired": _("served before"),
        **_of_messages(),
    }.get(value, value)


def _of_messages() -> dict[str, str]:
    return {
        "planned": _("planned"),
        "deferred": _("put off"),
        "sending": _("being sent"),
        "sent": _("sent"),
        "skipped": _("not sent"),
        "in_doubt": _("in doubt"),
    }


def role_name(value: str) -> str:
    """Name a role in a word."""
    return {
        PersonRole.OWNER: _("Owner"),
        PersonRole.EDITOR: _("Editor"),
        PersonRole.VIEWER: _("Viewer"),
    }[PersonRole(value)]


def role(value: str) -> str:
    """Name what a person may do."""
    return {
        PersonRole.OWNER: _("Owner: everything, people and settings too"),
        PersonRole.EDITOR: _("Editor: may change what is shown and bring in files"),
        PersonRole.VIEWER: _("Viewer: may look, not change"),
    }[PersonRole(value)]


def platform(name: str) -> str:
    """Name a platform as a merchant would."""
    found = PLATFORMS.get(name)
    return found.label if found else name


def asset(name: str) -> str:
    """Return the address of a file of ours, which changes when the file does."""
    return url_for("static", filename=name, v=_fingerprint(name))


STATES = {
    "waiting": "quiet",
    "running": "live",
    "done": "good",
    "failed": "bad",
    "applied": "good",
    "nothing": "quiet",
    "quarantined": "bad",
    "serving": "good",
    "refused": "warn",
    "retired": "quiet",
    "planned": "quiet",
    "deferred": "warn",
    "sending": "live",
    "sent": "good",
    "skipped": "quiet",
    "in_doubt": "bad",
    "on": "good",
    "off": "quiet",
}
"""How a state looks. Its name is always written beside the colour."""


@cache
def _fingerprint(name: str) -> str:
    path = Path(__file__).parent.parent / "static" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def _percent(digits: int) -> str:
    return f"#,##0.{'0' * digits}%" if digits else "#,##0%"


def _locale() -> Any:
    return get_locale() or "en"


def _zone() -> Any:
    return g.here.zone if "here" in g else None
