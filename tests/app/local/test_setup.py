"""Setting up: what is wrong is one sentence."""

import subprocess
from pathlib import Path

import pytest

from app.local import setup

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An environment that is not there yet."""
    for name, place in {"VENV": ".venv", "PYTHON": ".venv/bin/python", "STAMP": ".venv/stamp"}.items():
        monkeypatch.setattr(setup, name, tmp_path / place)
    return tmp_path


def test_a_python_without_venv_is_one_sentence(elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(setup.sys, "prefix", setup.sys.base_prefix)
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _name: None)

    assert setup.main() == 1

    said = capsys.readouterr().err
    assert "comes without its venv module. On Debian and Ubuntu: apt install python3." in said
    assert said.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(setup, "VENV", Path("/proc/regulars"))
    monkeypatch.setattr(setup, "STAMP", Path("/proc/regulars/stamp"))

    assert setup.main() == 1

    assert capsys.readouterr().err == (
        "Cannot write /proc/regulars (No such file or directory). Put Regulars in a folder you may write.\n"
    )


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_a_python_that_does_not_suit_is_one_sentence(python):
    done = subprocess.run(["make", "setup", f"PYTHON={python}"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(f"Regulars needs Python 3.11, 3.12 or 3.13, and {python} is not one.")


def test_a_part_of_the_lock_keeps_its_hashes():
    part, rest = setup._locked("lightfm-next"), setup._locked(without="lightfm-next")

    assert part.startswith("lightfm-next==")
    assert part.count("==") == 1
    assert "--hash=sha256:" in part
    assert "lightfm-next==" not in rest
    assert rest.count("==") > 50


def test_a_set_up_without_lightfm_is_done_until_there_is_a_compiler(elsewhere, monkeypatch):
    (elsewhere / ".venv/bin").mkdir(parents=True)
    (elsewhere / ".venv/bin/python").touch()
    (elsewhere / ".venv/stamp").write_text(setup._stamp(has_lightfm=False))

    monkeypatch.setattr(setup, "_has_compiler", lambda: False)
    assert setup._is_done()
    monkeypatch.setattr(setup, "_has_compiler", lambda: True)
    assert not setup._is_done()


def test_every_target_says_what_it_is_for():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for target in ("help", "setup", "run", "test", "check", "bench", "clean"):
        assert f"make {target} " in shown
