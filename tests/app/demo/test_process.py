"""The whole program: it opens its door, tells its catalogue, survives kill -9 without losing a word, and leaves."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from app.demo.database import connect
from app.demo.orders import set_stock
from plugins.events import ItemChanged, StockChanged


@pytest.fixture
def run(demo_settings, history: Path) -> Iterator[Callable[[], tuple["subprocess.Popen[bytes]", str]]]:
    """Start the program on a free port and wait until it answers."""
    started = []
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = os.environ | {
        "DEMO_DATA": str(demo_settings.data),
        "DEMO_PORT": str(port),
        "DEMO_HISTORY": str(history),
        "HOST": "127.0.0.1",
        "REGULARS_URL": demo_settings.regulars_url,
        "DEMO_WEBHOOK_SECRET": demo_settings.webhook_secret,
    }

    def start() -> tuple["subprocess.Popen[bytes]", str]:
        process = subprocess.Popen([sys.executable, "-m", "app.demo"], env=environ, cwd=Path.cwd())
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                requests.get(address, timeout=2)
            except requests.ConnectionError:
                assert process.poll() is None
                time.sleep(0.1)
            else:
                return process, address
        raise AssertionError("The shop did not open.")

    yield start
    for process in started:
        stop(process, signal.SIGKILL)


def stop(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """End the program and all it started."""
    if process.poll() is None:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for one in family if how == signal.SIGKILL else family[:1]:
            one.send_signal(how)
        psutil.wait_procs(family[1:], timeout=15)
    process.wait(timeout=20)


def test_the_program_tells_its_catalogue_and_leaves_when_told(run, receiver):
    process, address = run()

    receiver.wait_for(lambda: len(receiver.events(ItemChanged)) == 4, seconds=20)
    assert receiver.events(ItemChanged)[0].url.startswith(f"{address}/items/")
    assert requests.get(f"{address}/items/85123A", timeout=5).status_code == 200

    stop(process, signal.SIGTERM)
    assert process.returncode == 0


def test_what_was_written_before_a_kill_is_told_after_it(run, receiver, demo_settings):
    process, _ = run()
    receiver.wait_for(lambda: len(receiver.events(ItemChanged)) == 4, seconds=20)
    stop(process, signal.SIGKILL)
    connection = connect(demo_settings.data / "shop.sqlite")
    set_stock(connection, "85123A", 7)
    connection.close()

    run()

    receiver.wait_for(lambda: receiver.events(StockChanged), seconds=20)
    assert len(receiver.events(ItemChanged)) == 4
