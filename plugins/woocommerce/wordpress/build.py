"""Pack the WordPress plugin: the same files give the same bytes, wherever and whenever they are packed.

`python -m plugins.woocommerce.wordpress.build [FILE]` writes the zip that a merchant uploads under Plugins, Add plugin.
"""

import io
import sys
import zipfile
from pathlib import Path

from plugins.woocommerce.wordpress.words import BLOCK_SCRIPT, compiled, for_scripts

NAME = "regulars-for-woocommerce"
SOURCE = Path(__file__).parent / NAME
WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can say
SHIPPED = frozenset({".css", ".js", ".json", ".php", ".po", ".pot", ".svg", ".txt"})


def build_zip(source: Path = SOURCE) -> bytes:
    """Return the plugin as a zip, its translations compiled."""
    files = _files(source)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as on Unix, so that the packing machine does not show
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _files(source: Path) -> dict[str, bytes]:
    """Return what is packed by its name. Only known kinds of files, so that nothing slips in from a working copy."""
    found = [path for path in source.rglob("*") if path.is_file() and path.suffix in SHIPPED]
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in found}
    for name in [name for name in files if name.endswith(".po")]:
        files[f"{name[:-3]}.mo"] = compiled(files[name])
        files[f"{name[:-3]}-{BLOCK_SCRIPT}.json"] = for_scripts(files[name])
    return files


def main(arguments: list[str]) -> None:
    """Write the zip where it is asked for, or beside the checkout's other build products."""
    target = Path(arguments[0] if arguments else f"build/{NAME}.zip")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(build_zip())
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
