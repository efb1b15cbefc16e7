"""All segments of a state as one: rows are those of the store, results are merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from index.arrays import lists_of
from index.segments import Segment
from index.selection import Selection
from index.tokens import Pieces
from index.types import Rows, Scores, Vectors


class Parts:
    """Vectors, token pieces and tokens over several segments, as :class:`VectorIndex`, :class:`TokenIndex` and
    :class:`TokenCounts` have them.

    :param gone: rows of passages that have been removed, None where there are none
    """

    def __init__(self, segments: Sequence[Segment], gone: Selection | None) -> None:
        self._segments = segments
        self._size = segments[-1].end
        self._firsts = np.array([segment.first for segment in segments])
        self._live = Selection.of(self._size, [np.arange(self._size)]).without(gone) if gone else None
        self._own_live = self._parts_of(self._live)
        forward = [segment.forward for segment in segments if segment.forward]
        held = self._size - (len(gone) if gone else 0)
        self.mean_length = sum(int(some.lengths.sum()) for some in forward) / max(held, 1)

    def __len__(self) -> int:
        return self._size

    def _split(self, rows: Rows) -> Iterator[tuple[Segment, Rows | slice, Rows]]:
        """Each segment that holds some of the rows, their places among them, and their rows in the segment."""
        if len(self._segments) == 1 or not len(rows) or rows.max() < self._firsts[1]:  # most of a store is its first
            yield self._segments[0], slice(None), rows
            return
        owner = np.searchsorted(self._firsts, rows, "right") - 1
        for number in np.flatnonzero(np.bincount(owner)).tolist():
            places = np.flatnonzero(owner == number)
            yield self._segments[number], places, rows[places] - self._firsts[number]

    def search(
        self, query: Vectors, k: int, allowed: Rows | Selection | None, alone: bool = True
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows with their inner products, best first, ties by row.

        :param alone: whether no other leg finds rows, too
        """
        own_allowed = self._own_live
        if allowed is not None:
            chosen = allowed if isinstance(allowed, Selection) else Selection.of(self._size, [allowed])
            own_allowed = self._parts_of(chosen if self._live is None else chosen & self._live)
        rows, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for segment, own in zip(self._segments, own_allowed, strict=True):
            found, values = segment.vectors.search(query, k, own, alone)
            rows.append(found + segment.first)
            scores.append(values)
        every, values = np.concatenate(rows), np.concatenate(scores)
        order = np.lexsort((every, -values))[:k]
        return every[order], values[order]

    def _parts_of(self, rows: Selection | None) -> list[Selection | None]:
        """What of a selection lies in each segment, None where all of the segment does."""
        parts = [rows.part(s.first, s.end - s.first) if rows is not None else None for s in self._segments]
        return [part if part is not None and len(part) < part.size else None for part in parts]

    def score(self, query: Vectors, rows: Rows) -> Scores:
        """Inner products of the given rows, in their order."""
        out = np.zeros(len(rows), np.float32)
        for segment, places, own in self._split(rows):
            out[places] = segment.vectors.score(query, own)
        return out

    def of(self, rows: Rows) -> tuple[Pieces, Rows]:
        """The pieces of the given rows one after the other, and where each row's begin (and the last one's end)."""
        if len(self._segments) == 1:
            return self._segments[0].tokens.of(rows)
        found, lengths = [], np.zeros(len(rows), np.int64)
        for segment, places, own in self._split(rows):
            pieces, bounds = segment.tokens.of(own)
            lengths[places] = np.diff(bounds)
            found.append((places, pieces))
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        every = np.empty(bounds[-1], np.uint16)
        for places, pieces in found:
            at, _ = lists_of(bounds, np.arange(len(rows))[places])
            every[at] = pieces
        return every, bounds

    def counts(self, rows: Rows, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """How many times each token stands in each passage, float32 [tokens, rows]."""
        out = np.zeros((len(tokens), len(rows)), np.float32)
        for segment, places, own in self._split(rows):
            assert segment.forward is not None
            out[:, places] = segment.forward.counts(own, tokens)
        return out

    def lengths(self, rows: Rows) -> npt.NDArray[np.uint32]:
        """Tokens of each passage."""
        out = np.zeros(len(rows), np.uint32)
        for segment, places, own in self._split(rows):
            assert segment.forward is not None
            out[places] = segment.forward.lengths[own]
        return out
