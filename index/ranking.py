"""The ranking of both stores and of evaluation: one formula over a lexical index, a vector index and an encoder."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.encoder import StaticEncoder
from index.english import Lookup
from index.formula import Formula, Method
from index.fusion import DENSE_WEIGHT
from index.laps import Laps
from index.late_interaction import late_interaction
from index.legs import DenseLeg, LexicalLeg, PieceSource
from index.lexical import LexicalIndex
from index.nearest import Nearest
from index.query import parse_query
from index.selection import Selection
from index.tokens import TokenIndex
from index.trace import Trace
from index.types import Encoder, Mode, Rows, Scores
from index.vectors import VectorIndex

CANDIDATES = 200  # of each leg, before fusion
TOP = 150  # of the fused ranking, ordered anew
CHINESE_DENSE_WEIGHT = 0.5  # in the fusion that the ranker was trained behind
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Legs:
    """What a hybrid search reads, opened."""

    lexical: LexicalLeg
    vectors: DenseLeg
    tokens: PieceSource
    nearest: Nearest | None = None

    @classmethod
    def load(cls, folder: Path) -> Legs:
        """Open the indexes that lie in a folder."""
        tokens = TokenIndex(folder)
        return cls(
            LexicalIndex(folder / "lexical"), VectorIndex(folder / "vectors.faiss"), tokens, Nearest.of_few(tokens)
        )


def rank(
    query: str,
    k: int,
    mode: Mode,
    legs: Legs,
    encoder: Encoder,
    required: list[list[str]] | None = None,
    allowed: Rows | Selection | None = None,
    laps: Laps | None = None,
    among: Rows | None = None,
    lookup: Lookup | None = None,
    trace: Trace | None = None,
) -> tuple[Rows, Scores, int]:
    """The ``k`` best rows with their scores, best first, ties by row; and how many rows are known to match.

    :param required: filter terms for the lexical leg, one of each group
    :param allowed: the rows that carry them, for the dense leg; None for all
    :param laps: where the milliseconds of each stage are noted
    :param among: the rows that may be found, for the lexical leg beside the terms; None for all
    :param lookup: the user's own dictionary
    :param trace: where what led to the ranking is noted, for an explanation
    """
    lexical, vectors = legs.lexical, legs.vectors
    laps = laps or Laps()
    parsed = parse_query(query, lookup)
    if trace is not None:
        trace.parsed = parsed
    laps.lap("analysis")
    if mode == "lexical":
        found = lexical.search(parsed.groups, k, required or [], among)
        laps.lap("lexical")
        return found
    static = encoder if isinstance(encoder, StaticEncoder) else None
    pieces = static.pieces([parsed.dense])[0] if static else []
    vector = static.pool([pieces])[0] if static else encoder.encode_queries([parsed.dense])[0]
    laps.lap("encoding")
    if mode == "dense":
        rows, scores = vectors.search(vector, k, allowed)
        if trace is not None:
            trace.rows, trace.cosine = rows, scores
        laps.lap("dense")
        return rows, scores, len(rows)
    depth = max(k, CANDIDATES)
    scored, lexical_scores, total = lexical.search(parsed.groups, lexical.ahead * depth, required or [], among)
    lexical_rows = scored[:depth]
    laps.lap("lexical")
    dense_rows, _ = vectors.search(vector, depth, allowed, alone=False)
    laps.lap("dense")
    places = _places(dense_rows, scored)
    new = (places < 0) | (places >= depth)  # not among the lexical leg's own
    others, places = dense_rows[new], places[new]
    rows = np.concatenate([lexical_rows, others])
    if total <= len(scored):  # whatever matches has its score already
        other_scores = np.where(places < 0, np.float32(0.0), np.append(lexical_scores, np.float32(0.0))[places])
    else:
        other_scores = lexical.score(parsed.groups, others)
    lexical_scores = np.concatenate([lexical_scores[:depth], other_scores])
    share = np.asarray(lexical_scores / max(lexical.bound(parsed.groups), 1e-9), np.float32)
    cosine = np.maximum(vectors.score(vector, rows), np.float32(0.0))
    total = max(total, len(rows))
    # Late interaction and the ranker know no other encoder's scale.
    chinese = bool(_HAN.search(query)) and static is not None
    method: Method = "convex" if static is None else "ranker" if chinese else "late interaction"
    formula = Formula(method, CHINESE_DENSE_WEIGHT if chinese else DENSE_WEIGHT)
    fused = formula.fused(share, cosine)
    order = np.lexsort((rows, -fused))[: max(k, TOP)]
    laps.lap("fusion")
    late = np.empty(0, np.float32)
    if static is not None:
        late = late_interaction(pieces, rows[order[:TOP]], legs.tokens, static, legs.nearest)
        best = float(share.max(initial=0)), float(cosine.max(initial=0)), float(late.max(initial=0))
        formula = replace(formula, best=best)
    laps.lap("late interaction")
    rows, share, cosine = rows[order], share[order], cosine[order]
    if trace is not None:
        trace.formula, trace.lexical_rows, trace.dense_rows = formula, lexical_rows, dense_rows
        trace.rows, trace.share, trace.cosine, trace.late = rows, share, cosine, late
    anew = len(late)  # stands above the rest
    scores = np.concatenate(
        [formula.first(share[:anew], cosine[:anew], late), formula.rest(share[anew:], cosine[anew:])]
    )
    order = np.lexsort((rows, -scores))[:k]
    laps.lap("ranking")
    return rows[order], scores[order], total


def _places(rows: Rows, among: Rows) -> Rows:
    """The place of each row among others, -1 for one that is not there."""
    if not len(among):
        return np.full(len(rows), -1)
    order = np.argsort(among)
    places = order[np.minimum(np.searchsorted(among, rows, sorter=order), len(among) - 1)]
    return np.where(among[places] == rows, places, -1)
