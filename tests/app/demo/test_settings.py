"""A setting that is missing or wrong is one sentence that names it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.settings import WrongSetting, load_settings, read_or_make_key

GOOD = {"DEMO_DATA": "/tmp/x", "REGULARS_URL": "http://127.0.0.1:8000/", "DEMO_WEBHOOK_SECRET": "s" * 32}


def test_the_rest_has_good_defaults():
    settings = load_settings(GOOD)

    assert settings.base_url == "http://127.0.0.1:8001"
    assert settings.webhook_url == "http://127.0.0.1:8000/webhooks/demo/demo"
    assert "sss" not in repr(settings)


def test_a_history_that_is_not_there_is_named():
    with pytest.raises(WrongSetting, match=r"^DEMO_HISTORY: there is no file /nowhere\."):
        load_settings(GOOD | {"DEMO_HISTORY": "/nowhere"})


@pytest.mark.parametrize(
    ("host", "address", "bind"),
    [
        ("0.0.0.0", "http://127.0.0.1:8001", "0.0.0.0:8001"),
        ("::", "http://[::1]:8001", "[::]:8001"),
        ("shop.example", "http://shop.example:8001", "shop.example:8001"),
    ],
)
def test_listening_everywhere_is_no_address_to_visit(host, address, bind):
    settings = load_settings(GOOD | {"HOST": host})

    assert (settings.base_url, settings.bind) == (address, bind)


@pytest.mark.parametrize("name", ["DEMO_DATA", "REGULARS_URL", "DEMO_WEBHOOK_SECRET"])
def test_a_missing_setting_is_named(name):
    with pytest.raises(WrongSetting, match=f"^{name} is not set"):
        load_settings({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEMO_PORT", "80a"), ("DEMO_PORT", "70000"), ("REGULARS_URL", "localhost:8000"), ("DEMO_PUBLIC_URL", "ftp://x")],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(WrongSetting, match=f"^{name} must"):
        load_settings(GOOD | {name: value})


def test_the_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "secret").write_text("from-a-file\n")
    environ = {key: value for key, value in GOOD.items() if key != "DEMO_WEBHOOK_SECRET"}

    settings = load_settings(environ | {"DEMO_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")})

    assert settings.webhook_secret == "from-a-file"


def test_the_session_key_is_made_once_and_nobody_else_may_read_it(tmp_path):
    first = read_or_make_key(tmp_path / "new")

    assert read_or_make_key(tmp_path / "new") == first
    assert (tmp_path / "new" / "session_key").stat().st_mode & 0o777 == 0o600


def test_the_program_says_the_sentence_and_ends():
    environ = {name: value for name, value in os.environ.items() if name not in GOOD}
    command = [sys.executable, "-m", "app.demo"]

    done = subprocess.run(command, env=environ, cwd=Path.cwd(), capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 2
    assert done.stderr.startswith("DEMO_DATA is not set")
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_a_sentence_too(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ = os.environ | GOOD | {"DEMO_DATA": str(tmp_path), "DEMO_PORT": str(taken.getsockname()[1])}
        command = [sys.executable, "-m", "app.demo"]
        done = subprocess.run(
            command, env=environ, cwd=Path.cwd(), capture_output=True, text=True, check=False, timeout=30
        )

    assert done.returncode == 2
    assert done.stderr.startswith("DEMO_PORT: 127.0.0.1:")
