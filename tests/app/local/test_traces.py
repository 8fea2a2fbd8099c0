"""Processes are found by the folder they carry, and stopped for good."""

import os
import subprocess
import sys
import time

import psutil

from app.local import postgres, traces

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""


def test_a_child_that_will_not_hear_and_its_own_child_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setitem(traces.PATIENCE_SECONDS, "", 0.5)
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        env={**os.environ, traces.DATA_FOLDER: str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 10
    while len(traces.find(tmp_path)[""]) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    found = traces.find(tmp_path)[""]

    assert traces.stop_everything(tmp_path) == 2

    process.wait()
    process.stdout.close()
    assert not [one for one in found if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_another_folder_is_left_alone(tmp_path):
    environ = {**os.environ, traces.DATA_FOLDER: str(tmp_path / "mine")}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=environ) as process:
        assert traces.stop_everything(tmp_path / "theirs") == 0
        assert process.poll() is None
        process.kill()


def test_a_lock_that_names_somebody_else_is_forgotten(tmp_path):
    place = postgres.Place(tmp_path, tmp_path, tmp_path, None)
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{tmp_path}\n")  # alive, but no PostgreSQL

    postgres._forget_dead_server(place)

    assert not lock.exists()
