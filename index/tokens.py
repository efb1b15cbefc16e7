"""The token pieces of every passage, for late interaction: which pieces of the shipped encoder's vocabulary it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import ArrayWriter, Bounds, batches, lists_of, mapped
from index.types import Rows

Pieces = npt.NDArray[np.uint16]
_PIECES, _BOUNDS = "pieces.npy", "piece_bounds.npy"
_IDS = 1 << 16  # that a piece can have
_AT_ONCE = 4096  # passages written at a time


class TokenWriter:
    """Writes the pieces of passages as they come, in the order of their rows; each piece once a passage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pieces, self._bounds = ArrayWriter(folder / _PIECES, np.uint16), Bounds()

    def add(self, passages: Iterable[Sequence[int]]) -> None:
        """Write some passages. Piece ids lie below 65,536."""
        for some in batches(passages, _AT_ONCE):
            self._write(some)

    def _write(self, passages: Sequence[Sequence[int]]) -> None:
        lengths = np.array([len(pieces) for pieces in passages], np.int64)
        flat = np.fromiter(chain.from_iterable(passages), np.uint32, int(lengths.sum()))
        keys = np.repeat(np.arange(len(passages), dtype=np.uint32), lengths) << np.uint32(16) | flat
        keys.sort()  # np.unique, which hashes, takes five times as long
        distinct = keys[np.flatnonzero(np.diff(keys, prepend=keys[:1] ^ np.uint32(1)))]
        self._bounds.add(np.bincount(distinct >> np.uint32(16), minlength=len(passages)))
        self._pieces.add((distinct & np.uint32(_IDS - 1)).astype(np.uint16))

    def close(self) -> None:
        """Finish the files."""
        self._pieces.close()
        self._bounds.save(self._folder / _BOUNDS)


def build(folder: Path, passages: Iterable[Sequence[int]]) -> None:
    """Write the pieces of passages, in the order of their rows; each piece once a passage.

    :param passages: piece ids below 65,536
    """
    writer = TokenWriter(folder)
    writer.add(passages)
    writer.close()


class TokenIndex:
    """The pieces of passages, mapped and not read."""

    def __init__(self, folder: Path) -> None:
        self._bounds: Rows = mapped(folder / _BOUNDS)
        self._pieces: Pieces = mapped(folder / _PIECES)

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @property
    def pieces(self) -> int:
        """Number of pieces that all passages hold together."""
        return len(self._pieces)

    def of(self, rows: Rows) -> tuple[Pieces, Rows]:
        """The pieces of the given rows one after the other, and where each row's begin (and the last one's end)."""
        places, bounds = lists_of(self._bounds, rows)
        return self._pieces[places], bounds


def numbered(pieces: Pieces) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The different pieces, ascending, and the place of each given one among them.

    As ``np.unique`` with its inverse, by a table of all pieces: sorting takes longer than what is done with the result.
    """
    present = np.zeros(_IDS, np.bool_)
    present[pieces] = True
    distinct = np.flatnonzero(present)
    place = np.empty(_IDS, np.intp)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[pieces]
