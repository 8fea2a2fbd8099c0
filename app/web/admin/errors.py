"""When a page cannot be shown: a page that says what happened and what to do, in plain words."""

import structlog
from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.errors import AppError, NotFound, Unavailable
from app.web.admin.tongue import _
from app.web.errors import STATUS

log = structlog.get_logger()


def answer(blueprint: Blueprint) -> None:
    """Answer every error of a blueprint's pages with a page."""
    blueprint.register_error_handler(AppError, _of_ours)
    blueprint.register_error_handler(HTTPException, _of_http)
    blueprint.register_error_handler(SQLAlchemyError, _away)


def page(status: int, what: str) -> ResponseReturnValue:
    """Render the page of a status."""
    titles = {
        400: _("That did not work"),
        403: _("This is not yours to do"),
        404: _("Nothing here"),
        413: _("That is too large"),
        429: _("Too many tries"),
        503: _("A moment, please"),
    }
    title = titles.get(status, _("Something went wrong"))
    return render_template("admin/error.html", title=title, what=what, status=status, here=g.get("here")), status


def nothing_here(rest: str) -> ResponseReturnValue:
    """Answer every address that no page has."""
    raise NotFound(_("There is no page called %(name)s.", name=rest[:60]))


def _of_ours(error: AppError) -> ResponseReturnValue:
    status, _title = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), (500, ""))
    return page(status, str(error))


def _away(error: SQLAlchemyError) -> ResponseReturnValue:
    log.error("database_error", endpoint=request.endpoint, error=type(error).__name__)
    return page(503, str(Unavailable()))


def _of_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response(request.environ)
    sentences = {
        404: _("There is no page at this address, or it is not yours to see."),
        405: _("This address only takes what its own page sends. Go back and use the button there."),
        429: _("Somebody at your address has tried this very often. Wait a minute, then try once more."),
    }
    if isinstance(error, CSRFError):
        return page(400, _("The form was too old, or did not come from our page. Go back, reload the page, try again."))
    if isinstance(error, RequestEntityTooLarge):
        return page(413, _("Send a smaller file, or import it in the terminal."))
    sentence = _("The server could not do this. Try again; if it stays so, look into its log.")
    return page(error.code, sentences.get(error.code, sentence))
