"""What a shopper reads on their own page: masks, moments and the sentences of their choices, in their language."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from app.models import Erasure, WorkState
from app.profiles.profile import Profile
from app.web.admin.tongue import _, _n

WORDING_VERSION = "own-page-1"
SHOWN_DIGITS = 2


def mask_email(email: str) -> str:
    """Write an address so that its owner knows it and nobody else learns it: a***@example.com."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_phone(phone: str) -> str:
    """Write a number by its last two digits."""
    return f"··· {phone[-SHOWN_DIGITS:]}"


def clock_of(language: str, zone: str) -> Callable[[datetime], str]:
    """Return what writes a moment in the shop's time zone and the reader's language."""
    pattern = "d. MMM y, HH:mm" if language == "de" else "d MMM y, HH:mm"
    return lambda at: format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=language)


def headline(profile: Profile, language: str, zone: str) -> str:
    """Say in one sentence what the page holds."""
    if profile.first_at is None or not profile.orders:
        return _("You have not ordered here yet. This is what is known about you.")
    pattern = "d. MMMM y" if language == "de" else "d MMMM y"
    since = format_date(profile.first_at.astimezone(ZoneInfo(zone)).date(), pattern, locale=language)
    return _n(
        "You have ordered here once, on %(since)s. This is what is known about you.",
        "You have ordered here %(num)d times since %(since)s. This is what is known about you.",
        profile.orders,
        since=since,
    )


def mail_words(shop: str, *, is_given: bool) -> str:
    """Return what somebody says when they choose mail or no mail."""
    if is_given:
        return _(
            "Yes, %(shop)s may write to me by e-mail when I left something in my cart, and show what goes with it. "
            "I can take this back at any time.",
            shop=shop,
        )
    return _("No, %(shop)s may not write to me by e-mail about my cart.", shop=shop)


def personal_words(shop: str, *, is_given: bool) -> str:
    """Return what somebody says when they choose to be recognized or not."""
    if is_given:
        return _(
            "Yes, %(shop)s may use what I bought and looked at to choose what I am shown. "
            "I can take this back at any time.",
            shop=shop,
        )
    return _("No, %(shop)s may not use what I bought and looked at to choose what I am shown.", shop=shop)


def how_far(wish: Erasure, when: Callable[[datetime], str]) -> str:
    """Say how far a wish to be forgotten is."""
    if wish.state == WorkState.FAILED:
        return _("Erasing your data takes longer than it should. The shop can see this and has to act.")
    if wish.finished_at:
        return _("Your data was erased on %(when)s, everywhere.", when=when(wish.finished_at))
    if wish.live_erased_at:
        return _("Your data was erased on %(when)s.", when=when(wish.live_erased_at))
    return _("Your data is being erased.")
