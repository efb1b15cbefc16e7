"""The ranking of both stores and of evaluation: one formula over a lexical index, a vector index and an encoder."""

from __future__ import annotations

import numpy as np

from index.fusion import convex
from index.lexical import LexicalIndex
from index.query import parse_query
from index.types import Encoder, Mode, Rows, Scores
from index.vectors import VectorIndex

CANDIDATES = 200  # of each leg, before fusion


def rank(
    query: str,
    k: int,
    mode: Mode,
    indexes: tuple[LexicalIndex, VectorIndex],
    encoder: Encoder,
    required: list[list[str]] | None = None,
    allowed: Rows | None = None,
) -> tuple[Rows, Scores, int]:
    """The ``k`` best rows with their scores, best first, ties by row; and how many rows are known to match.

    :param required: filter terms for the lexical leg, one of each group
    :param allowed: the rows that carry them, for the dense leg; None for all
    """
    lexical, vectors = indexes
    parsed = parse_query(query)
    if mode == "lexical":
        return lexical.search(parsed.groups, k, required or [])
    vector = encoder.encode_queries([parsed.dense])[0]
    if mode == "dense":
        rows, scores = vectors.search(vector, k, allowed)
        return rows, scores, len(rows)
    depth = max(k, CANDIDATES)
    lexical_rows, lexical_scores, total = lexical.search(parsed.groups, depth, required or [])
    dense_rows, _ = vectors.search(vector, depth, allowed)
    others = np.setdiff1d(dense_rows, lexical_rows)  # the rest have their lexical score already
    rows = np.concatenate([lexical_rows, others])
    both = np.concatenate([lexical_scores, lexical.score(parsed.groups, others)]), vectors.score(vector, rows)
    fused = convex(*both, lexical.bound(parsed.groups))
    order = np.lexsort((rows, -fused))[:k]
    return rows[order], fused[order], max(total, len(rows))
