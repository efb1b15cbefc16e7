"""What led to a ranking, noted on the way for an explanation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from index.formula import Formula
from index.query import ParsedQuery
from index.types import Rows, Scores


def _rows() -> Rows:
    return np.empty(0, np.int64)


def _scores() -> Scores:
    return np.empty(0, np.float32)


@dataclass(slots=True)
class Trace:
    """The numbers of the candidates, in the order of the fusion; what a mode does not use stays empty.

    ``late`` covers the first candidates only. ``lexical_rows`` and ``dense_rows``: the ranking of each leg.
    """

    parsed: ParsedQuery | None = None
    formula: Formula | None = None
    lexical_rows: Rows = field(default_factory=_rows)
    dense_rows: Rows = field(default_factory=_rows)
    rows: Rows = field(default_factory=_rows)
    share: Scores = field(default_factory=_scores)
    cosine: Scores = field(default_factory=_scores)
    late: Scores = field(default_factory=_scores)
