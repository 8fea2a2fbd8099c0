"""Fitted arrays to one file and back, memory-mapped. Never pickle: a header in JSON, then raw arrays.

Layout: magic, 8 bytes of header length, header, then each array at a multiple of 64 bytes. The header carries each
array's dtype, shape and offset, the SHA-256 of everything after it, and whatever the writer wants to say.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.errors import ArtifactCorrupt, ArtifactIncompatible

MAGIC = b"REGULARS"
VERSION = 1
ALIGNMENT = 64
KINDS = "biufU"  # booleans, whole numbers, floats, text; nothing that could hold code


def save(path: Path, arrays: Mapping[str, npt.NDArray[np.generic]], header: Mapping[str, Any]) -> None:
    """Write arrays and header to `path`, whole or not at all. Raises ValueError for arrays of objects."""
    places, parts, offset, digest = {}, [], 0, hashlib.sha256()
    for name, array in arrays.items():
        if array.dtype.kind not in KINDS:
            raise ValueError(f"The array {name} holds {array.dtype}, which an artifact may not.")
        data = np.ascontiguousarray(array).tobytes()
        data += b"\0" * (-len(data) % ALIGNMENT)
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        digest.update(data)
        parts.append(data)
        offset += len(data)
    words = {"version": VERSION, "arrays": places, "sha256": digest.hexdigest(), "said": dict(header)}
    text = json.dumps(words).encode()
    text += b" " * (-(len(MAGIC) + 8 + len(text)) % ALIGNMENT)
    descriptor, half = tempfile.mkstemp(dir=path.parent, prefix=".artifact-")
    with os.fdopen(descriptor, "wb") as file:
        file.writelines([MAGIC, len(text).to_bytes(8, "little"), text, *parts])
        file.flush()
        os.fsync(file.fileno())
    Path(half).replace(path)


def load(path: Path) -> tuple[dict[str, npt.NDArray[np.generic]], dict[str, Any]]:
    """Map the arrays of `path` read-only and return them with the header's words.

    Raises FileNotFoundError, ArtifactIncompatible or ArtifactCorrupt.
    """
    whole = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
    if whole[: len(MAGIC)].tobytes() != MAGIC:
        raise ArtifactCorrupt
    start = len(MAGIC) + 8 + int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 8].tobytes(), "little")
    try:
        header = json.loads(whole[len(MAGIC) + 8 : start].tobytes())
        version, places, digest = header["version"], header["arrays"], header["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactCorrupt from error
    if version != VERSION:
        raise ArtifactIncompatible
    if hashlib.sha256(whole[start:].data).hexdigest() != digest:
        raise ArtifactCorrupt
    return {name: _view(whole[start:], place) for name, place in places.items()}, header["said"]


def _view(data: npt.NDArray[np.uint8], place: Mapping[str, Any]) -> npt.NDArray[np.generic]:
    dtype = np.dtype(place["dtype"])
    size = int(np.prod(place["shape"], dtype=np.int64)) * dtype.itemsize
    view: npt.NDArray[np.generic] = data[place["offset"] : place["offset"] + size].view(dtype).reshape(place["shape"])
    return view
