"""Caught mail: what would have gone out, where this machine's own catcher keeps it instead of sending it."""

from flask import Blueprint, Response, render_template

from app.errors import NotFound
from app.messaging.caught import OpenedMail, list_caught, read_caught
from app.web.admin.access import here
from app.web.admin.headers import answer_with_letter
from app.web.admin.mail_places import in_new_windows, places, post_of
from app.web.admin.tongue import _

MOST = 100
WINDOWS = "allow-popups allow-popups-to-escape-sandbox"  # a link that is followed opens beside our page, never in it


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/caught-mail", endpoint="caught_mail")(show_list)
    pages.get("/caught-mail/<mail_name>", endpoint="caught_one")(show_one)
    pages.get("/caught-mail/<mail_name>/letter", endpoint="caught_letter")(show_letter)


def show_list() -> str:
    """Show the letters that were caught for this shop, the newest first."""
    at = here()
    is_caught = post_of(at).is_caught
    rows = list_caught(at.wiring.settings.data_dir, at.shop.slug, most=MOST) if is_caught else []
    return render_template(
        "admin/caught_mails.html", here=at, places=places(at), rows=rows, is_caught=is_caught, most=MOST
    )


def show_one(mail_name: str) -> str:
    """Show one letter: as its reader sees it, as plain text, and its headers."""
    return render_template("admin/caught_mail.html", here=here(), one=_find(mail_name), sandbox=WINDOWS)


def show_letter(mail_name: str) -> Response:
    """Answer with the letter's own HTML, for the frame: nothing of it may run, and nothing is fetched for it."""
    return answer_with_letter(in_new_windows(_find(mail_name).html), "text/html", may=WINDOWS)


def _find(mail_name: str) -> OpenedMail:
    at = here()
    found = None
    if post_of(at).is_caught:
        found = read_caught(at.wiring.settings.data_dir, at.shop.slug, mail_name)
    if found is None:
        raise NotFound(_("There is no such mail. Only the last 200 are kept."))
    return found
