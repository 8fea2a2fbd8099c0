"""The only table from errors to HTTP. Answers are problem details (RFC 9457); the admin pages say the same in HTML."""

from typing import Any

import structlog
from flask import Flask, Response, request
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.errors import AppError, BadRequest, NotAllowed, NotFound, TooLarge, TooMany, Unavailable
from app.jobs.doorbell import where
from app.web.shapes import Problem
from plugins.errors import BadSignature

log = structlog.get_logger()

STATUS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "Not found"),
    NotAllowed: (403, "Not allowed"),
    TooLarge: (413, "Too large"),
    BadRequest: (400, "Bad request"),
    TooMany: (429, "Too many requests"),
    BadSignature: (401, "Bad signature"),
    Unavailable: (503, "Not available right now"),
}


def hang_errors(app: Flask) -> None:
    """Answer every error as a problem."""
    for kind in STATUS:
        app.register_error_handler(kind, _known)
    app.register_error_handler(AppError, _known)
    app.register_error_handler(ValidationError, _unfit)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SQLAlchemyError, _away)
    app.log_exception = _without_its_words  # type: ignore[method-assign] # Flask's own writes the whole of it down


def problem(status: int, title: str, detail: str) -> Response:
    """Make a problem answer."""
    body = Problem(title=title, status=status, detail=detail).model_dump_json()
    return Response(body, status, mimetype="application/problem+json")


def _known(error: Exception) -> Response:
    status, title = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), (500, "Error"))
    return problem(status, title, str(error))


def _unfit(error: ValidationError) -> Response:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"])) or "body"
    return problem(400, "Bad request", f"{where}: {first['msg']}.")


def _http(error: HTTPException) -> Response:
    return problem(error.code or 500, error.name, error.description or "")


def _without_its_words(exc_info: Any) -> None:
    """Log which error it was and where; what it says may hold a shopper's data."""
    error: BaseException = exc_info[1]
    path = request.url_rule and request.url_rule.rule
    log.error("request_failed", path=path, error=type(error).__name__, where=where(error))


def _away(error: SQLAlchemyError) -> Response:
    log.error("database_error", path=request.url_rule and request.url_rule.rule, error=type(error).__name__)
    return problem(503, "Not available right now", str(Unavailable()))
