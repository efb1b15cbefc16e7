"""Fusion of the two legs. One small pure function per method."""

from __future__ import annotations

import numpy as np

from index.types import Scores

DENSE_WEIGHT = 0.3


def convex(lexical: Scores, dense: Scores, dense_weight: float = DENSE_WEIGHT) -> Scores:
    """Convex combination of normalised scores, [n].

    After Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), with both legs
    scored for every candidate: lexical scores are divided by the best one (their minimum is 0 in theory), cosines are
    taken as they are, negative ones as 0.
    """
    best = float(lexical.max(initial=0.0))
    normalised = lexical / best if best > 0 else lexical
    top = float(dense.max(initial=0.0))
    cosine = np.maximum(dense, 0.0) / top if top > 0 else np.zeros_like(dense)
    return np.asarray((1.0 - dense_weight) * normalised + dense_weight * cosine, np.float32)
