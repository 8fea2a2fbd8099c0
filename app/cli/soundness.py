"""`regulars check`: is this installation sound? One line for each thing, with what to do where it is not."""

import importlib
import shutil
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import click
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.cli.wires import wired
from app.db import found_revision, wanted_revision
from app.errors import AppError
from app.queues import FAST, FILES, MAIL, SLOW
from app.settings import SECRET_FILE, parse_smtp_url
from app.shops.pulse import last_tick
from app.shops.secrets import WEBHOOK, current_secrets
from app.shops.shops import all_shops
from app.wiring import Wiring

MOST_SKEW = timedelta(seconds=2)
MOST_SILENCE = timedelta(minutes=3)
LEAST_FREE = 1_000_000_000  # bytes
MAIL_SECONDS = 5


class Fault(Exception):
    """Something is not as it should be; says what to do."""


@dataclass(frozen=True)
class Question:
    """One thing to look at. The answer is words; a fault is raised."""

    name: str
    ask: Callable[[Wiring], str]


@click.command()
def check() -> None:
    """Look whether this installation is sound.

    The exit code is 1 when it is not.
    """
    wiring = wired()
    is_sound = True
    for question in QUESTIONS:
        mark, words = _answer(question, wiring)
        is_sound = is_sound and mark == "ok"
        click.echo(f"{mark:5}  {question.name:11}  {words}")
    if not is_sound:
        raise click.exceptions.Exit(1)


def _answer(question: Question, wiring: Wiring) -> tuple[str, str]:
    try:
        return "ok", question.ask(wiring)
    except (Fault, AppError) as fault:
        return "FAULT", str(fault)
    except SQLAlchemyError:
        return "FAULT", "The database cannot be asked. Is it running, and migrated? Start everything with make run."
    except RedisError:
        return "FAULT", "Valkey does not answer. Start everything with make run, or see REDIS_URL."


def _database(wiring: Wiring) -> str:
    with wiring.db.of_nobody() as session:
        version = session.execute(text("SHOW server_version")).scalar_one()
    return f"PostgreSQL {version} answers"


def _migrations(wiring: Wiring) -> str:
    with wiring.db.of_nobody() as session:
        found = found_revision(session)
    wanted = wanted_revision()
    if found != wanted:
        raise Fault(f"The tables are at {found}, not at {wanted}. Run: .venv/bin/python -m alembic upgrade head")
    return f"up to date ({wanted})"


def _valkey(wiring: Wiring) -> str:
    wiring.queues.redis.ping()
    return "answers"


def _workers(wiring: Wiring) -> str:
    listening = {name for worker in Worker.all(connection=wiring.queues.redis) for name in worker.queue_names()}
    absent = [name for name in (FAST, MAIL, FILES, SLOW) if name not in listening]
    if absent:
        raise Fault(f"Nobody answers {' and '.join(absent)}. Run: .venv/bin/python -m app.jobs.worker {absent[0]}")
    return "all are there"


def _mail(wiring: Wiring) -> str:
    if not wiring.settings.smtp_url:
        return "no server is set, so no e-mail goes out; SMTP_URL names one"
    server = parse_smtp_url(wiring.settings.smtp_url)
    place = f"{server.host}:{server.port}"
    try:
        socket.create_connection((server.host, server.port), timeout=MAIL_SECONDS).close()
    except (OSError, UnicodeError):
        whose = "make run starts it" if server.is_caught else "SMTP_URL names it"
        raise Fault(f"The mail server at {place} does not answer; {whose}. E-mails wait until it does.") from None
    return "caught on this machine, nothing goes out" if server.is_caught else f"the server at {place} answers"


def _clocks(wiring: Wiring) -> str:
    with wiring.db.of_nobody() as session:
        skew = session.execute(text("SELECT clock_timestamp()")).scalar_one() - wiring.clock()
    seconds = skew.total_seconds()
    if abs(skew) > MOST_SKEW:
        raise Fault(f"This machine and the database differ by {seconds:+.1f} s. Set both by a time server.")
    return f"this machine and the database agree ({seconds:+.2f} s)"


def _timetable(wiring: Wiring) -> str:
    with wiring.db.of_nobody() as session:
        ticked_at = last_tick(session)
    silence = None if ticked_at is None else wiring.clock() - ticked_at
    if silence is None or silence > MOST_SILENCE:
        raise Fault("The clock does not go. Run: .venv/bin/python -m app.jobs.clock (make run does)")
    return f"last ticked {silence.total_seconds():.0f} s ago"


def _disk(wiring: Wiring) -> str:
    free = shutil.disk_usage(wiring.settings.data_dir).free
    if free < LEAST_FREE:
        raise Fault(f"Only {free / 1e9:.1f} GB are free at {wiring.settings.data_dir}. Make room.")
    return f"{free / 1e9:.1f} GB free at {wiring.settings.data_dir}"


def _secrets(wiring: Wiring) -> str:
    path = wiring.settings.data_dir / SECRET_FILE
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Fault(f"Others may read {path}. Run: chmod 600 {path}")
    with wiring.db.of_nobody() as session:
        shops = all_shops(session)
    for shop in shops:
        with wiring.db.of_shop(shop.id) as session:
            current_secrets(session, shop.id, WEBHOOK, secret_key=wiring.settings.secret_key)
    return f"readable, for {len(shops):,} {'shop' if len(shops) == 1 else 'shops'}"


def _lightfm(_wiring: Wiring) -> str:
    try:
        importlib.import_module("lightfm")
    except Exception as error:  # noqa: BLE001 - whatever keeps it from loading, the rest goes on
        return f"absent ({type(error).__name__}), so the simple arms learn alone; with a C compiler: make setup"
    return "loads"


QUESTIONS = (
    Question("database", _database),
    Question("migrations", _migrations),
    Question("Valkey", _valkey),
    Question("workers", _workers),
    Question("mail", _mail),
    Question("clocks", _clocks),
    Question("timetable", _timetable),
    Question("disk", _disk),
    Question("secrets", _secrets),
    Question("LightFM", _lightfm),
)
