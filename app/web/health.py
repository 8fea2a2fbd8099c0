"""DOOR: is this process alive, and can it do its work? For machines that watch."""

from collections.abc import Callable

import psycopg
from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db import found_revision, wanted_revision
from app.web.context import wiring
from app.wiring import Wiring

bp = Blueprint("health", __name__)


@bp.get("/health/live")
def live() -> Response:
    """Answer, which is all there is to being alive."""
    return jsonify(status="ok")


@bp.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Tell whether database, Valkey and migrations are in order, and name what is missing."""
    missing = {name: sentence for name, check in CHECKS.items() if (sentence := check(wiring()))}
    return jsonify(status="not ready" if missing else "ok", missing=missing), 503 if missing else 200


def _database(wired: Wiring) -> str:
    try:
        with wired.db.of_nobody() as session:
            session.execute(text("SELECT 1"))
    except (SQLAlchemyError, psycopg.Error) as error:
        return f"The database does not answer ({type(error).__name__}). Check DATABASE_URL."
    return ""


def _valkey(wired: Wiring) -> str:
    try:
        wired.queues.redis.ping()
    except RedisError as error:
        return f"Valkey does not answer ({type(error).__name__}). Check REDIS_URL."
    return ""


def _migrations(wired: Wiring) -> str:
    try:
        with wired.db.of_nobody() as session:
            found = found_revision(session)
    except (SQLAlchemyError, psycopg.Error):
        return "The tables are missing. Run the release step (alembic upgrade head)."
    wanted = wanted_revision()
    return "" if found == wanted else f"The tables are at {found}, this server wants {wanted}. Run the release step."


CHECKS: dict[str, Callable[[Wiring], str]] = {"database": _database, "valkey": _valkey, "migrations": _migrations}
