"""A child is kept alive, and given up when that is idle."""

import subprocess
import sys
import time

import pytest

from app.local.children import MOST_DEATHS_AT_ONCE, Child, last_words
from app.local.postgres import CannotStart


def child_of(code: str, log) -> Child:
    return Child("ember", lambda: subprocess.Popen([sys.executable, "-c", code]), log)


def test_a_child_that_died_is_started_again(tmp_path):
    said: list[str] = []
    child = child_of("import time; time.sleep(60)", tmp_path / "log")
    child.begin()
    assert child.process is not None
    first = child.process
    first.kill()
    first.wait()

    child.keep_alive(said.append)

    assert child.process is not None
    assert child.process.pid != first.pid
    assert said == ["ember ended (exit code -9); starting it again."]
    child.process.kill()
    child.process.wait()


def test_a_child_that_dies_at_once_again_and_again_is_given_up_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr("app.local.children.LONGEST_WAIT_SECONDS", 0.0)
    log = tmp_path / "log"
    log.write_text("first\nthe port is taken\n\n")
    said: list[str] = []
    child = child_of("raise SystemExit(3)", log)
    child.begin()

    def until_given_up() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            child.keep_alive(said.append)
            time.sleep(0.02)

    with pytest.raises(CannotStart, match=r"ended at once 5 times in a row \(exit code 3\).*'the port is taken'"):
        until_given_up()

    assert len(said) == MOST_DEATHS_AT_ONCE - 1


def test_a_silent_log_has_no_last_words(tmp_path):
    assert last_words(tmp_path / "nothing") == ""
