"""Which rows carry which filter term: sorted names and ascending rows in files that are mapped, not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import mapped

Posting = npt.NDArray[np.uint32]
_NAMES, _STARTS, _ROWS, _BOUNDS = "terms.npy", "term_starts.npy", "term_rows.npy", "term_bounds.npy"


def write(folder: Path, by_term: Mapping[str, Sequence[int] | Posting]) -> None:
    """Write the rows of each term (ascending, below 2³²) into ``folder``."""
    names = {_key(term): term for term in by_term}
    order = sorted(names)
    np.save(folder / _NAMES, np.frombuffer(b"".join(order), np.uint8), allow_pickle=False)
    np.save(folder / _STARTS, np.cumsum([0, *map(len, order)], dtype=np.int64), allow_pickle=False)
    parts = [np.asarray(by_term[names[name]], np.uint32) for name in order]
    np.save(folder / _BOUNDS, np.cumsum([0, *map(len, parts)], dtype=np.int64), allow_pickle=False)
    np.save(folder / _ROWS, np.concatenate([np.empty(0, np.uint32), *parts]), allow_pickle=False)


class Postings:
    """Postings that can be looked up."""

    def __init__(self, folder: Path) -> None:
        self._names, self._starts = mapped(folder / _NAMES), mapped(folder / _STARTS)
        self._rows, self._bounds = mapped(folder / _ROWS), mapped(folder / _BOUNDS)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def rows(self, term: str) -> Posting:
        """The rows that carry a term, ascending; none for an unknown one."""
        name = _key(term)
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._name(middle) < name else (low, middle)
        if low == len(self) or self._name(low) != name:
            return self._rows[:0]
        return self._rows[self._bounds[low] : self._bounds[low + 1]]

    def items(self) -> dict[str, Posting]:
        """The rows of every term."""
        ends = self._bounds[1:]
        return {
            self._name(i).decode("utf-8", "surrogatepass"): self._rows[self._bounds[i] : end]
            for i, end in enumerate(ends)
        }

    def _name(self, place: int) -> bytes:
        return self._names[self._starts[place] : self._starts[place + 1]].tobytes()


def _key(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")
