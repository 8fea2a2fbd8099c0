"""Builds `.venv` from the hashed lock; `make setup` calls it with any suitable Python: the standard library only.

Done work is remembered in a stamp inside `.venv`: while lock and Python stay the same, there is nothing to do. LightFM
has no wheel for every machine; where it cannot be built, everything else is installed and one sentence says so.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "regulars-setup"
LOG = VENV / "regulars-setup.log"
LOCK = ROOT / "requirements.lock"
TRANSLATIONS = ROOT / "app" / "translations"
NEEDS_COMPILER = "lightfm-next"
COMPILERS = ("cc", "gcc", "clang")
WHO = "import sys; print(sys.base_prefix, sys.version)"

COMMAND = """#!/bin/sh
# `regulars`, from any folder. Data stay in the checkout unless DATA_DIR names another folder.
this=$(readlink -f "$0" 2>/dev/null || echo "$0")
root=$(CDPATH='' cd -- "$(dirname -- "$this")/../.." && pwd)
DATA_DIR=${DATA_DIR:-$root/data} PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
export DATA_DIR PYTHONPATH
exec "$root/.venv/bin/python" -m app.cli "$@"
"""


class CannotSetUp(Exception):
    """The environment cannot be built; says why and what to do."""


def main() -> int:
    """Bring `.venv` up to date; return the exit code."""
    try:
        if not _is_done():
            _install()
        _compile_translations()
    except CannotSetUp as fault:
        print(fault, file=sys.stderr)
    except OSError as error:
        where = error.filename or ROOT
        print(f"Cannot write {where} ({error.strerror}). Put Regulars in a folder you may write.", file=sys.stderr)
    else:
        return 0
    return 1


def _is_done() -> bool:
    done = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
    return done == _stamp(has_lightfm=True) or (done == _stamp(has_lightfm=False) and not _has_compiler())


def _stamp(*, has_lightfm: bool) -> str:
    digest = hashlib.sha256(LOCK.read_bytes() + COMMAND.encode()).hexdigest()
    return f"{digest}\n{sys.base_prefix} {sys.version}\n{'with' if has_lightfm else 'without'} LightFM\n"


def _install() -> None:
    started = time.monotonic()
    _make_venv()
    if not list(VENV.glob("lib/*/site-packages/uv")):
        _say("Installing uv ...")
        _run("pip", "install", "-q", "--disable-pip-version-check", locked=_locked("uv"))
    _say("Installing the packages of requirements.lock ...")
    _run("uv", "pip", "install", "-q", "--python", str(PYTHON), locked=_locked(without=NEEDS_COMPILER))
    has_lightfm = _install_lightfm()
    command = VENV / "bin" / "regulars"
    command.write_text(COMMAND)
    command.chmod(0o755)
    STAMP.write_text(_stamp(has_lightfm=has_lightfm))
    _say(f"The environment is ready in .venv ({time.monotonic() - started:.0f} s).")


def _make_venv() -> None:
    VENV.mkdir(exist_ok=True)
    if PYTHON.exists() and _who(PYTHON) == f"{sys.base_prefix} {sys.version}":
        return
    if sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() == VENV:
        raise CannotSetUp("The environment .venv is not whole. Run make clean, then make setup.")
    if importlib.util.find_spec("ensurepip") is None:
        raise CannotSetUp(
            f"{sys.executable} comes without its venv module. On Debian and Ubuntu: "
            f"apt install python3.{sys.version_info.minor}-venv."
        )
    _say(f"Making .venv with Python {sys.version.split()[0]} ...")
    try:
        venv.create(VENV, with_pip=True, clear=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        raise CannotSetUp(f"Python could not make .venv: {error}. Run make clean, then make setup.") from error


def _install_lightfm() -> bool:
    done = _run("uv", "pip", "install", "--no-deps", "--python", str(PYTHON), locked=_locked(NEEDS_COMPILER), log=True)
    if not done and _has_compiler():
        _say(f"LightFM could not be built, so Regulars learns without it (the simple rules serve); why is in {LOG}.")
    elif not done:
        _say(
            "LightFM needs a C compiler on this machine and there is none, so Regulars learns without it (the simple "
            "rules serve). To add it, install gcc or clang and run make setup."
        )
    return done


def _run(*module: str, locked: str, log: bool = False) -> bool:
    """Run an installer on a part of the lock. Its words go to the terminal, or to LOG; then a failure is an answer."""
    environ = {**os.environ, "LIGHTFM_NO_CFLAGS": "1", "PIP_USER": "0"}
    with tempfile.NamedTemporaryFile("w", suffix=".lock", dir=VENV) as part, LOG.open("w") as words:
        part.write(locked)
        part.flush()
        command = [str(PYTHON), "-m", *module, "--require-hashes", "-r", part.name]
        done = subprocess.run(
            command, cwd=ROOT, env=environ, check=False, stdout=words if log else None, stderr=words if log else None
        )
    if done.returncode and not log:
        raise CannotSetUp(f"{module[0]} could not install the packages (its words are above). Is the network there?")
    return not done.returncode


def _locked(only: str = "", *, without: str = "") -> str:
    """Return the whole lock, one package of it with its hashes, or all but one."""
    blocks: list[list[str]] = []
    for line in LOCK.read_text().splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    wanted = (block for block in blocks if _keeps(block[0].split("==")[0].strip(), only, without))
    return "\n".join(line for block in wanted for line in block) + "\n"


def _keeps(name: str, only: str, without: str) -> bool:
    return name == only if only else name != without


def _compile_translations() -> None:
    stale = [
        source
        for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po")
        if not source.with_suffix(".mo").exists() or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]
    for source in stale:
        command = [str(PYTHON), "-m", "babel.messages.frontend", "-q", "compile", "-i", str(source), "-l"]
        command += [source.parts[-3], "-o", str(source.with_suffix(".mo"))]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            raise CannotSetUp(f"The translation {source} cannot be compiled; why is above.")


def _who(python: Path) -> str:
    told = subprocess.run([str(python), "-c", WHO], capture_output=True, text=True, check=False)
    return told.stdout.removesuffix("\n")


def _has_compiler() -> bool:
    return any(shutil.which(name) for name in (os.environ.get("CC", ""), *COMPILERS) if name)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
