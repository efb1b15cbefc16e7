"""The legs of a ranking over Milvus: the server names candidates, their scores are computed here, as in a folder.

The server's sparse scores are no more than a bound: they add up the alternatives of a group where the best alone counts,
and were made with the average length that the generation began with. Candidates are asked for until what is left out
cannot be among the best by its bound (Fagin's threshold algorithm, "Optimal aggregation algorithms", 2003), so ids and
scores are those of a full computation.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.errors import StoreError, StoreUnreachable
from index.lexical import TermGroup
from index.milvus.connection import Connection, Refused, Row
from index.milvus.expressions import every, holding, within
from index.milvus.packing import read_pieces
from index.milvus.state import State
from index.milvus.weights import K1, Counts, Dimensions, dimension, norms, term_counts
from index.selection import Selection
from index.types import Mode, Rows, Scores, Vectors

MOST = 16_384  # rows that a search of Milvus gives at most
_SPARE = 64  # rows beyond those that are wanted: some that do not count, ties
_GROWTH = 4
_KEPT = 20_000  # passages whose features a process keeps, 2 to 3 KB each


class LegDown(StoreError):
    """One leg does not answer; the other may."""

    def __init__(self, leg: Mode, cause: StoreError) -> None:
        super().__init__(str(cause))
        self.leg = leg
        self.cause = cause


class Moved(StoreError):
    """What was read does not belong to one state: the store has changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the dense leg and late interaction need of a passage."""

    vector: Vectors
    pieces: npt.NDArray[np.uint16]


class Features:
    """Features of passages by their keys. What a key stands for never changes, so what was read once is kept."""

    def __init__(self) -> None:
        self._words: OrderedDict[str, tuple[int, Dimensions, Counts]] = OrderedDict()
        self._meanings: OrderedDict[str, Meaning] = OrderedDict()
        self._lock = threading.Lock()

    def note_words(self, rows: Sequence[Row], average: float) -> None:
        """Keep what a search has brought: ``pk``, ``length`` and ``sparse`` of each row."""
        with self._lock:
            for row in rows:
                if row["pk"] not in self._words:
                    code = int(row["length"])
                    self._words[row["pk"]] = (code, *term_counts(row["sparse"], code, average))
            while len(self._words) > _KEPT:
                self._words.popitem(last=False)

    def words(
        self, connection: Connection, state: State, keys: Sequence[str]
    ) -> list[tuple[int, Dimensions, Counts]]:  # fmt: skip
        """Length codes and terms of passages, in their order."""
        known = {key: found for key in keys if (found := self._words.get(key)) is not None}
        missing = [key for key in keys if key not in known]
        rows = _by_key(connection, state, missing, ["length", "sparse"])
        self.note_words(rows, state.marker.average)
        for row in rows:
            code = int(row["length"])
            known[row["pk"]] = (code, *term_counts(row["sparse"], code, state.marker.average))
        return [known[key] for key in keys]

    def meanings(self, connection: Connection, state: State, keys: Sequence[str]) -> list[Meaning]:
        """Vectors and token pieces of passages, in their order."""
        known = {key: found for key in keys if (found := self._meanings.get(key)) is not None}
        missing = [key for key in keys if key not in known]
        for row in _by_key(connection, state, missing, ["dense", "pieces"]):
            known[row["pk"]] = Meaning(np.asarray(row["dense"], np.float32), read_pieces(row["pieces"]))
        with self._lock:
            self._meanings.update((key, known[key]) for key in missing)
            while len(self._meanings) > _KEPT:
                self._meanings.popitem(last=False)
        return [known[key] for key in keys]


def _by_key(connection: Connection, state: State, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
    if not keys:
        return []
    rows = connection.query(state.generation, within("pk", keys), ["pk", *fields])
    if len(rows) < len(set(keys)):
        raise Moved("passages are gone that were there a moment ago")
    return rows


class MilvusLexical:
    """The lexical leg: candidates by sparse inner products, BM25 computed from their terms."""

    ahead = 1

    def __init__(self, connection: Connection, state: State, scope: str, features: Features) -> None:
        """:param scope: expression that every passage found must meet"""
        self._connection, self._state, self._scope, self._features = connection, state, scope, features
        self._norms = norms(np.arange(256), state.words.average)

    def search(
        self, query: Sequence[TermGroup], k: int, required: list[list[str]], among: Rows | None = None
    ) -> tuple[Rows, Scores, int]:
        """The ``k`` best rows of the scope with their scores, best first, ties by row; how many are known to match.

        :raises LegDown: the server does not answer
        """
        assert not required  # it is in the scope
        assert among is None
        asked = self._asked(query)
        if not asked:
            return np.empty(0, np.int64), np.empty(0, np.float32), 0
        slack = max(1.0, self._state.words.average / self._state.marker.average) * (1 + 1e-5)
        limit = min(2 * k + _SPARE, MOST)
        while True:
            try:
                found = self._connection.search(
                    self._state.generation, "sparse", asked, limit, self._scope, ["length", "sparse"]
                )
            except (StoreUnreachable, Refused) as error:
                raise LegDown("lexical", error) from error
            flat = [{"pk": hit["pk"], **hit["entity"]} for hit in found]
            rows = self._state.rows([row["pk"] for row in flat])
            flat, rows = [row for row, at in zip(flat, rows, strict=True) if at >= 0], rows[rows >= 0]
            self._features.note_words(flat, self._state.marker.average)
            scores = self.score(query, rows)
            order = np.lexsort((rows, -scores))
            complete = len(found) < limit
            bound = 0.0 if complete else float(found[-1]["distance"]) * slack
            if complete or limit == MOST or (len(order) >= k and bound < scores[order[k - 1]]):
                order = order[:k]
                return rows[order], scores[order], len(rows) if complete else len(rows) + 1
            limit = min(_GROWTH * limit, MOST)

    def score(self, query: Sequence[TermGroup], rows: Rows) -> Scores:
        """BM25 of rows, in their order: of each group the best alternative."""
        words = self._features.words(self._connection, self._state, [self._state.key(int(row)) for row in rows])
        groups = [[(dimension(token), w * self._idf(token)) for token, w in group.alternatives] for group in query]
        wanted = np.unique(np.array([place for group in groups for place, _ in group], np.uint32))
        weights = np.zeros((len(rows), len(wanted)), np.float64)
        for at, (code, places, counts) in enumerate(words):
            if len(places) and len(wanted):
                found = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
                tf = np.where(places[found] == wanted, counts[found], 0)
                weights[at] = tf * (K1 + 1) / (tf + self._norms[code])
        total = np.zeros(len(rows), np.float64)
        for group in groups:
            columns = np.searchsorted(wanted, np.array([place for place, _ in group], np.uint32))
            total += (weights[:, columns] * np.array([factor for _, factor in group])).max(axis=1, initial=0)
        return total.astype(np.float32)

    def bound(self, query: Sequence[TermGroup]) -> float:
        """What a passage could score at most (see :meth:`index.lexical.LexicalIndex.bound`)."""
        return (K1 + 1) * sum(max(weight * self._idf(token) for token, weight in g.alternatives) for g in query)

    def document_frequency(self, token: str) -> int:
        """In how many passages a token stands."""
        return self._state.words.counts.get(token, 0)

    def _idf(self, token: str) -> float:
        n, df = self._state.words.passages, self.document_frequency(token)
        return math.log1p((n - df + 0.5) / (df + 0.5))

    def _asked(self, query: Sequence[TermGroup]) -> dict[int, float]:
        """The query as a sparse vector; terms that stand nowhere are left out."""
        vector: dict[int, float] = {}
        for group in query:
            for token, weight in group.alternatives:
                if self.document_frequency(token):
                    place = dimension(token)
                    vector[place] = vector.get(place, 0.0) + weight * self._idf(token)
        return vector


class MilvusVectors:
    """The dense leg."""

    def __init__(self, connection: Connection, state: State, scope: str, features: Features) -> None:
        """:param scope: expression that every passage found must meet"""
        self._connection, self._state, self._scope, self._features = connection, state, scope, features

    def __len__(self) -> int:
        return len(self._state.order)

    def search(
        self, query: Vectors, k: int, allowed: Rows | Selection | None, alone: bool = True
    ) -> tuple[Rows, Scores]:
        """The ``k`` nearest rows of the scope with their inner products, best first, ties by row.

        :raises LegDown: the server does not answer
        """
        assert allowed is None  # it is in the scope
        limit = min(k + _SPARE, MOST)
        while True:
            try:
                found = self._connection.search(self._state.generation, "dense", query, limit, self._scope, [])
            except (StoreUnreachable, Refused) as error:
                raise LegDown("dense", error) from error
            rows = self._state.rows([hit["pk"] for hit in found])
            scores = np.array([hit["distance"] for hit in found], np.float32)
            rows, scores = rows[rows >= 0], scores[rows >= 0]
            order = np.lexsort((rows, -scores))
            complete = len(found) < limit
            if complete or limit == MOST or (len(order) >= k and found[-1]["distance"] < scores[order[k - 1]]):
                return rows[order[:k]], scores[order[:k]]
            limit = min(_GROWTH * limit, MOST)

    def score(self, query: Vectors, rows: Rows) -> Scores:
        """Inner products of rows, in their order."""
        if not len(rows):
            return np.empty(0, np.float32)
        stored = np.stack([meaning.vector for meaning in self._meanings(rows)])
        return np.asarray(stored @ query, np.float32)

    def _meanings(self, rows: Rows) -> list[Meaning]:
        return self._features.meanings(self._connection, self._state, [self._state.key(int(row)) for row in rows])


class MilvusPieces:
    """The token pieces of passages."""

    def __init__(self, connection: Connection, state: State, features: Features) -> None:
        self._connection, self._state, self._features = connection, state, features

    def of(self, rows: Rows) -> tuple[npt.NDArray[np.uint16], Rows]:
        """The pieces of rows one after the other, and where each row's begin (and the last one's end)."""
        keys = [self._state.key(int(row)) for row in rows]
        pieces = [meaning.pieces for meaning in self._features.meanings(self._connection, self._state, keys)]
        bounds = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
        return np.concatenate([np.empty(0, np.uint16), *pieces]), bounds


class Holding:
    """Which passages hold some words, as far as reading a query asks: whether any does.

    Rows are not named; :func:`index.milvus.expressions.holding` finds them within the search.
    """

    def __init__(self, connection: Connection, state: State, scope: str) -> None:
        self._connection, self._state, self._scope = connection, state, scope

    def rows_holding(self, forms: Sequence[str], limit: int = -1) -> list[int]:
        """One number where a passage of the scope holds one of the forms."""
        condition = every(self._scope, holding(forms))
        for most in (_SPARE, None):  # some that do not count may be among the first
            rows = self._connection.query(self._state.generation, condition, ["pk"], most) if forms else []
            if bool((self._state.rows([row["pk"] for row in rows]) >= 0).any()):
                return [0]
            if len(rows) < _SPARE:
                break
        return []
