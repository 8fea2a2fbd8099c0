"""Where fitted rankers rest: one folder a shop under DATA_DIR, one file a version."""

from pathlib import Path


class Artifacts:
    """Paths of artifacts. Every path is built here, and needs a shop."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "artifacts"

    def path(self, shop_id: int, name: str) -> Path:
        """Return where the artifact `name` of a shop rests; its folder exists afterwards."""
        if not name.replace("-", "").isalnum():
            raise ValueError(f"An artifact's name is letters, digits and dashes: {name!r}")
        folder = self._root / str(int(shop_id))
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
