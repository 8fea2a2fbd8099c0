"""People: who works in this shop, what they may do, and letting somebody in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import BadRequest
from app.models import PersonRole
from app.shops import audit, people
from app.web.admin.access import Here, here, owners_only
from app.web.admin.tongue import _


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/people", endpoint="people")(show)
    pages.post("/people", endpoint="invite")(invite)
    pages.post("/people/<row:person_id>/link", endpoint="new_link")(new_link)
    pages.post("/people/<row:person_id>/role", endpoint="change_role")(change_role)
    pages.post("/people/<row:person_id>/remove", endpoint="remove_person")(remove)


@owners_only
def show() -> str:
    """Show who works here."""
    at = here()
    with at.wiring.db.of_nobody() as session:
        found = people.colleagues(session, at.shop.id, now=at.now)
    return render_template("admin/people.html", here=at, people=found, roles=list(PersonRole))


@owners_only
def invite() -> ResponseReturnValue:
    """Let somebody in, and show their link this once."""
    at = here()
    role = _role(request.form.get("role", ""))
    name = request.form.get("name", "").replace("\x00", "")
    with at.wiring.db.of_shop(at.shop.id) as session:
        person_id, token = people.invite(session, at.shop.id, name, role, now=at.now)
        audit.record(session, at.shop.id, at.person.person_id, "person_invited", person=person_id, role=role)
    return _link(at, name, token)


@owners_only
def new_link(person_id: int) -> ResponseReturnValue:
    """Make a new link for somebody who lost theirs."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        token = people.link_again(session, at.shop.id, person_id, now=at.now)
        audit.record(session, at.shop.id, at.person.person_id, "link_made", person=person_id)
    return _link(at, "", token)


@owners_only
def change_role(person_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    at = here()
    role = _role(request.form.get("role", ""))
    with at.wiring.db.of_shop(at.shop.id) as session:
        people.change_role(session, at.shop.id, person_id, role)
        audit.record(session, at.shop.id, at.person.person_id, "role_changed", person=person_id, role=role)
    flash(_("Kept. It holds from their next click."), "good")
    return redirect(url_for("admin.people"), code=303)


@owners_only
def remove(person_id: int) -> ResponseReturnValue:
    """Let somebody go."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        people.remove(session, at.shop.id, person_id)
        audit.record(session, at.shop.id, at.person.person_id, "person_removed", person=person_id)
    flash(_("They no longer get in."), "good")
    if person_id == at.person.person_id:
        return redirect(url_for("setup.choose_shop"), code=303)
    return redirect(url_for("admin.people"), code=303)


def _link(at: Here, name: str, token: str) -> str:
    address = at.wiring.settings.base_url + url_for("setup.show_link", token=token)
    return render_template("admin/link.html", here=at, name=name, address=address, hours=people.LINK_HOURS)


def _role(value: str) -> PersonRole:
    try:
        return PersonRole(value)
    except ValueError:
        raise BadRequest(_("Choose a role: owner, editor or viewer.")) from None
