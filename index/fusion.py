"""Fusion of the two legs. One small pure function per method."""

from __future__ import annotations

import numpy as np

from index.types import Scores

DENSE_WEIGHT = 0.4  # chosen by measurement: docs/retrieval.md


def convex(lexical: Scores, dense: Scores, bound: float, dense_weight: float = DENSE_WEIGHT) -> Scores:
    """Convex combination of calibrated scores, [n], between 0 and about 1.

    After Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), with both legs
    scored for every candidate. Both scales are absolute: a lexical score becomes a share of ``bound``, the most that the
    question could score, a cosine is taken as it is (a negative one as 0). A question whose words hardly occur, such as
    an English one, is thereby left to the dense leg; dividing by the best score found would hide that.
    """
    share = lexical / bound if bound > 0 else np.zeros_like(lexical)
    return np.asarray((1.0 - dense_weight) * share + dense_weight * np.maximum(dense, 0.0), np.float32)
