"""How near each passage of a small store comes to a token piece: kept once it was asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from index.encoder import StaticEncoder
from index.tokens import TokenIndex, numbered
from index.types import Rows, Scores, Vectors

_FEW = 50_000  # pieces of all passages, some twelve hundred of them: 0.1 ms for a piece that was not asked for before
_KEPT = 8 << 20  # cosines, four bytes each


class Nearest:
    """The cosine of a piece with the nearest piece of every passage, for as many pieces as memory is meant for.

    Questions share their words: a server soon multiplies no vectors any more, and looks up what it has.
    """

    def __init__(self, tokens: TokenIndex) -> None:
        self._tokens = tokens
        self._known: dict[int, Scores] = {}
        self._passages: _Passages | None = None

    @classmethod
    def of_few(cls, tokens: TokenIndex) -> Nearest | None:
        """None for a store whose passages hold too many pieces."""
        return cls(tokens) if tokens.pieces <= _FEW else None

    def cosines(self, pieces: npt.NDArray[np.int64], rows: Rows, encoder: StaticEncoder) -> Scores:
        """float32 [pieces, rows]; 0 for a passage without pieces."""
        return np.stack([self._of(int(piece), encoder)[rows] for piece in pieces])

    def _of(self, piece: int, encoder: StaticEncoder) -> Scores:
        known = self._known.get(piece)
        if known is None:
            if self._passages is None:
                self._passages = _Passages(self._tokens, encoder)
            known = self._passages.nearest(encoder.unit_pieces(np.array([piece]))[0][0])
            if (len(self._known) + 1) * len(known) > _KEPT:
                self._known.clear()
            self._known[piece] = known
        return known


class _Passages:
    """What all passages hold, with the directions of their pieces."""

    def __init__(self, tokens: TokenIndex, encoder: StaticEncoder) -> None:
        held, bounds = tokens.of(np.arange(len(tokens)))
        distinct, self._places = numbered(held)
        self._filled = np.flatnonzero(np.diff(bounds))
        self._starts = bounds[self._filled]
        self._count = len(tokens)
        self._directions = encoder.unit_pieces(distinct)[0]

    def nearest(self, direction: Vectors) -> Scores:
        """float32 [passages]; one piece at a time, for the last digits of a product depend on the shapes."""
        nearest = np.zeros(self._count, np.float32)
        if len(self._filled):
            cosines = self._directions @ direction
            nearest[self._filled] = np.maximum.reduceat(cosines[self._places], self._starts)
        return nearest
