"""A run from its first word to its last process, however it ends."""

import json
import os
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from app.local import traces
from app.settings import parse_smtp_url

GONE_SECONDS = 30


def wait_until_gone(data_dir: Path) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while left := everything_of(data_dir):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def everything_of(data_dir: Path) -> list[str]:
    """Look with other eyes than the guardian's: command line, folder and environment of every process."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            told = " ".join([*process.cmdline(), process.cwd(), *process.environ().values()])
        except (psutil.Error, OSError):
            continue
        if str(data_dir) in told:
            found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_works(start, folder):
    run = start()
    run.wait_until("Regulars answers")
    assert len(everything_of(folder)) > 5
    told = json.loads((folder / "servers.json").read_text())
    assert {"DATABASE_URL", "REDIS_URL", "SMTP_URL"} <= told.keys()
    assert told["PORT"] == str(run.port)
    assert stat.S_IMODE((folder / "servers.json").stat().st_mode) == 0o600  # it may hold a password

    catcher = parse_smtp_url(told["SMTP_URL"])
    with smtplib.SMTP(catcher.host, catcher.port, timeout=20) as line:
        line.sendmail("shop@example.com", ["alice@example.com"], b"Subject: Hello\r\n\r\nbye\r\n")
    assert len(list((folder / "mail").glob("*.eml"))) == 1

    second = start()
    assert second.process.wait(timeout=30) == 1
    assert second.said().count("\n") == 1
    assert f"runs on {folder} already (process {run.process.pid})" in second.said()

    run.process.kill()
    run.process.wait()
    wait_until_gone(folder)
    assert not (folder / "servers.json").exists()

    again = start(PORT=str(run.port))
    again.wait_until("Regulars answers")
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/health/live", timeout=5) as answer:
        assert answer.status == 200

    time.sleep(1)
    assert "ended" not in again.said()
    web = next(one for one in traces.find(folder)[""] if "gunicorn" in " ".join(one.cmdline()))
    os.killpg(os.getpgid(web.pid), signal.SIGKILL)
    again.wait_until("web ended")
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(timeout=GONE_SECONDS) == 0
    assert again.said().rstrip().endswith("Stopped.")
    wait_until_gone(folder)


def test_a_run_ends_with_the_one_who_started_it(start, folder):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        gone.wait()
    run = start("--leash", str(gone.pid))

    assert run.process.wait(timeout=60) == 0
    wait_until_gone(folder)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PORT": "banana"}, "PORT: "),
        ({"PORT": "70000"}, "PORT: "),
        ({"DEMO": "1", "DEMO_PORT": "-1"}, "DEMO_PORT: must be a number"),
        ({"DEMO": "perhaps"}, "DEMO: must be 1"),
        ({"DEMO": "1", "PORT": "8765", "DEMO_PORT": "8765"}, "PORT and DEMO_PORT are both 8765"),
        ({"DATABASE_URL": "mysql://nowhere"}, "DATABASE_URL: must start with postgresql://"),
        ({"REDIS_URL": "http://nowhere"}, "REDIS_URL: must start with"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: "),
        ({"SECRET_KEY_FILE": "/no/such/file"}, "SECRET_KEY_FILE: cannot read"),
        ({"HOST": "no.such.host.invalid"}, "HOST: "),
        ({"HOST": "203.0.113.7"}, "HOST: cannot listen"),
        ({"DATA_DIR": "/proc/regulars"}, "DATA_DIR: cannot write /proc/regulars"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(folder, environ, sentence):
    done = attempt({"DATA_DIR": str(folder), "DEMO": "0", **environ})

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert everything_of(folder) == []


def test_a_taken_port_is_one_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = attempt({"DATA_DIR": str(folder), "DEMO": "0", "PORT": str(port)})

    assert done.returncode == 1
    assert done.stderr == (
        f"PORT: another program listens on {port} already. Stop that, or choose another: make run PORT={port + 10}\n"
    )


def attempt(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Start a run that cannot succeed."""
    return subprocess.run(
        [sys.executable, "-m", "app.local"],
        env={**os.environ, **environ},
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
