"""A setting that is missing or wrong is one sentence that names it."""

import os
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
