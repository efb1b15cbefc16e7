"""Named arrays in one file: written in one pass, opened without being read (memory-mapped), checked by a checksum.

Layout: the arrays, each at a multiple of 64 bytes; an index of them as JSON; the length of that index (8 bytes, little
endian) and a mark.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
_MARK = b"notices1"
_ALIGNED = 64
_SMALL = 1 << 20  # bytes; a smaller file is sooner read than mapped
_TYPES = frozenset("bool uint8 uint16 int16 int32 int64 uint64".split())


def write_arrays(path: Path, arrays: Arrays) -> str:
    """Write arrays to a new file; the SHA-256 of the file, in hexadecimal. Large files are on the disk when it returns."""
    index: dict[str, tuple[str, int, int]] = {}
    total, checksum = 0, hashlib.sha256()
    with path.open("wb") as file:

        def put(data: memoryview | bytes) -> None:
            nonlocal total
            file.write(data)
            checksum.update(data)
            total += len(data)

        for name, array in arrays.items():
            put(bytes(-total % _ALIGNED))
            plain = np.ascontiguousarray(array)
            index[name] = (plain.dtype.name, total, len(plain))
            if len(plain):
                put(plain.data.cast("B"))
        listed = json.dumps(index).encode()
        put(listed)
        put(len(listed).to_bytes(8, "little") + _MARK)
        file.flush()
        os.fsync(file.fileno())
    return checksum.hexdigest()


def open_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file, one-dimensional and not to be written to.

    :raises ValueError: it is no such file, or only a part of one
    """
    with path.open("rb") as file:
        small = path.stat().st_size < _SMALL
        data = memoryview(file.read() if small else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(data) < 16 or bytes(data[-8:]) != _MARK:
        raise ValueError(f"{path} is no file of arrays, or is cut short")
    begin = len(data) - 16 - int.from_bytes(data[-16:-8], "little")
    arrays = {}
    for name, (kind, start, length) in json.loads(bytes(data[begin:-16])).items():
        if kind not in _TYPES:
            raise ValueError(f"{path} holds an array of type {kind}")
        arrays[name] = np.frombuffer(data, np.dtype(kind), length, start)
    return arrays


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
