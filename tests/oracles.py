"""Slow and plain references that the fast engines must agree with."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.lexical import LexicalEntry, TermGroup

K1 = 1.2
B = 0.75


def byte4_to_int(code: int) -> int:
    """The document length that a norm byte stands for: Lucene's ``SmallFloat.byte4ToInt``.

    Lengths below 24 stand for themselves; above, a code holds four significant bits and an exponent.
    """
    free = 24
    if code < free:
        return code
    bits, shift = (code - free) & 7, ((code - free) >> 3) - 1
    return free + (bits if shift < 0 else (bits | 8) << shift)


NORMS = [byte4_to_int(code) for code in range(256)]


def quantised(length: int) -> int:
    """The length that the engine keeps: the largest of the table that is not above the true one."""
    return NORMS[bisect_right(NORMS, length) - 1]


class Bm25:
    """Textbook BM25 of one field, with quantised document lengths (the average is that of the true ones)."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._counts = [Counter(tokens) for tokens in documents]
        self._lengths = [quantised(len(tokens)) for tokens in documents]
        self._average = sum(map(len, documents)) / max(1, len(documents))

    def idf(self, token: str) -> float:
        """Inverse document frequency, positive even for a token that stands everywhere."""
        n, df = len(self._counts), sum(token in counts for counts in self._counts)
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def scores(self, token: str) -> npt.NDArray[np.float64]:
        """What one token gives each document, [documents]."""
        idf, out = self.idf(token), np.zeros(len(self._counts))
        for row, (counts, length) in enumerate(zip(self._counts, self._lengths, strict=True)):
            if tf := counts[token]:
                out[row] = idf * (K1 + 1) * tf / (tf + K1 * (1 - B + B * length / self._average))
        return out


class LexicalOracle:
    """The lexical leg: the best alternative of each group."""

    def __init__(self, entries: Sequence[LexicalEntry]) -> None:
        self._rows = len(entries)
        self._body = Bm25([entry.tokens for entry in entries])

    def scores(self, query: Sequence[TermGroup]) -> npt.NDArray[np.float64]:
        """Scores of all rows, 0 where nothing matches, [rows]."""
        total = np.zeros(self._rows)
        for group in query:
            best = np.zeros(self._rows)
            for token, weight in group.alternatives:
                best = np.maximum(best, weight * self._body.scores(token))
            total += best
        return total


def ranking(scores: npt.NDArray[np.float64], k: int) -> list[int]:
    """The ``k`` best rows with a positive score, ties by row."""
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [row for row in order if scores[row] > 0][:k]
