"""A set of rows as one bit each: what a filter admits, what has been removed. A million rows are 125 kB."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.types import Rows

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows among the first ``size`` ones. Bit ``row % 8`` of byte ``row // 8`` stands for a row; bits beyond are 0."""

    bits: Bits
    size: int

    @classmethod
    def of(cls, size: int, rows: Iterable[npt.NDArray[np.integer]] = ()) -> Selection:
        """The selection of given rows (arrays of them; each row below ``size``)."""
        mask = np.zeros(size, np.bool_)
        for some in rows:
            mask[some] = True
        return cls(np.packbits(mask, bitorder="little"), size)

    def __and__(self, other: Selection) -> Selection:
        """The rows of both."""
        return Selection(self.bits & other.bits, self.size)

    def without(self, other: Selection) -> Selection:
        """The rows that the other one lacks."""
        return Selection(self.bits & ~other.bits, self.size)

    def __len__(self) -> int:
        return int(np.bitwise_count(self.bits).sum(dtype=np.int64))

    def rows(self) -> Rows:
        """The rows, ascending."""
        return np.flatnonzero(np.unpackbits(self.bits, count=self.size, bitorder="little"))

    def part(self, first: int, count: int) -> Selection:
        """The rows from ``first`` on as rows from 0 on."""
        start, shift = divmod(first, 8)
        taken = np.zeros((count + 7) // 8 + 1, np.uint8)
        held = self.bits[start : start + len(taken)]
        taken[: len(held)] = held
        bits = taken[:-1] if not shift else (taken[:-1] >> shift) | (taken[1:] << (8 - shift)).astype(np.uint8)
        bits = np.array(bits, np.uint8)
        if count % 8:
            bits[-1] &= (1 << count % 8) - 1
        return Selection(bits, count)
