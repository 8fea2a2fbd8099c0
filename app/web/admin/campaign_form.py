"""The campaign's form: what a merchant may write and set, each fault said beside its field."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.campaigns.campaigns import CONTROLS, HOURS, LONGEST_DELAY, SHORTEST_DELAY, Wish
from app.errors import BadRequest
from app.messaging.letter import check_texts
from app.messaging.texts import DEFAULT_TEXTS, Texts
from app.translations import LANGUAGES
from app.web.admin.mail_words import minutes
from app.web.admin.tongue import _

TEXTS = ("subject", "preheader", "text")
ONE_LINERS = ("subject", "preheader")
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}
CHOICES = {
    "language": [(value, LANGUAGE_NAMES[value]) for value in LANGUAGES],
    "quiet_from": [(str(hour), f"{hour}:00") for hour in HOURS],
    "quiet_until": [(str(hour), f"{hour}:00") for hour in HOURS],
}


def _clean(value: str | None) -> str:
    return (value or "").replace("\x00", "").replace("\r\n", "\n").strip()


class CampaignForm(FlaskForm):
    """What a merchant may set; `checked` says whether it holds."""

    class Meta:
        csrf = False  # checked for every form of ours before the page begins (`access.check_form`)

    subject = StringField(filters=[_clean])
    preheader = StringField(filters=[_clean])
    text = TextAreaField(filters=[_clean])
    delay_minutes = StringField(filters=[_clean])
    language = StringField(filters=[_clean])  # this and the two below are drawn as lists to choose from
    quiet_from = StringField(filters=[_clean])
    quiet_until = StringField(filters=[_clean])
    control_percent = StringField(filters=[_clean])

    def fault(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field."""
        self._fields[name].errors = [sentence]

    def value(self, name: str) -> str:
        """Return what was written into a field."""
        return str(self._fields[name].data or "")

    @property
    def texts(self) -> Texts:
        """The three texts as they stand in the form, right or wrong."""
        return Texts(**{name: self.value(name) for name in TEXTS})


def read_wish(form: CampaignForm) -> Wish | None:
    """Return what the form wishes; None when something is wrong, which then stands beside its field."""
    checks: dict[str, Callable[[], Any]] = {name: _text_check(form, name) for name in TEXTS}
    checks |= {
        "delay_minutes": lambda: _delay(form.value("delay_minutes")),
        "language": lambda: _one_of(form.value("language"), LANGUAGES, _("Choose one of these languages.")),
        "quiet_from": lambda: _hour(form.value("quiet_from")),
        "quiet_until": lambda: _hour(form.value("quiet_until")),
        "control_percent": lambda: _share(form.value("control_percent") or "0"),
    }
    found: dict[str, Any] = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except BadRequest as error:
            form.fault(name, str(error))
    return Wish(**found) if len(found) == len(checks) else None


def _text_check(form: CampaignForm, name: str) -> Callable[[], str]:
    def check() -> str:
        value = form.value(name)
        if name in ONE_LINERS and value.splitlines()[1:]:
            raise BadRequest(_("Keep it on one line."))
        check_texts(
            replace(DEFAULT_TEXTS["en"], **{name: value})
        )  # the others as they should be: a fault is this one's
        return value

    return check


def _delay(value: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 8 else -1
    if not SHORTEST_DELAY <= number <= LONGEST_DELAY:
        least, most = minutes(SHORTEST_DELAY), minutes(LONGEST_DELAY)
        raise BadRequest(_("Write a whole number of minutes, from %(least)s to %(most)s.", least=least, most=most))
    return number


def _share(value: str) -> int:
    allowed = [str(one) for one in CONTROLS]
    return int(_one_of(value, allowed, _("Write a whole number from 0 to 50.")))


def _hour(value: str) -> int:
    return int(_one_of(value, [str(hour) for hour in HOURS], _("Choose one of these hours.")))


def _one_of(value: str, allowed: Any, sentence: str) -> str:
    if value not in allowed:
        raise BadRequest(sentence)
    return value
