"""Late interaction of static token vectors: each piece of the query looks for its nearest piece in the passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.encoder import StaticEncoder
from index.legs import PieceSource
from index.nearest import Nearest
from index.tokens import numbered
from index.types import Rows, Scores


def late_interaction(
    pieces: Sequence[int],
    rows: Rows,
    tokens: PieceSource,
    encoder: StaticEncoder,
    nearest: Nearest | None = None,
) -> Scores:
    """Scores of passages between 0 and 1, float32 [n]: the weighted mean of the query pieces' best cosines.

    MaxSim of Khattab and Zaharia, "ColBERT" (SIGIR 2020), over static vectors. A piece weighs as much as the squared
    length of its vector: training leaves frequent pieces short and telling ones long, so it acts as an idf.

    :param pieces: the query's, from the same encoder
    :param nearest: the cosines that a small store keeps
    """
    scores = np.zeros(len(rows), np.float32)
    if not len(pieces) or not len(rows):
        return scores
    different = np.unique(pieces)
    asked, weights = encoder.unit_pieces(different)
    if not weights.any():
        return scores
    if nearest is not None:
        mean = np.matmul(weights, nearest.cosines(different, rows, encoder)) / weights.sum()
        return np.asarray(np.maximum(mean, 0.0), np.float32)
    held, bounds = tokens.of(rows)
    distinct, places = numbered(held)
    cosines = np.matmul(asked, encoder.unit_pieces(distinct)[0].T)  # [query pieces, distinct pieces]
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        best = np.maximum.reduceat(np.take(cosines, places, axis=1), bounds[filled], axis=1)
        scores[filled] = np.maximum(np.matmul(weights, best) / weights.sum(), 0.0)
    return scores
