"""Who the shop writes as: name, address, postal address, and what the address's domain says about that."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.errors import BadRequest
from app.jobs.sender import look_up
from app.messaging import domain, shop_sender
from app.models import MailSender
from app.shops import audit
from app.web.admin.access import Here, here
from app.web.admin.mail_places import places, post_of
from app.web.admin.tongue import _, _n
from app.web.limits import TRYING, check_pace

FIELDS = ("name", "email", "postal_address")


def _clean(value: str | None) -> str:
    return (value or "").replace("\x00", "")


class SenderForm(FlaskForm):
    """What stands outside on every letter, and at its end."""

    class Meta:
        csrf = False  # checked for every form of ours before the page begins (`access.check_form`)

    name = StringField(filters=[_clean])
    email = StringField(filters=[_clean])
    postal_address = TextAreaField(filters=[_clean])

    def fault(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field."""
        self._fields[name].errors = [sentence]


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/sender", endpoint="sender")(show)
    pages.post("/sender", endpoint="save_sender")(save)
    pages.post("/sender/check", endpoint="check_sender")(check)
    pages.post("/sender/accept", endpoint="accept_sender")(accept)


def show() -> str:
    """Show who the shop writes as, and what was found about the address."""
    at = here()
    sender = _read(at)
    data = {name: getattr(sender, name) for name in FIELDS} if sender else {"name": at.shop.name}
    return _page(at, SenderForm(formdata=None, data=data), sender)


def save() -> ResponseReturnValue:
    """Check and keep who the shop writes as; a new address is looked up at once."""
    at = here()
    form = SenderForm()
    checked = _checked(form)
    if len(checked) < len(FIELDS):
        return _page(at, form, _read(at)), 400
    with at.wiring.db.of_shop(at.shop.id) as session:
        changed = shop_sender.keep_sender(session, at.shop.id, **checked)
        if changed:
            audit.record(session, at.shop.id, at.person.person_id, "sender_changed", changed=changed)
    if "email" in changed:
        _look_up(at, checked["email"])
    flash(_("Kept.") if changed else _("Nothing was different."), "good")
    return redirect(url_for("admin.sender"), code=303)


def check() -> ResponseReturnValue:
    """Look at the domain's records once more."""
    at = here()
    sender = _read(at)
    if sender is None:
        flash(_("Say first who your mails come from."), "warn")
    elif _look_up(at, sender.email):
        flash(_("Looked again just now."), "good")
    return redirect(url_for("admin.sender") + "#records", code=303)


def accept() -> ResponseReturnValue:
    """Keep that a person saw the findings about this very address and wants to use it."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        is_accepted = shop_sender.accept(session, at.shop.id, request.form.get("email", ""))
        if is_accepted:
            audit.record(session, at.shop.id, at.person.person_id, "sender_accepted")
    if is_accepted:
        flash(_("Your mails go out under this address."), "good")
    else:
        flash(_("The address has changed meanwhile, or was not looked up yet. Look at what is found about it."), "warn")
    return redirect(url_for("admin.sender"), code=303)


def _read(at: Here) -> MailSender | None:
    with at.wiring.db.of_shop(at.shop.id) as session:
        return shop_sender.find_sender(session, at.shop.id)


def _checked(form: SenderForm) -> dict[str, str]:
    checks: dict[str, Callable[[str], str]] = {
        "name": shop_sender.check_name,
        "email": shop_sender.check_email,
        "postal_address": shop_sender.check_postal,
    }
    checked: dict[str, str] = {}
    for name, check_ in checks.items():
        try:
            checked[name] = check_(form[name].data or "")
        except BadRequest as error:
            form.fault(name, str(error))
    return checked


def _look_up(at: Here, email: str) -> bool:
    check_pace(TRYING, "records", at.shop.id)
    return look_up(at.wiring, at.shop.id, email, domain.ask_dns)


def _page(at: Here, form: SenderForm, sender: MailSender | None) -> str:
    findings = _findings(sender)
    return render_template(
        "admin/sender.html",
        here=at,
        places=places(at),
        form=form,
        sender=sender,
        post=post_of(at),
        findings=findings,
        answer=sender_answer(sender, findings),
        finding_words={
            domain.State.GOOD: _("in order"),
            domain.State.WARN: _("could be better"),
            domain.State.BAD: _("needs mending"),
        },
    )


def sender_answer(sender: MailSender | None, findings: list[dict[str, Any]]) -> str:
    """Say in one sentence how the shop's address stands."""
    if sender is None:
        return _("Nobody has said yet who your mails come from.")
    open_ones = sum(1 for one in findings if one["state"] != domain.State.GOOD)
    if not findings:
        return _("%(email)s has not been looked up yet.", email=sender.email)
    if not open_ones:
        return _("The domain of %(email)s vouches for your mails.", email=sender.email)
    return _n(
        "One thing about %(email)s could be better.",
        "%(num)d things about %(email)s could be better.",
        open_ones,
        email=sender.email,
    )


def _findings(sender: MailSender | None) -> list[dict[str, Any]]:
    found = sender.check.get("findings") if sender is not None and sender.checked_at is not None else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
