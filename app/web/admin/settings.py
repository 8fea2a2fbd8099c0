"""The shop's settings, and the two things one pastes elsewhere: the snippet and the webhook's address."""

import secrets
from collections.abc import Callable
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length

from app.errors import BadRequest
from app.shops import audit, shops
from app.shops.secrets import WEBHOOK, add_secret, check_secret
from app.web.admin.access import Here, here, owners_only
from app.web.admin.tongue import _

SECRET_BYTES = 32


class SettingsForm(FlaskForm):
    """What a shop may change about itself."""

    class Meta:
        csrf = False  # checked for every form of ours before the page begins (`access.check_form`)

    name = StringField(validators=[Length(max=200)])
    currency = StringField(validators=[Length(max=10)])
    time_zone = StringField(validators=[Length(max=100)])
    origins = TextAreaField(validators=[Length(max=5000)])
    learns_from_imported = BooleanField()

    def errors_of(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field."""
        self._fields[name].errors = [sentence]


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/settings", endpoint="settings")(show)
    pages.post("/settings", endpoint="save_settings")(save)
    pages.post("/settings/webhook-secret", endpoint="new_secret")(new_secret)


def show() -> str:
    """Show the settings."""
    at = here()
    form = SettingsForm(
        formdata=None,
        data={
            "name": at.shop.name,
            "currency": at.shop.currency,
            "time_zone": at.shop.time_zone,
            "origins": "\n".join(at.shop.origins),
            "learns_from_imported": at.shop.learns_from_imported,
        },
    )
    return _page(at, form)


@owners_only
def save() -> ResponseReturnValue:
    """Check and keep the settings; what is wrong is said beside its field."""
    at = here()
    form = SettingsForm()
    checked = _checked(form) if form.validate() else {}
    if any(field.errors for field in form):
        return _page(at, form), 400
    with at.wiring.db.of_shop(at.shop.id) as session:
        changed = shops.change_shop(session, at.shop.id, checked)
        if changed:
            audit.record(session, at.shop.id, at.person.person_id, "settings_changed", changed=changed)
    flash(_("Kept.") if changed else _("Nothing was different."), "good")
    return redirect(url_for("admin.settings"), code=303)


@owners_only
def new_secret() -> ResponseReturnValue:
    """Take over a secret, or make one and show it this once."""
    at = here()
    given = request.form.get("secret", "").strip()
    value = given or secrets.token_urlsafe(SECRET_BYTES)
    checked = check_secret(value)
    with at.wiring.db.of_shop(at.shop.id) as session:
        add_secret(session, at.shop.id, WEBHOOK, checked, secret_key=at.wiring.settings.secret_key)
        audit.record(session, at.shop.id, at.person.person_id, "webhook_secret_added")
    if given:
        flash(_("The new secret holds from now on; the one before it for one more day."), "good")
        return redirect(url_for("admin.settings") + "#webhook", code=303)
    return render_template("admin/secret.html", here=at, secret=value, address=_webhook(at))


def _page(at: Here, form: SettingsForm) -> str:
    return render_template(
        "admin/settings.html",
        here=at,
        form=form,
        zones=sorted(available_timezones()),
        webhook=_webhook(at),
        snippet=Markup('<script src="{}/widget.js" data-shop="{}" async></script>').format(
            at.wiring.settings.base_url, at.shop.public_key
        ),
    )


def _webhook(at: Here) -> str:
    return f"{at.wiring.settings.base_url}/webhooks/{at.shop.platform}/{at.shop.slug}"


def _checked(form: SettingsForm) -> dict[str, object]:
    checks: dict[str, Callable[[], object]] = {
        "name": lambda: shops.check_name(form.name.data or ""),
        "currency": lambda: shops.check_currency((form.currency.data or "").strip()),
        "time_zone": lambda: shops.check_time_zone((form.time_zone.data or "").strip()),
        "origins": lambda: shops.check_origins(tuple((form.origins.data or "").split())),
        "learns_from_imported": lambda: bool(form.learns_from_imported.data),
    }
    checked: dict[str, object] = {}
    for name, check in checks.items():
        try:
            checked[name] = check()
        except BadRequest as error:
            form.errors_of(name, str(error))
    return checked
