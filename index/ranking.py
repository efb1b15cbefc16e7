"""The ranking of both stores and of evaluation: one formula over a lexical index, a vector index and an encoder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoder import StaticEncoder
from index.fusion import DENSE_WEIGHT, convex
from index.laps import Laps
from index.late_interaction import late_interaction
from index.lexical import LexicalIndex
from index.query import parse_query
from index.ranker import features, shipped_ranker
from index.tokens import TokenIndex
from index.types import Encoder, Mode, Rows, Scores
from index.vectors import VectorIndex

CANDIDATES = 200  # of each leg, before fusion
TOP = 50  # of the fused ranking, ordered anew
CHINESE_DENSE_WEIGHT = 0.5  # in the fusion that the ranker was trained behind
LATE_WEIGHT = 0.5  # of late interaction beside the fused score of 1, for other queries: docs/retrieval.md
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Legs:
    """What a hybrid search reads, opened."""

    lexical: LexicalIndex
    vectors: VectorIndex
    tokens: TokenIndex

    @classmethod
    def load(cls, folder: Path) -> Legs:
        """Open the indexes that lie in a folder."""
        return cls(LexicalIndex(folder / "lexical"), VectorIndex(folder / "vectors.faiss"), TokenIndex(folder))


def rank(
    query: str,
    k: int,
    mode: Mode,
    legs: Legs,
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
    lexical, vectors = legs.lexical, legs.vectors
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
    total = max(total, len(rows))
    chinese = bool(_HAN.search(query))
    share = np.asarray(both[0] / max(lexical.bound(parsed.groups), 1e-9), np.float32)
    cosine = np.maximum(both[1], np.float32(0.0))
    learned = isinstance(encoder, StaticEncoder)  # late interaction and the ranker know no other encoder's scale
    fused = convex(share, cosine, 1.0, CHINESE_DENSE_WEIGHT if chinese and learned else DENSE_WEIGHT)
    order = np.lexsort((rows, -fused))[: max(k, TOP)]
    laps.lap("fusion")
    if not isinstance(encoder, StaticEncoder):
        return rows[order[:k]], fused[order[:k]], total
    late = late_interaction(parsed.dense, rows[order[:TOP]], legs.tokens, encoder)
    laps.lap("late interaction")
    best = float(share.max(initial=0)), float(cosine.max(initial=0)), float(late.max(initial=0))
    rows, share, cosine, fused = rows[order], share[order], cosine[order], fused[order]
    if chinese:
        first = shipped_ranker().scores(features(share[:TOP], cosine[:TOP], late, best))
    else:
        first = np.asarray((fused[:TOP] + LATE_WEIGHT * late) / (1 + LATE_WEIGHT), np.float32)
    # Both halves of the scale: what was ordered anew stands above the rest.
    scores = np.concatenate([0.5 + first / 2, np.clip(fused[TOP:], 0.0, 1.0) / 2]).astype(np.float32)
    order = np.lexsort((rows, -scores))[:k]
    laps.lap("ranking")
    return rows[order], scores[order], total
