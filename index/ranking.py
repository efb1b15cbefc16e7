"""The ranking of both stores and of evaluation: one formula over a lexical index, a vector index and an encoder."""

from __future__ import annotations

import numpy as np

from index.fusion import convex
from index.laps import Laps
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
    laps: Laps | None = None,
) -> tuple[Rows, Scores, int]:
    """The ``k`` best rows with their scores, best first, ties by row; and how many rows are known to match.

    :param required: filter terms for the lexical leg, one of each group
    :param allowed: the rows that carry them, for the dense leg; None for all
    :param laps: where the milliseconds of each stage are noted
    """
    lexical, vectors = indexes
    laps = laps or Laps()
    parsed = parse_query(query)
    laps.lap("analysis")
    if mode == "lexical":
        found = lexical.search(parsed.groups, k, required or [])
        laps.lap("lexical")
        return found
    vector = encoder.encode_queries([parsed.dense])[0]
    laps.lap("encoding")
    if mode == "dense":
        rows, scores = vectors.search(vector, k, allowed)
        laps.lap("dense")
        return rows, scores, len(rows)
    depth = max(k, CANDIDATES)
    lexical_rows, lexical_scores, total = lexical.search(parsed.groups, depth, required or [])
    laps.lap("lexical")
    dense_rows, _ = vectors.search(vector, depth, allowed)
    laps.lap("dense")
    others = np.setdiff1d(dense_rows, lexical_rows)  # the rest have their lexical score already
    rows = np.concatenate([lexical_rows, others])
    both = np.concatenate([lexical_scores, lexical.score(parsed.groups, others)]), vectors.score(vector, rows)
    fused = convex(*both, lexical.bound(parsed.groups))
    order = np.lexsort((rows, -fused))[:k]
    laps.lap("fusion")
    return rows[order], fused[order], max(total, len(rows))
