"""The lexical leg: BM25 by tantivy over our own tokens.

k1 = 1.2 and b = 0.75 are tantivy's, document lengths are quantised by Lucene's norm table (as in Lucene's
``SmallFloat.intToByte4``), so scores differ slightly from textbook BM25; ``tests/oracles.py`` holds the same in plain
Python.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from index.syncing import writing_to
from index.types import Rows, Scores

_HEAP = 64 << 20
_K1, _B = 1.2, 0.75  # tantivy's
_GRAMS = "grams"
# Postings read to find candidates in a large store, and candidates. On 1,001,552 passages .853 of the ten best of generated
# questions (the worst case: all their words stand everywhere) and .998 of those of fragments of running text are among them,
# .521 and .998 with 200,000 postings.
_POSTINGS = 300_000
_CANDIDATES = 400
_LOOKED_UP = (
    300  # values up to which a look-up of each beats a walk through all: .43 against 1.05 ms for 150 of 10,445 rows
)
_SMALL = 2000  # passages up to which a second search costs more than to fetch whatever matches: 0.5 of 2.3 ms at 1,000
_AT_ONCE = 8192  # passages scored at a time
_KEPT = 50_000  # frequencies that are kept
_EXACT, _LONGEST = 24, 1 << 16  # lengths that norms keep as they are; longer ones count as this
_COUNTED = 200_000  # postings up to which matches are counted


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What the lexical index holds of one passage: the tokens of its title, headings and text, and its filter terms.

    ``plain``: the same text in lower case without blanks, for :meth:`LexicalIndex.holding`.
    """

    tokens: Sequence[str]
    terms: Sequence[str]
    plain: str = ""


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One thing the query asks for: alternatives with weights, of which the best that matches counts.

    ``typed``: the words of the query that stand behind it.
    """

    alternatives: tuple[tuple[str, float], ...]
    typed: str = field(default="", compare=False)
    translated: bool = field(default=False, compare=False)


def _schema(grams: bool) -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("term", tokenizer_name="raw", index_option="basic")
    if grams:
        builder.add_text_field(_GRAMS, tokenizer_name=_GRAMS, index_option="basic")
    return builder.build()


class LexicalWriter:
    """Writes an index, or changes one. Nothing is seen before it is closed."""

    def __init__(self, folder: Path, new: bool = True, grams: bool = False) -> None:
        """A writer for ``folder``, which exists.

        :param new: make an index; otherwise one lies there
        :param grams: every two characters in a row can be looked up, too
        """
        self._folder = folder
        with writing_to(folder):
            index = Index(_schema(grams), path=str(folder)) if new else Index.open(str(folder))
        analyzer = TextAnalyzerBuilder(Tokenizer.ngram(2, 2, False)).build()
        index.register_tokenizer(_GRAMS, analyzer)
        self._schema = index.schema
        self._grams = grams
        with writing_to(folder):
            self._writer = index.writer(_HEAP, 1)  # one thread: rows and segments in order, so that ties break by row

    def add(self, row: int, entry: LexicalEntry) -> None:
        """Write one passage."""
        document = Document()
        document.add_unsigned("row", row)
        document.add_text("body", " ".join(entry.tokens))
        for term in entry.terms:
            document.add_text("term", term)
        if self._grams:
            document.add_text(_GRAMS, entry.plain)
        try:
            self._writer.add_document(document)
        except (RuntimeError, ValueError) as error:
            with writing_to(self._folder):  # not around every passage: entering it takes as long as what it guards
                raise error from None

    def remove(self, row: int) -> None:
        """Remove a passage."""
        with writing_to(self._folder):
            self._writer.delete_documents_by_query(Query.term_query(self._schema, "row", row))

    def close(self) -> None:
        """Commit; what is merged then is merged when this returns."""
        with writing_to(self._folder):
            self._writer.commit()
            self._writer.wait_merging_threads()


def build(folder: Path, entries: Iterable[LexicalEntry]) -> None:
    """Write an index of ``entries`` into ``folder`` (which exists and is empty)."""
    writer = LexicalWriter(folder)
    for row, entry in enumerate(entries):
        writer.add(row, entry)
    writer.close()


class TokenCounts(Protocol):
    """The tokens of passages by row (see :class:`index.forward.ForwardIndex`)."""

    @property
    def mean_length(self) -> float:
        """Tokens of a passage, on average."""

    def counts(self, rows: Rows, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """How many times each token stands in each passage, float32 [tokens, rows]."""

    def lengths(self, rows: Rows) -> npt.NDArray[np.uint32]:
        """Tokens of each passage."""


class LexicalIndex:
    """A lexical index that can be searched.

    :param forward: for a large store; the telling words of a query find candidates, which are scored by all its words
    """

    def __init__(self, folder: Path, forward: TokenCounts | None = None) -> None:
        try:
            self._index = Index.open(str(folder))
        except ValueError:
            if os.access(folder, os.W_OK):
                raise
            self._index = self._open_aside(folder)
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._forward = forward
        self._count = int(self._searcher.num_docs)
        self._frequencies: dict[str, int] = {}  # one question asks for each several times
        self._idfs: dict[str, float] = {}

    def _open_aside(self, folder: Path) -> Index:
        """tantivy makes a lock beside what it opens: where nothing can be written, links to the files stand elsewhere."""
        aside = tempfile.mkdtemp(prefix="notices-lexical-")
        weakref.finalize(self, shutil.rmtree, aside, ignore_errors=True)
        for path in (path for path in folder.iterdir() if path.suffix != ".lock"):
            (Path(aside) / path.name).symlink_to(path.absolute())
        return Index.open(aside)

    def search(
        self, query: Sequence[TermGroup], k: int, required: list[list[str]], among: Rows | None = None
    ) -> tuple[Rows, Scores, int]:
        """The ``k`` best rows with their scores, best first, ties by row; and how many rows match in all.

        :param among: the rows that may be found, or None for all that carry the required terms
        """
        if self._forward is not None:
            return self._search_many(query, k, required, among)
        wanted = self._wanted(query)
        if wanted is None:
            return np.empty(0, np.int64), np.empty(0, np.float32), 0
        clauses = [(Occur.Must, wanted), *self._filters(required)]
        if among is not None:
            clauses.append((Occur.Must, self._among(among)))
        return self._run(Query.boolean_query(clauses), k)

    def score(self, query: Sequence[TermGroup], rows: Rows) -> Scores:
        """Scores of the given rows (0 where nothing matches), in their order."""
        if self._forward is not None:
            parts = [rows[i : i + _AT_ONCE] for i in range(0, len(rows), _AT_ONCE)]
            return np.concatenate([np.empty(0, np.float32), *(self._scores(query, p, self._forward) for p in parts)])
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

    def _search_many(
        self, query: Sequence[TermGroup], k: int, required: list[list[str]], among: Rows | None
    ) -> tuple[Rows, Scores, int]:
        """As :meth:`search` in a large store: near-exact; where very many rows match, it is said of how many one knows."""
        frequency = {token: self.document_frequency(token) for group in query for token, _ in group.alternatives}
        frequency = {token: n for token, n in sorted(frequency.items(), key=lambda entry: (entry[1], entry[0])) if n}
        telling: list[Query] = []
        read = 0
        for token, n in frequency.items():
            if telling and read + n > _POSTINGS:
                break
            telling.append(Query.term_query(self._schema, "body", token, "freq"))
            read += n
        everything = len(telling) == len(frequency) and read <= _COUNTED
        if not telling or (among is not None and not len(among)):
            return np.empty(0, np.int64), np.empty(0, np.float32), 0
        if among is not None and not required:  # the engine takes 0.7 s to look for 117,722 rows; scoring them, 0.1
            rows, total = among, 0
        else:
            found = Query.boolean_query([(Occur.Should, term) for term in telling])
            filters = self._filters(required)
            if among is not None:
                filters.append((Occur.Must, self._among(among)))
            if filters:
                found = Query.boolean_query([(Occur.Must, found), *filters])
            counted = everything or bool(filters)  # counting costs nothing where all matches are looked at
            result = self._searcher.search(found, limit=max(_CANDIDATES, k), count=counted)
            addresses = [address for _, address in result.hits]
            rows = np.array(self._searcher.fast_field_values("row", addresses), np.int64)
            total = int(result.count or 0) if counted else max(frequency.values())  # type: ignore[attr-defined]
        scores = self.score(query, rows)
        rows, scores = rows[scores > 0], scores[scores > 0]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order], max(total, len(rows))

    def _scores(self, query: Sequence[TermGroup], rows: Rows, forward: TokenCounts) -> Scores:
        """BM25 from the passages' own tokens, as tantivy computes it: of a group the best alternative counts."""
        alternatives = [[a for a in group.alternatives if self.document_frequency(a[0])] for group in query]
        stand = [of_group for of_group in alternatives if of_group]
        if not stand or not len(rows):
            return np.zeros(len(rows), np.float32)
        column = {token: i for i, token in enumerate(dict.fromkeys(token for some in stand for token, _ in some))}
        counts = forward.counts(rows, list(column))
        norms = _norms()[np.minimum(forward.lengths(rows), len(_norms()) - 1)]
        saturation = np.asarray(_K1 * (1 - _B + _B * norms / max(forward.mean_length, 1e-9)), np.float32)
        idf = np.array([self._idf(token) * (_K1 + 1) for token in column], np.float32)
        each = counts * idf[:, None] / (counts + saturation)
        weights = np.array([weight for some in stand for _, weight in some], np.float32)
        weighted = each[[column[token] for some in stand for token, _ in some]] * weights[:, None]
        firsts = np.cumsum([0, *map(len, stand[:-1])])
        return np.asarray(np.maximum.reduceat(weighted, firsts, axis=0).sum(axis=0), np.float32)

    def holding(self, forms: Sequence[str]) -> Rows:
        """Rows that may hold one of the forms (lower case, no blanks, two characters or more), ascending.

        Each holds every two characters in a row of a form.
        """
        each = []
        for form in forms:
            pairs = dict.fromkeys(form[i : i + 2] for i in range(len(form) - 1))
            terms = [(Occur.Must, Query.term_query(self._schema, _GRAMS, pair, "basic")) for pair in pairs]
            each.append((Occur.Should, Query.const_score_query(Query.boolean_query(terms), 1.0)))
        result = self._searcher.search(Query.boolean_query(each), limit=max(self.count, 1), count=False)
        return np.sort(np.array(self._searcher.fast_field_values("row", [a for _, a in result.hits]), np.int64))

    def bound(self, query: Sequence[TermGroup]) -> float:
        """What a passage could score at most, were it full of the best alternative of every group.

        A word that stands nowhere counts as well: where it is most of the question, even the best score is a small share.
        """
        idf = self._idf
        return (_K1 + 1) * sum(max([weight * idf(token) for token, weight in group.alternatives]) for group in query)

    def _idf(self, token: str) -> float:
        known = self._idfs.get(token)
        if known is None:
            if len(self._idfs) >= _KEPT:
                self._idfs.clear()
            df = self.document_frequency(token)
            known = self._idfs[token] = math.log1p((self._count - df + 0.5) / (df + 0.5))
        return known

    def document_frequency(self, token: str) -> int:
        """In how many passages a token stands."""
        known = self._frequencies.get(token)
        if known is None:
            if len(self._frequencies) >= _KEPT:
                self._frequencies.clear()
            known = self._frequencies[token] = int(self._searcher.doc_freq("body", token))
        return known

    @property
    def ahead(self) -> int:
        """See :class:`index.legs.LexicalLeg`; in a small store all that match come in one search."""
        return 5 if self.count <= _SMALL else 2

    @property
    def count(self) -> int:
        """Number of passages."""
        return self._count

    def _wanted(self, query: Sequence[TermGroup]) -> Query | None:
        clauses = []
        for group in query:  # most synonyms stand in no passage of a small store
            stand = [(token, weight) for token, weight in group.alternatives if self.document_frequency(token)]
            options = [self._alternative(token, weight) for token, weight in stand]
            if options:
                best = options[0] if len(options) == 1 else Query.disjunction_max_query(options)
                clauses.append((Occur.Should, best))
        return Query.boolean_query(clauses) if clauses else None

    def _alternative(self, token: str, weight: float) -> Query:
        term = Query.term_query(self._schema, "body", token, "freq")
        return term if weight == 1.0 else Query.boost_query(term, weight)

    def _among(self, rows: Rows) -> Query:
        return self._one_of("row", [int(row) for row in rows])

    def _filters(self, required: list[list[str]]) -> list[tuple[Occur, Query]]:
        filters = []
        for group in required:
            filters.append((Occur.Must, self._one_of("term", group)))
        return filters

    def _one_of(self, field: str, values: Sequence[int | str]) -> Query:
        """What holds one of the values; it scores nothing."""
        if not values:
            return Query.empty_query()
        found = (
            Query.boolean_query([(Occur.Should, Query.term_query(self._schema, field, v, "basic")) for v in values])
            if len(values) <= _LOOKED_UP
            else Query.term_set_query(self._schema, field, list(values))
        )
        return Query.const_score_query(found, 0.0)

    def _run(self, query: Query, k: int) -> tuple[Rows, Scores, int]:
        result = self._searcher.search(query, limit=k, count=True)
        hits = result.hits  # made anew each time it is asked for
        rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores)) if len(rows) else np.empty(0, np.int64)
        return rows[order], scores[order], int(result.count or 0)  # type: ignore[attr-defined]


@cache
def _norms() -> npt.NDArray[np.float32]:
    """The length that the engine keeps for each length: Lucene's ``SmallFloat.byte4ToInt``, the largest not above it."""
    codes = range(_EXACT, 256)
    kept = [*range(_EXACT), *(_EXACT + _significant(code - _EXACT) for code in codes)]
    kept = [length for length in kept if length <= _LONGEST]
    return np.array([kept[bisect_right(kept, length) - 1] for length in range(_LONGEST + 1)], np.float32)


def _significant(code: int) -> int:
    bits, shift = code & 7, (code >> 3) - 1
    return bits if shift < 0 else (bits | 8) << shift
