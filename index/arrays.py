"""Arrays in ``.npy`` files: written as they come, mapped and not read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_Item = TypeVar("_Item")


def mapped(path: Path) -> Array:
    """An array from an ``.npy`` file, mapped. (As a plain array: slicing ``np.memmap`` is slow.)"""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if 0 in shape:  # nothing to map
        return np.empty(shape, dtype)
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def reserved(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """A new array in an ``.npy`` file that is mapped to be written to, with room for all of it on the disk.

    Without that a full disk would end the process (SIGBUS) in the midst of writing.

    :raises OSError: there is no room
    """
    array = np.lib.format.open_memmap(path, "w+", np.dtype(dtype), shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    return array


class ArrayWriter:
    """Writes an array of one axis part by part; no more than a part is in memory, and no file is open in between."""

    def __init__(self, path: Path, dtype: npt.DTypeLike) -> None:
        self._path = path
        self._dtype = np.dtype(dtype)
        self._count = 0
        self._write("wb", self._header())

    def add(self, part: Array) -> None:
        """Write some more."""
        if len(part):
            self._write("ab", np.ascontiguousarray(part, self._dtype).data.cast("B"))
            self._count += len(part)

    def close(self) -> None:
        """Finish the file."""
        self._write("r+b", self._header())

    def _write(self, mode: str, data: bytes | memoryview) -> None:
        with self._path.open(mode, buffering=0) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]

    def _header(self) -> bytes:
        """NumPy leaves room in a header for a longer first axis, so that it can be written over."""
        descr = np.lib.format.dtype_to_descr(self._dtype)
        header = BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": descr, "fortran_order": False, "shape": (self._count,)})
        return header.getvalue()


class Bounds:
    """Where each of a sequence of lists begins and ends when they are written one after the other."""

    def __init__(self) -> None:
        self._parts = [np.zeros(1, np.int64)]

    def add(self, lengths: Array) -> None:
        """Lists of these lengths follow."""
        self._parts.append(self._parts[-1][-1] + np.cumsum(lengths, dtype=np.int64))

    def save(self, path: Path) -> None:
        """Write the bounds: one more than there are lists."""
        np.save(path, np.concatenate(self._parts), allow_pickle=False)


def lists_of(bounds: Array, rows: Array) -> tuple[Array, Array]:
    """The places of the elements of the given lists, one list after the other, and where each of them begins and ends."""
    starts = bounds[rows]
    lengths = bounds[rows + 1] - starts
    own = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(own[-1]) + np.repeat(starts - own[:-1], lengths), own


def batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Lists of ``size`` items each, the last one shorter."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
