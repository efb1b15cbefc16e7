"""The dense leg: exact inner products by FAISS."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from index.types import Rows, Scores, Vectors


def build(path: Path, vectors: Vectors) -> None:
    """Write a flat index of ``vectors`` (float32 [n, dimensions], unit rows) to ``path``."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(np.ascontiguousarray(vectors))
    faiss.write_index(flat, str(path))


class VectorIndex:
    """A vector index that can be searched."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Vectors, k: int, allowed: Rows | None) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows with their inner products, best first, ties by row.

        :param query: float32 [dimensions], unit length
        :param allowed: the rows that may be found, or None for all
        """
        if not len(self) or (allowed is not None and not len(allowed)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        faiss.omp_set_num_threads(1)  # one query is one thread's work; idle helpers spin, 25 ms on a busy machine
        parameters = None
        if allowed is not None:
            mask = np.zeros(len(self), np.uint8)
            mask[allowed] = 1
            bitmap = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bitmap)  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(query[None, :], min(k, len(self)), params=parameters)
        found = rows[0] >= 0
        rows, scores = rows[0][found].astype(np.int64), scores[0][found].astype(np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of the given rows, float32 [n, dimensions]."""
        return np.asarray(self._index.reconstruct_batch(rows), np.float32)

    def score(self, query: Vectors, rows: Rows) -> Scores:
        """Inner products of the given rows, in their order."""
        if not len(rows):
            return np.empty(0, np.float32)
        stored = self._index.reconstruct_batch(rows)
        return np.asarray(stored @ query, np.float32)
