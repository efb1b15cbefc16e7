"""From what each part says of a passage to its score: one formula for the ranking and for its explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from index.fusion import convex
from index.ranker import features, shipped_ranker
from index.types import Scores

LATE_WEIGHT = 0.5  # of late interaction beside the fused score of 1, where no ranker orders: docs/retrieval.md
Method = Literal["ranker", "late interaction", "convex"]


@dataclass(frozen=True, slots=True)
class Formula:
    """How the scores of one query come about.

    ``dense_weight``: of the cosine in the fusion; ``best``: the highest lexical share, cosine and late interaction
    among the candidates.
    """

    method: Method
    dense_weight: float
    best: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def fused(self, share: Scores, cosine: Scores) -> Scores:
        """The convex combination of lexical shares and cosines, float32 [n]."""
        return convex(share, cosine, 1.0, self.dense_weight)

    def first(self, share: Scores, cosine: Scores, late: Scores) -> Scores:
        """Scores of what is ordered anew, float32 [n] in the upper half of the scale."""
        if self.method == "ranker":
            value = shipped_ranker().scores(features(share, cosine, late, self.best))
        else:
            value = np.asarray((self.fused(share, cosine) + LATE_WEIGHT * late) / (1 + LATE_WEIGHT), np.float32)
        return np.asarray(0.5 + value / 2, np.float32)

    def rest(self, share: Scores, cosine: Scores) -> Scores:
        """Scores of what stays in the order of the fusion, float32 [n]: in the lower half below what was ordered anew,
        on the whole scale where nothing is."""
        fused = self.fused(share, cosine)
        return fused if self.method == "convex" else np.asarray(np.clip(fused, 0.0, 1.0) / 2, np.float32)
