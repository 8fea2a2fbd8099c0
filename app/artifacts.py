"""Where fitted rankers rest: one folder a shop under DATA_DIR, one file a version."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


class Artifacts:
    """Paths of artifacts. Every path is built here, and needs a shop."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "artifacts"

    def path(self, shop_id: int, name: str) -> Path:
        """Return where the artifact `name` of a shop rests; its folder exists afterwards."""
        if not name.replace("-", "").isalnum():
            raise ValueError(f"An artifact's name is letters, digits and dashes: {name!r}")
        return self._folder(shop_id) / name

    def names(self, shop_id: int) -> list[str]:
        """Return the names of all artifacts of a shop."""
        return sorted(one.name for one in self._folder(shop_id).iterdir() if not one.name.startswith("."))

    def halves(self, shop_id: int) -> list[Path]:
        """Return what was never written to its end. Hold `being_rewritten`: then nobody is writing it now."""
        return sorted(self._folder(shop_id).glob(".artifact-*"))

    @contextmanager
    def being_rewritten(self, shop_id: int) -> Iterator[None]:
        """Hold off whoever else rewrites a shop's artifacts: each of two would bring back what the other left out.

        Reading needs no lock: a file is replaced whole.
        """
        with (self._folder(shop_id) / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def drop_shop(self, shop_id: int) -> None:
        """Delete everything that was ever fitted for a shop."""
        shutil.rmtree(self._root / str(int(shop_id)), ignore_errors=True)

    def _folder(self, shop_id: int) -> Path:
        folder = self._root / str(int(shop_id))
        folder.mkdir(parents=True, exist_ok=True)
        return folder
