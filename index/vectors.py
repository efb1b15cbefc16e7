"""The dense leg: inner products by FAISS, exact where there are few, found by short codes where there are many."""

from __future__ import annotations

import os
from pathlib import Path

import faiss
import numpy as np

from index.selection import Selection
from index.syncing import writing_to
from index.types import Rows, Scores, Vectors

CODED = 20_000  # vectors from which short codes pay: on 57,746 0.39 ms a search against 2.9 ms, recall@200 .9987
_CODES = "PQ128x4fs,Refine(Flat)"
_REFINED = 5  # times as many as are asked for are scored exactly
_REFINED_AT_LEAST = 500
_TRAINED_ON = 16_384
_CLUSTERED = "IVF{lists},PQ128x4fs,Refine(SQ8)"
# One list in so many is searched, of many lists and of few, where the nearest vectors lie in a larger share of them: on
# 1,001,552 recall@10 is .964. Beside the lexical leg fewer lists and fewer rows scored exactly suffice: of the ten best of
# 200 hybrid searches .985 are those of exact legs, against .988 with one list in 8 and 5 times as many rows.
_PROBED, _PROBED_BESIDE = (4, 3), (16, 7)
_REFINED_BESIDE = 1.5
_MANY = 1024  # lists
_DENSE = 0.1  # share of the rows that a filter admits, below which more lists are searched; at it recall@10 is .952
_EXAMPLES = 40  # for each list, to train on
_FEW = 8192  # allowed rows that are scored one by one
_AT_ONCE = 65_536  # vectors added at a time
_SHARED = 200_000  # vectors from which all cores code them


def build(path: Path, vectors: Vectors, clustered: bool = False) -> None:
    """Write an index of ``vectors`` (float32 [n, dimensions], unit rows) to ``path``.

    Few are stored as they are. Many get product-quantised codes of 4 bits beside them (André, Kermarrec and Le Scouarnec,
    "Cache locality is not enough", VLDB 2015), whose best are scored again exactly.

    :param clustered: for a part of a large store: codes in lists, of which a search reads some, and bytes in place of
        floats for the scores, in a file that is mapped. It takes filters at full speed
    """
    count, dimensions = vectors.shape
    # Training is many short pieces of work: two threads took four times one's processor time.
    faiss.omp_set_num_threads(1)
    index: faiss.Index
    if count < CODED or dimensions % 128:
        index = faiss.IndexFlatIP(dimensions)
    elif clustered:
        lists = _lists(count)
        index = faiss.index_factory(dimensions, _CLUSTERED.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
        index.train(np.ascontiguousarray(vectors[:: max(1, count // (_EXAMPLES * lists))]))
    else:
        index = faiss.index_factory(dimensions, _CODES, faiss.METRIC_INNER_PRODUCT)
        index.train(np.ascontiguousarray(vectors[:: count // _TRAINED_ON]))
    if count >= _SHARED:
        faiss.omp_set_num_threads(os.cpu_count() or 1)
    for start in range(0, count, _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _AT_ONCE], np.float32))
    with writing_to(path):
        faiss.write_index(index, str(path))


def _lists(count: int) -> int:
    """About twice the square root of the number of vectors, a power of two."""
    return 1 << round(float(np.log2(2 * np.sqrt(count))))


class VectorIndex:
    """A vector index that can be searched."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        self._exact = self._index
        self._lists = 0
        self._bytes: _Bytes | None = None
        if isinstance(self._index, faiss.IndexRefine):
            self._exact = faiss.downcast_index(self._index.refine_index)
            self._index.k_factor = _REFINED
            base = faiss.downcast_index(self._index.base_index)
            self._lists = base.nlist if isinstance(base, faiss.IndexIVF) else 0
        if isinstance(self._exact, faiss.IndexScalarQuantizer):
            self._bytes = _Bytes(self._exact)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: Vectors, k: int, allowed: Rows | Selection | None, alone: bool = True
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows with their inner products, best first, ties by row.

        :param query: float32 [dimensions], unit length
        :param allowed: the rows that may be found, or None for all
        :param alone: whether no other leg finds rows, too: beside one fewer lists are read
        """
        if not len(self) or (allowed is not None and not len(allowed)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        faiss.omp_set_num_threads(1)  # one query is one thread's work; idle helpers spin, 25 ms on a busy machine
        if self._lists and allowed is not None and len(allowed) <= max(_FEW, k):
            rows = allowed.rows() if isinstance(allowed, Selection) else np.sort(allowed)
            return _best(rows, self.score(query, rows), k)
        scores, rows = self._search(query, min(k, len(self)), allowed, alone)
        found = rows[0] >= 0
        return _best(rows[0][found].astype(np.int64), scores[0][found].astype(np.float32), k)

    def _search(self, query: Vectors, k: int, allowed: Rows | Selection | None, alone: bool) -> tuple[Scores, Rows]:
        if allowed is None and not self._lists:
            return self._index.search(query[None, :], k)
        selector, share = None, 1.0
        if allowed is not None:
            chosen = allowed if isinstance(allowed, Selection) else Selection.of(len(self), [allowed])
            selector = faiss.IDSelectorBitmap(chosen.bits)  # type: ignore[call-arg, arg-type]
            share = len(chosen) / len(self)
        if not self._lists:  # codes without lists take no selector
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            return self._exact.search(query[None, :], k, params=parameters)
        # The fewer rows are allowed, the farther away lie the nearest of them.
        one_in = (_PROBED if alone else _PROBED_BESIDE)[self._lists < _MANY]
        probed = min(self._lists, round(self._lists / one_in * max(1.0, _DENSE / max(share, 1e-9)) ** 0.5))
        lists = faiss.SearchParametersIVF(nprobe=probed, sel=selector)  # type: ignore[call-arg]
        refined = max(_REFINED, _REFINED_AT_LEAST / k) if alone else _REFINED_BESIDE
        parameters = faiss.IndexRefineSearchParameters(k_factor=refined, base_index_params=lists)  # type: ignore[call-arg]
        return self._index.search(query[None, :], k, params=parameters)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of the given rows, float32 [n, dimensions]."""
        return np.asarray(self._exact.reconstruct_batch(rows), np.float32)

    def score(self, query: Vectors, rows: Rows) -> Scores:
        """Inner products of the given rows, in their order."""
        if not len(rows):
            return np.empty(0, np.float32)
        if self._bytes is not None:
            return self._bytes.score(query, rows)
        return np.asarray(self.vectors(rows) @ query, np.float32)


class _Bytes:
    """Inner products with vectors of FAISS's ``SQ8`` over its own memory: it has no call for some rows alone.

    A component is ``least + (byte + ½) / 255 · span``, so a product is one of the bytes, scaled and shifted.
    """

    def __init__(self, index: faiss.IndexScalarQuantizer) -> None:
        self._index = index  # keeps the memory
        size = index.ntotal * index.code_size
        self._codes = faiss.rev_swig_ptr(index.codes.data(), size).reshape(index.ntotal, index.code_size)
        trained = faiss.vector_to_array(index.sq.trained)
        self._least, self._span = trained[: index.d], trained[index.d :]

    def score(self, query: Vectors, rows: Rows) -> Scores:
        scale = query * self._span / np.float32(255)
        shift = float(query @ self._least + scale.sum() / 2)
        return np.asarray(self._codes[rows].astype(np.float32) @ scale + shift, np.float32)


def _best(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
