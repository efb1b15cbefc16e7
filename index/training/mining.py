"""Hard negatives: passages that BM25 ranks high for a question although they are not its answer.

BM25 runs over the encoder's own tokens (k1 1.2, b 0.75), so that nothing else is needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .batches import Tokens

_K1, _B = 1.2, 0.75
#: A passage that holds this share of the positive's distinct tokens may answer, too.
_SAME_SHARE = 0.7
_CHUNK = 256


def _counts(tokens: Tokens, vocabulary_size: int) -> sparse.csr_matrix:
    """Term counts, float32 [texts, vocabulary_size]; from copies, for scipy sorts in place."""
    matrix = sparse.csr_matrix(
        (np.ones(len(tokens.ids), np.float32), tokens.ids, tokens.starts),
        shape=(len(tokens), vocabulary_size),
        copy=True,
    )
    matrix.sum_duplicates()
    return matrix


def _bm25_weights(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each count replaced by idf × saturated term frequency."""
    n = counts.shape[0]
    found = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((n - found + 0.5) / (found + 0.5)).astype(np.float32)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    norm = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1.0))
    weights = counts.copy()
    per_entry = np.repeat(norm, np.diff(counts.indptr))
    weights.data = idf[counts.indices] * counts.data * (_K1 + 1) / (counts.data + per_entry)
    return weights.astype(np.float32)


def hard_negatives(
    questions: Tokens,
    passages: Tokens,
    gold: NDArray[np.int64],
    question_ids: NDArray[np.int64],
    vocabulary_size: int,
    ranks: tuple[int, int],
) -> NDArray[np.int64]:
    """Rows of ``passages`` at the ``ranks`` (from, to) among the wrong ones, best first.

    ``gold`` int64 [questions] is the row of each question's positive; questions with equal
    ``question_ids`` are one question with several positives, none of which is wrong.  Result
    int64 [questions, to - from]; rows with too few candidates are filled with random passages.
    """
    right: dict[int, list[int]] = {}
    for question, row in zip(question_ids.tolist(), gold.tolist(), strict=True):
        right.setdefault(question, []).append(row)
    counts = _counts(passages, vocabulary_size)
    columns = _bm25_weights(counts).T.tocsr()
    present = counts.sign()
    sizes = np.diff(present.indptr)
    asked = _counts(questions, vocabulary_size).sign()
    rng = np.random.default_rng(0)
    width = ranks[1] - ranks[0]
    out = rng.integers(0, len(passages), (len(questions), width))
    depth = min(len(passages), ranks[1] + 20)
    for start in range(0, len(questions), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(questions)))
        scores = (asked[rows] @ columns).toarray()
        top = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
        shared = (present[gold[rows]] @ present.T).tocsr()
        for at, row in enumerate(rows):
            order = top[at][np.lexsort((top[at], -scores[at, top[at]]))]
            overlap = np.asarray(shared[at, order].todense()).ravel()
            smaller = np.minimum(sizes[order], sizes[gold[row]])
            other = (overlap < _SAME_SHARE * smaller) & (scores[at, order] > 0)
            other &= ~np.isin(order, right[int(question_ids[row])])
            wrong = order[other]
            found = wrong[ranks[0] : ranks[1]]
            out[row, : len(found)] = found
    return out
