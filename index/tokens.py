"""The token pieces of every passage, for late interaction: which pieces of the shipped encoder's vocabulary it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.types import Rows

Pieces = npt.NDArray[np.uint16]
_PIECES, _BOUNDS = "pieces.npy", "piece_bounds.npy"


def build(folder: Path, passages: Sequence[Sequence[int]]) -> None:
    """Write the pieces of passages, in the order of their rows; each piece once a passage.

    :param passages: piece ids below 65,536
    """
    distinct = [np.unique(np.asarray(pieces, np.uint16)) for pieces in passages]
    bounds = np.cumsum([0, *map(len, distinct)], dtype=np.int64)
    np.save(folder / _PIECES, np.concatenate([np.empty(0, np.uint16), *distinct]), allow_pickle=False)
    np.save(folder / _BOUNDS, bounds, allow_pickle=False)


class TokenIndex:
    """The pieces of all passages, mapped and not read."""

    def __init__(self, folder: Path) -> None:
        self._bounds = np.load(folder / _BOUNDS, allow_pickle=False)
        mapped = self._bounds[-1] > 0  # an empty file cannot be mapped
        pieces = np.load(folder / _PIECES, mmap_mode="r" if mapped else None, allow_pickle=False)
        self._pieces: Pieces = np.asarray(pieces)  # a plain array over the same map: slicing np.memmap is slow

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def of(self, rows: Rows) -> tuple[Pieces, Rows]:
        """The pieces of the given rows one after the other, and where each row's begin (and the last one's end)."""
        starts = self._bounds[rows]
        lengths = self._bounds[rows + 1] - starts
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths)
        return self._pieces[places], bounds
