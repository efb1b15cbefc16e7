"""The lexical leg: BM25 by tantivy over our own tokens.

k1 = 1.2 and b = 0.75 are tantivy's, document lengths are quantised by Lucene's norm table (as in Lucene's
``SmallFloat.intToByte4``), so scores differ slightly from textbook BM25; ``tests/oracles.py`` holds the same in plain
Python.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder

from index.types import Rows, Scores

_HEAP = 64 << 20
_K1 = 1.2  # tantivy's


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What the lexical index holds of one passage: the tokens of its title, headings and text, and its filter terms.

    Its place in the sequence is its row.
    """

    tokens: Sequence[str]
    terms: Sequence[str]


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One thing the query asks for: alternatives with weights, of which the best that matches counts.

    ``typed``: the words of the query that stand behind it.
    """

    alternatives: tuple[tuple[str, float], ...]
    typed: str = field(default="", compare=False)
    translated: bool = field(default=False, compare=False)


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("term", tokenizer_name="raw", index_option="basic")
    return builder.build()


def build(folder: Path, entries: Iterable[LexicalEntry]) -> None:
    """Write an index of ``entries`` into ``folder`` (which exists and is empty)."""
    index = Index(_schema(), path=str(folder))
    writer = index.writer(_HEAP, 1)  # one thread: rows and segments in order, so that ties break by row
    for row, entry in enumerate(entries):
        document = Document()
        document.add_unsigned("row", row)
        document.add_text("body", " ".join(entry.tokens))
        for term in entry.terms:
            document.add_text("term", term)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex:
    """A lexical index that can be searched."""

    ahead = 2  # in a small store all that match come in one search

    def __init__(self, folder: Path) -> None:
        self._index = Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def search(
        self, query: Sequence[TermGroup], k: int, required: list[list[str]], among: Rows | None = None
    ) -> tuple[Rows, Scores, int]:
        """The ``k`` best rows with their scores, best first, ties by row; and how many rows match in all.

        :param among: the rows that may be found, or None for all that carry the required terms
        """
        wanted = self._wanted(query)
        if wanted is None:
            return np.empty(0, np.int64), np.empty(0, np.float32), 0
        clauses = [(Occur.Must, wanted), *self._filters(required)]
        if among is not None:
            clauses.append((Occur.Must, self._among(among)))
        return self._run(Query.boolean_query(clauses), k)

    def score(self, query: Sequence[TermGroup], rows: Rows) -> Scores:
        """Scores of the given rows (0 where nothing matches), in their order."""
        scores = np.zeros(len(rows), np.float32)
        wanted = self._wanted(query)
        if wanted is None or not len(rows):
            return scores
        combined = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, self._among(rows))])
        found, values, _ = self._run(combined, len(rows))
        place = {int(row): i for i, row in enumerate(rows)}
        for row, value in zip(found, values, strict=True):
            scores[place[int(row)]] = value
        return scores

    def bound(self, query: Sequence[TermGroup]) -> float:
        """What a passage could score at most, were it full of the best alternative of every group.

        A word that stands nowhere counts as well: where it is most of the question, even the best score is a small share.
        """
        return (_K1 + 1) * sum(
            max(weight * self._idf(token) for token, weight in group.alternatives) for group in query
        )

    def _idf(self, token: str) -> float:
        n, df = self._searcher.num_docs, self.document_frequency(token)
        return math.log1p((n - df + 0.5) / (df + 0.5))

    def document_frequency(self, token: str) -> int:
        """In how many passages a token stands."""
        return int(self._searcher.doc_freq("body", token))

    def _wanted(self, query: Sequence[TermGroup]) -> Query | None:
        clauses = []
        for group in query:
            options = [self._alternative(token, weight) for token, weight in group.alternatives]
            clauses.append((Occur.Should, options[0] if len(options) == 1 else Query.disjunction_max_query(options)))
        return Query.boolean_query(clauses) if clauses else None

    def _alternative(self, token: str, weight: float) -> Query:
        term = Query.term_query(self._schema, "body", token, "freq")
        return term if weight == 1.0 else Query.boost_query(term, weight)

    def _among(self, rows: Rows) -> Query:
        among = Query.term_set_query(self._schema, "row", [int(row) for row in rows])
        return Query.const_score_query(among, 0.0)

    def _filters(self, required: list[list[str]]) -> list[tuple[Occur, Query]]:
        filters = []
        for group in required:
            among = Query.term_set_query(self._schema, "term", list(group)) if group else Query.empty_query()
            filters.append((Occur.Must, Query.const_score_query(among, 0.0)))
        return filters

    def _run(self, query: Query, k: int) -> tuple[Rows, Scores, int]:
        result = self._searcher.search(query, limit=k, count=True)
        addresses = [address for _, address in result.hits]
        rows = np.array(self._searcher.fast_field_values("row", addresses), np.int64)
        scores = np.array([score for score, _ in result.hits], np.float32)
        order = np.lexsort((rows, -scores)) if len(rows) else np.empty(0, np.int64)
        return rows[order], scores[order], int(result.count or 0)  # type: ignore[attr-defined]
