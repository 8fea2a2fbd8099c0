"""The database's binaries and sockets, where a folder is private or oddly named."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from app.db import make_engine
from app.local import postgres, valkey


@pytest.fixture
def open_folder():
    """A folder that every account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_copy_for_a_private_clone_runs_under_another_account(open_folder, monkeypatch):
    monkeypatch.setattr(postgres, "ROOT_HOME", open_folder)
    account = {"user": "nobody"} if os.geteuid() == 0 else {}

    binaries = postgres._copy_of(postgres._wheel_binaries())

    assert binaries.is_relative_to(open_folder)
    for program in ("postgres", "initdb", "psql", "pg_isready"):
        subprocess.run([str(binaries / program), "--version"], check=True, capture_output=True, cwd="/", **account)
    assert postgres._copy_of(postgres._wheel_binaries()) == binaries


@pytest.mark.parametrize("name", ["a b", "ümlaut", "x" * 120, "comma,quote'"])
def test_sockets_of_an_oddly_named_folder_lie_in_a_private_one(tmp_path, name):
    path = valkey.socket_path(tmp_path / name)

    assert postgres.PLAIN.fullmatch(str(path))
    assert len(os.fsencode(path)) < 107
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.rmdir()


def test_a_socket_folder_that_is_open_to_others_is_refused(tmp_path):
    key = postgres.folder_key(tmp_path / "a b")
    squatted = Path(tempfile.gettempdir()) / f"regulars-{os.geteuid()}-{key}"
    squatted.mkdir()
    squatted.chmod(0o777)
    try:
        with pytest.raises(postgres.CannotStart, match="is open to others"):
            valkey.socket_path(tmp_path / "a b")
    finally:
        squatted.rmdir()


def test_a_data_folder_made_anew_has_a_database_of_its_own(tmp_path):
    before = postgres.folder_key(tmp_path / "data")
    assert postgres.folder_key(tmp_path / "data") == before

    shutil.rmtree(tmp_path / "data")

    assert postgres.folder_key(tmp_path / "data") != before


def test_the_servers_log_does_not_repeat_what_a_row_held(owner_url, data_dir):
    engine = make_engine(owner_url)
    row = r'{"email": "alice@example.com", "name": "\ud800"}'
    with engine.connect() as connection, pytest.raises(DataError):
        connection.execute(text("SELECT CAST(:told AS jsonb)"), {"told": row})
    engine.dispose()

    said = (data_dir / "postgresql.log").read_text()
    assert "ERROR:  invalid input syntax for type json\n" in said
    assert "jsonb" not in said  # nor the statement
    assert "alice" not in said
