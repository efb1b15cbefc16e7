"""One search of a Milvus store over one state: the query read, candidates ranked, passages fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from corpus.types import Passage
from index.cross_encoder import DEPTH, rerank
from index.degraded import note
from index.derived import whole_text
from index.dictionary import Dictionary
from index.explain import Explanation, explain
from index.filters import required_terms
from index.laps import Laps
from index.milvus.connection import Connection
from index.milvus.expressions import NOTHING, compile_terms, every, holding, within
from index.milvus.legs import Features, Holding, LegDown, MilvusLexical, MilvusPieces, MilvusVectors, Moved
from index.milvus.packing import read_passage, unpack
from index.milvus.state import State
from index.quotes import spellings
from index.ranking import Legs, rank
from index.trace import Trace
from index.typed import read_typed, terms_of
from index.types import Encoder, Filters, Hit, HitList, Mode, Reranker, Rows, Scores, Stored
from index.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Search:
    """What a search reads. ``long``: gives a passage that is too long for its row, None where it is gone."""

    connection: Connection
    features: Features
    state: State
    encoder: Encoder
    reranker: Reranker | None
    dictionary: Dictionary
    long: Callable[[str], Passage | None]

    def run(
        self, query: str, k: int, mode: Mode, filters: Filters, explained: bool, exact: bool, vocabulary: Vocabulary | None
    ) -> HitList:  # fmt: skip
        """The ``k`` best passages (see :meth:`index.types.Retriever.search`).

        :raises Moved: the store has changed under it
        """
        laps, scope = Laps(), compile_terms(required_terms(filters))
        known, visible = (self.state.vocabulary, "") if vocabulary is None else (vocabulary, scope)
        typed = read_typed(query, Holding(self.connection, self.state, visible), known, self.dictionary)
        if exact and typed.rows is not None:
            quoted = [holding(spellings(phrase)) for phrase in typed.quoted]
            scope = every(scope, *quoted) if len(typed.rows) else NOTHING
        laps.lap("typed words")
        legs = Legs(
            MilvusLexical(self.connection, self.state, scope, self.features),
            MilvusVectors(self.connection, self.state, scope, self.features),
            MilvusPieces(self.connection, self.state, self.features),
        )
        depth = k if self.reranker is None else max(k, DEPTH)
        lookup = terms_of(self.dictionary, legs.lexical)

        def ranked(by: Mode) -> tuple[Rows, Scores, int, Trace | None]:
            trace = Trace() if explained else None
            found = rank(typed.text, depth, by, legs, self.encoder, laps=laps, lookup=lookup, trace=trace)
            return (*found, trace)

        (rows, scores, total, trace), degraded = _with_what_is_left(ranked, mode)
        if self.reranker is not None:
            rows, scores = rerank(rows, scores, k, partial(self._rescore, typed.text, self.reranker))
            laps.lap("reranking")
        reasons: Sequence[Explanation | None] = [None] * len(rows)
        if trace is not None:
            by = _other(degraded[0]) if degraded else mode
            reasons = explain(by, trace, legs.lexical, rows, scores, self.reranker is not None)
            laps.lap("explanation")
        stored = self.stored(rows)
        laps.lap("passages")
        hits = tuple(
            Hit(one, round(float(score), 6), reason) for one, score, reason in zip(stored, scores, reasons, strict=True)
        )
        took, said = round(laps.total_ms, 3), typed.quoted if exact else ()
        return HitList(query, mode, total, hits, took, laps.ms, typed.corrections, said, degraded)

    def stored(self, rows: Rows) -> list[Stored]:
        """Passages by their rows, in that order. :raises Moved: one is not there any more"""
        keys = [self.state.key(int(row)) for row in rows]
        read = self.connection.query(self.state.generation, within("pk", keys), ["pk", "body"]) if keys else []
        bodies = {row["pk"]: row["body"] for row in read}
        out = []
        for row, key in zip(rows, keys, strict=True):
            passage_id = key.rpartition("@")[0]
            card = self.state.heads[passage_id.partition("/")[0]].card
            body = bodies.get(key)
            passage = self.long(passage_id) if body == "" else read_passage(unpack([body])) if body else None
            if passage is None:
                raise Moved("passages are gone that were there a moment ago")
            out.append(Stored(int(row), passage, card))
        return out

    def _rescore(self, query: str, reranker: Reranker, rows: Rows) -> Scores:
        return reranker.scores(query, [whole_text(stored) for stored in self.stored(rows)])


_Ranked = tuple[Rows, Scores, int, Trace | None]


def _with_what_is_left(ranked: Callable[[Mode], _Ranked], mode: Mode) -> tuple[_Ranked, tuple[Mode, ...]]:
    """A ranking, by one leg alone where the other one does not answer; and the legs that did not.

    :raises StoreError: neither does, or the one that was asked for
    """
    try:
        return ranked(mode), ()
    except LegDown as down:
        if mode != "hybrid":
            raise down.cause from down
        note(down.leg)
        try:
            return ranked(_other(down.leg)), (down.leg,)
        except LegDown as both:
            raise both.cause from both


def _other(leg: Mode) -> Mode:
    return "dense" if leg == "lexical" else "lexical"
