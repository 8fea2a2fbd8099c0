"""Fitted arrays to one file and back, memory-mapped. Never pickle: a header in JSON, then raw arrays.

Layout: 64 bytes of preamble (magic, version, length of the header, SHA-256 of everything after the preamble), the
header, then each array at a multiple of 64 bytes. The header carries each array's dtype, shape and offset, and whatever
the writer wants to say.
"""

import hashlib
import json
import os
import struct
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
PREAMBLE = struct.Struct("<8sIQ32s12x")
KINDS = "biufU"  # booleans, whole numbers, floats, text; nothing that could hold code

Array = npt.NDArray[np.generic]


def save(path: Path, arrays: Mapping[str, Array], header: Mapping[str, Any]) -> None:
    """Write arrays and header to `path`, whole or not at all. Raises ValueError for arrays of objects."""
    places: dict[str, Any] = {}
    parts: list[bytes | memoryview] = []
    offset = 0
    for name, array in arrays.items():
        if array.dtype.kind not in KINDS:
            raise ValueError(f"The array {name} holds {array.dtype}, which an artifact may not.")
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        parts += [data, b"\0" * (-len(data) % ALIGNMENT)]
        offset += len(data) + len(parts[-1])
    text = json.dumps({"arrays": places, "said": dict(header)}).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    digest = hashlib.sha256(text)
    for part in parts:
        digest.update(part)
    _replace(path, [PREAMBLE.pack(MAGIC, VERSION, len(text), digest.digest()), text, *parts])


def load(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Map the arrays of `path` read-only and return them with the header's words.

    The whole file is read once, to know that it is what was written. Raises FileNotFoundError, ArtifactIncompatible or
    ArtifactCorrupt.
    """
    if path.stat().st_size < PREAMBLE.size:
        raise ArtifactCorrupt
    whole = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
    magic, version, length, digest = PREAMBLE.unpack(whole[: PREAMBLE.size].tobytes())
    if magic != MAGIC:
        raise ArtifactCorrupt
    if version != VERSION:
        raise ArtifactIncompatible
    body = whole[PREAMBLE.size :]
    if hashlib.sha256(body.data).digest() != digest:
        raise ArtifactCorrupt
    try:
        header = json.loads(body[:length].tobytes())
        return {name: _view(body[length:], place) for name, place in header["arrays"].items()}, header["said"]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt from error


def _view(data: npt.NDArray[np.uint8], place: Mapping[str, Any]) -> Array:
    dtype = np.dtype(place["dtype"])
    numbers = [place["offset"], *place["shape"]]
    if dtype.kind not in KINDS or not all(type(one) is int and one >= 0 for one in numbers):
        raise ArtifactCorrupt
    size = int(np.prod(place["shape"], dtype=np.int64)) * dtype.itemsize
    view: Array = data[place["offset"] : place["offset"] + size].view(dtype).reshape(place["shape"])
    return view


def _replace(path: Path, parts: list[bytes | memoryview]) -> None:
    descriptor, half = tempfile.mkstemp(dir=path.parent, prefix=".artifact-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(path)
    finally:
        Path(half).unlink(missing_ok=True)
