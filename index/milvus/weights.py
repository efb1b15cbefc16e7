"""BM25 as sparse vectors: what tantivy computes, as numbers that an inner product adds up.

Weight of a term in a passage (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009):
``tf (k1 + 1) / (tf + k1 (1 - b + b length / average))``, the length quantised by Lucene's norm table
(``SmallFloat.intToByte4``) as tantivy does; the query carries the idf.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

K1, B = 1.2, 0.75
_FREE = 24  # lengths below stand for themselves; above, a code has four significant bits and an exponent
SENTINEL = 0  # a dimension that no query asks for: a vector must not be empty
Dimensions = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.float32]


def _length(code: int) -> int:
    if code < _FREE:
        return code
    bits, shift = (code - _FREE) & 7, ((code - _FREE) >> 3) - 1
    return _FREE + (bits if shift < 0 else (bits | 8) << shift)


NORMS = tuple(_length(code) for code in range(256))


def norm_code(length: int) -> int:
    """The byte that stands for a length: of the largest in the table that is not above it."""
    return bisect_right(NORMS, length) - 1


@lru_cache(maxsize=1 << 18)
def dimension(token: str) -> int:
    """The number that a token has everywhere, 1 … 2³²-2. Of 100,000 words about one pair shares a number."""
    digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % ((1 << 32) - 3) + 1


def norms(codes: npt.NDArray[np.int64], average: float) -> npt.NDArray[np.float64]:
    """``k1 (1 - b + b length / average)`` of each length code."""
    lengths = np.asarray(NORMS, np.float64)[codes]
    return np.asarray(K1 * (1 - B + B * lengths / max(average, 1e-9)))


def sparse_vector(tokens: Sequence[str], average: float) -> dict[int, float]:
    """A passage's weights by dimension."""
    norm = K1 * (1 - B + B * NORMS[norm_code(len(tokens))] / average)
    counts: Counter[int] = Counter()
    for token, tf in Counter(tokens).items():
        counts[dimension(token)] += tf
    return {SENTINEL: 1.0, **{place: tf * (K1 + 1) / (tf + norm) for place, tf in counts.items()}}


def term_counts(vector: Mapping[int, float], code: int, average: float) -> tuple[Dimensions, Counts]:
    """Back from weights to how often each term stands in the passage; dimensions ascending."""
    places = np.fromiter(vector.keys(), np.uint32, len(vector))
    weights = np.fromiter(vector.values(), np.float64, len(vector))
    order = np.argsort(places)
    places, weights = places[order], weights[order]
    kept = places != SENTINEL
    places, weights = places[kept], weights[kept]
    norm = float(norms(np.array([code]), average)[0])
    counts = np.rint(weights * norm / np.maximum(K1 + 1 - weights, 1e-9))
    return places, np.maximum(counts, 1).astype(np.float32)
