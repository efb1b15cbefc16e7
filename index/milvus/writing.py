"""Changing a Milvus store, from as many machines at once as like to.

The order makes every change whole and repeatable: rows of the new versions, then the heads that make them count, then the
marker by which readers notice, and only then are the rows of the versions before deleted. Nothing is locked. Whoever dies
on the way leaves rows that do not count; the same command run again writes the same rows.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np

from corpus.ids import text_digest
from corpus.types import Notice
from index.analysis import tokenise
from index.encoder import StaticEncoder
from index.errors import StoreBusy
from index.filters import passage_terms
from index.fold import fold
from index.milvus.connection import Connection, Row
from index.milvus.expressions import differs, every, within
from index.milvus.packing import (
    Head,
    card_of,
    clipped,
    head_row,
    pack_pieces,
    part_rows,
    passage_body,
    passage_key,
    read_head,
    squeezed,
    version_of,
    whole_of,
)
from index.milvus.schema import current, records_of
from index.milvus.state import (
    NO_WORDS,
    Marker,
    State,
    count_words,
    load,
    read_marker,
    roster_digest,
    texts_of,
    wholes,
    words_rows,
)
from index.milvus.weights import norm_code, sparse_vector
from index.types import Encoder

BATCH = 2000  # passages that are written at a time
_NAMED = 200  # versions that one expression lists
_TRIES = 3
_T = TypeVar("_T")
Done = Callable[[int], None]


class Roster:
    """The notices of a state while they are changed (:class:`index.intake.Holdings`); nothing is written yet."""

    def __init__(self, state: State, read: Callable[[str], Notice]) -> None:
        """:param read: gives a whole notice of the state"""
        self._read = read
        self._held = {notice_id: (head.card.source, head.digest) for notice_id, head in state.heads.items()}
        self.come: dict[str, Notice] = {}
        self.gone: set[str] = set()

    def identities(self) -> list[tuple[str, str, str]]:
        """(notice_id, source, digest) of all notices."""
        return [(notice_id, *self._held[notice_id]) for notice_id in sorted(self._held)]

    def notice(self, notice_id: str) -> Notice:
        """A whole notice."""
        return self.come[notice_id] if notice_id in self.come else self._read(notice_id)

    def put(self, notice: Notice) -> None:
        """Store a notice, in place of the one with its id."""
        self._held[notice.notice_id] = (notice.source, text_digest(notice.text, notice.furniture))
        self.come[notice.notice_id] = notice
        self.gone.discard(notice.notice_id)

    def delete(self, notice_id: str) -> bool:
        """Remove a notice; whether it was there."""
        self.come.pop(notice_id, None)
        self.gone.add(notice_id)
        return self._held.pop(notice_id, None) is not None


class Writer:
    """Writes into one generation."""

    def __init__(self, connection: Connection, encoder: Encoder, built_with: str) -> None:
        self._connection = connection
        self._encoder = encoder
        self._built_with = built_with

    def apply(self, state: State, come: Iterable[Notice], gone: Iterable[str], done: Done = lambda _: None) -> State:
        """Bring notices in and take others out; returns the state that this leaves where nobody else writes.

        :param come: read as they are written, some at a time
        :param done: hears how many notices have been written
        """
        pending: list[Notice] = []
        stale: list[tuple[str, str]] = []
        for notice in come:
            pending.append(notice)
            if sum(len(n.passages) for n in pending) >= BATCH:
                state = self._step(state, pending, (), stale, last=False)
                done(len(pending))
                pending = []
        state = self._step(state, pending, [n for n in gone if n in state.heads], stale, last=True)
        done(len(pending))
        return self._settled(state)

    def _settled(self, after: State) -> State:
        """The state as it is now: others may have written meanwhile. Its words are there for whoever reads it next."""
        connection, records = self._connection, records_of(after.generation)
        known = replace(after, marker=replace(after.marker, token=""))  # another token: what others wrote is read
        real = load(connection, after.generation, known)
        if not connection.count(records, every('kind == "words"', within("version", [real.roster]))):
            connection.upsert(records, words_rows(real.words, real.roster))
        connection.delete(records, every('kind == "words"', differs("version", real.roster)))
        return real

    def _step(
        self, state: State, come: Sequence[Notice], gone: Sequence[str], stale: list[tuple[str, str]], last: bool
    ) -> State:
        """Write some notices and their heads; with the last ones, let readers know.

        :param stale: notices and versions that do not count any more; they go once readers know
        """
        connection, records = self._connection, records_of(state.generation)
        versions = {notice.notice_id: version_of(notice, self._built_with) for notice in come}
        known = {notice_id: head.version for notice_id, head in state.heads.items() if notice_id in versions}
        come = [n for n in come if known.get(n.notice_id) != versions[n.notice_id]]
        if come:
            self._write_rows(state, come, versions)
        stale += [(n, state.heads[n].version) for n in (*(c.notice_id for c in come), *gone) if n in state.heads]
        heads = [head_row(notice, versions[notice.notice_id]) for notice in come]
        after = self._after(state, come, heads, gone) if come or gone else state
        tell = last and after.roster != state.marker.roster  # an earlier run may not have come to it
        if tell:
            connection.upsert(records, words_rows(after.words, after.roster))
        connection.upsert(records, heads)
        for some in _some(list(gone)):
            connection.delete(records, within("pk", [f"h/{notice_id}" for notice_id in some]))
        if tell:
            marker = replace(after.marker, sequence=after.sequence, token=uuid.uuid4().hex, roster=after.roster)
            after = replace(after, marker=marker)
            connection.upsert(records, [marker.row()])
            self._sweep(after, stale)
        self._verify(after, come, versions)
        return after

    def _write_rows(self, state: State, come: Sequence[Notice], versions: Mapping[str, str]) -> None:
        """All rows of notices but the heads, without which they do not count."""
        rows = list(self.passage_rows(come, versions, state.marker.average))
        self._connection.upsert(state.generation, rows)
        ids = (
            part_rows("ids", n.notice_id, versions[n.notice_id], [p.passage_id for p in n.passages]) for n in come
        )  # fmt: skip
        all_of_it = (part_rows("whole", n.notice_id, versions[n.notice_id], whole_of(n)) for n in come)
        self._connection.upsert(records_of(state.generation), list(chain.from_iterable((*ids, *all_of_it))))

    def _after(self, state: State, come: Sequence[Notice], heads: Sequence[Row], gone: Sequence[str]) -> State:
        named = {*gone, *(notice.notice_id for notice in come)}
        old = {n: head.version for n, head in state.heads.items() if n in named}
        lost = count_words(wholes(self._connection, state.generation, old)) if old else NO_WORDS
        kept_heads: dict[str, Head] = {n: head for n, head in state.heads.items() if n not in gone}
        kept_ids = {n: ids for n, ids in state.ids.items() if n not in gone}
        kept_heads |= {row["key"]: read_head(row) for row in heads}
        kept_ids |= {n.notice_id: tuple(p.passage_id for p in n.passages) for n in come}
        sequence = max(state.sequence, state.marker.sequence, _clock()) + 1
        marker = state.marker
        words = state.words.changed(lost, count_words(come))
        return State(state.generation, marker, sequence, kept_heads, kept_ids, words)

    def passage_rows(self, notices: Sequence[Notice], versions: Mapping[str, str], average: float) -> Iterator[Row]:
        """The rows of the passages of notices, in their versions.

        :param average: tokens of a passage, for the sparse weights
        """
        for notice in notices:
            card, version, texts = card_of(notice), versions[notice.notice_id], texts_of(notice)
            if isinstance(self._encoder, StaticEncoder):
                pieces = self._encoder.pieces(texts)
                vectors = self._encoder.pool(pieces)
            else:
                pieces = [[] for _ in texts]
                vectors = self._encoder.encode_passages(texts) if texts else np.empty((0, 0), np.float32)
            for passage, text, own, vector in zip(notice.passages, texts, pieces, vectors, strict=True):
                tokens = tokenise(text)
                yield {
                    "pk": passage_key(passage.passage_id, version),
                    "notice_id": notice.notice_id,
                    "version": version,
                    "issuer": clipped(fold(notice.header.issuer or "")),
                    "terms": [clipped(term) for term in passage_terms(passage, card)],
                    "squeezed": squeezed(notice.header.title, passage),
                    "body": passage_body(passage),
                    "pieces": pack_pieces(own),
                    "length": norm_code(len(tokens)),
                    "dense": vector,
                    "sparse": sparse_vector(tokens, average),
                }

    def _sweep(self, after: State, stale: Sequence[tuple[str, str]]) -> None:
        """Delete the rows of versions that do not count any more."""
        for some in _some([(n, v) for n, v in stale if n not in after.heads or after.heads[n].version != v]):
            versions = within("version", [version for _, version in some])
            keys = [notice_id for notice_id, _ in some]
            self._connection.delete(after.generation, every(within("notice_id", keys), versions))
            old = every('kind in ["ids", "whole"]', within("key", keys), versions)
            self._connection.delete(records_of(after.generation), old)

    def _verify(self, after: State, come: Sequence[Notice], versions: Mapping[str, str]) -> None:
        """Write again what another machine has taken for what it replaced: it may have had the version before in hand."""
        for _ in range(_TRIES):
            lacking: list[Notice] = []
            for some in _some(list(come)):
                of_them = every(
                    within("notice_id", [n.notice_id for n in some]),
                    within("version", [versions[n.notice_id] for n in some]),
                )
                if self._connection.count(after.generation, of_them) < sum(len(n.passages) for n in some):
                    lacking += [n for n in some if self._lacks(after.generation, n, versions[n.notice_id])]
            if not lacking:
                return
            self._write_rows(after, lacking, versions)
        raise StoreBusy(
            f"{self._connection.location.text}: other machines change the same notices; try again in a moment"
        )

    def _lacks(self, generation: str, notice: Notice, version: str) -> bool:
        """Whether rows of a notice are missing that count."""
        of_version = every(within("notice_id", [notice.notice_id]), within("version", [version]))
        if self._connection.count(generation, of_version) >= len(notice.passages):
            return False
        head = every(within("pk", [f"h/{notice.notice_id}"]), within("version", [version]))
        return bool(self._connection.count(records_of(generation), head))


def _some(values: list[_T]) -> Iterator[list[_T]]:
    for at in range(0, len(values), _NAMED):
        yield values[at : at + _NAMED]


def first_marker(manifest: Mapping[str, object], average: float) -> Marker:
    """The marker of a new generation. Its sequence is the clock's, so that it is above those of generations before."""
    return Marker(_clock(), uuid.uuid4().hex, dict(manifest), average)


def _clock() -> int:
    """Milliseconds: two machines that write at once give their states different numbers."""
    return time.time_ns() // 1_000_000


def lay(connection: Connection, generation: str, marker: Marker) -> State:
    """Put an empty state into a new generation; one that another machine has put there stays."""
    if read_marker(connection, generation) is None:
        nobody = roster_digest({})
        first = replace(marker, roster=nobody)
        connection.upsert(records_of(generation), [*words_rows(NO_WORDS, nobody), first.row()])
    return load(connection, generation, None)


def same_generation(connection: Connection, state: State) -> bool:
    """Whether a state is of the generation that counts: a rebuild may have put another in its place meanwhile."""
    return current(connection) == state.generation
