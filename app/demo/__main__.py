"""`python -m app.demo`: build the catalogue if need be, then serve with gunicorn and empty the outbox beside it."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.demo.carts import tidy
from app.demo.catalogue import prepare
from app.demo.database import connect
from app.demo.messages import tell_catalogue
from app.demo.sender import Sender
from app.demo.settings import DemoSettings, WrongSetting, load_settings, read_or_make_key
from app.demo.web import create_app

THREADS = 8


class Storefront(BaseApplication):
    """The shop under gunicorn: one process that serves, with the sender as a thread in it."""

    def __init__(self, settings: DemoSettings, database: Path) -> None:
        self._settings = settings
        self._sender = Sender(settings, database)
        self._app = create_app(settings, database, self._sender.ring)
        super().__init__()

    def load_config(self) -> None:
        # A thread does not survive the fork, so the sender starts after it.
        hooks: dict[str, Callable[..., None]] = {
            "post_worker_init": lambda _worker: self._sender.start(),
            "worker_exit": lambda _server, _worker: self._sender.stop(),
        }
        options: dict[str, Any] = {
            "bind": self._settings.bind,
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "keepalive": 5,
            "graceful_timeout": 5,
            "proc_name": "regulars-demo",
            "loglevel": "warning",
            **hooks,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def main() -> int:
    """Run the shop until it is told to stop; a setting that is wrong is one sentence and a 2."""
    try:
        settings = load_settings()
        read_or_make_key(settings.data)
        _check_port(settings)
    except WrongSetting as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - the sentence a person reads
        return 2
    database = prepare(settings.data, settings.history)
    connection = connect(database)
    tell_catalogue(connection, settings)
    tidy(connection)
    connection.close()
    print(f"The demo shop is open at {settings.base_url}", flush=True)  # noqa: T201
    Storefront(settings, database).run()
    return 0


def _check_port(settings: DemoSettings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            sentence = f"DEMO_PORT: {settings.bind} cannot be used ({error.strerror}). Choose another port."
            raise WrongSetting(sentence) from error


if __name__ == "__main__":
    sys.exit(main())
