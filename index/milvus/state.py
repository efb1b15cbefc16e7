"""One state of a Milvus store as a node knows it: which version of each notice counts, their passages' ids, the words.

A row of Milvus counts where its version is the one that its notice's head names. So a change becomes visible notice by
notice, whole, without locks between machines; rows of other versions are passed over until they are deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.types import Notice
from index.analysis import tokenise
from index.errors import StoreBusy, StoreMismatch
from index.fold import holds_traditional
from index.milvus.connection import Connection, Row
from index.milvus.expressions import equals, every, within
from index.milvus.packing import Head, joined, part_rows, passage_key, read_head, read_whole, record
from index.milvus.schema import records_of
from index.types import Rows
from index.vocabulary import Counting, Vocabulary

_SOME = 500  # keys that one expression lists
_STATE = "state"


@dataclass(frozen=True, slots=True)
class Marker:
    """The record that every change ends with: another ``token`` means that something has changed.

    ``roster``: digest of the notices that its writer left; others differ where somebody died before telling.
    """

    sequence: int
    token: str
    manifest: Mapping[str, Any]
    average: float  # length of a passage in tokens that the sparse weights were computed with
    roster: str = ""

    def row(self) -> Row:
        """The record's row."""
        body = {
            "sequence": self.sequence,
            "token": self.token,
            "manifest": dict(self.manifest),
            "average": self.average,
        }
        return record(_STATE, _STATE, "", self.token, json.dumps(body))


def read_marker(connection: Connection, generation: str) -> Marker | None:
    """The marker of a generation as it is now; None where its maker has not come so far."""
    rows = connection.query(records_of(generation), 'pk == "state"', ["body"])
    return Marker(**json.loads(rows[0]["body"])) if rows else None


@dataclass(frozen=True, slots=True)
class Words:
    """What BM25 and the mending of slips need to know of all passages together.

    ``counts``: in how many passages each token stands; ``tokens``: of all passages; ``traditional``: passages that hold
    traditional characters.
    """

    counts: Mapping[str, int]
    tokens: int
    passages: int
    traditional: int

    @property
    def average(self) -> float:
        """Tokens of a passage."""
        return self.tokens / self.passages if self.passages else 0.0

    def changed(self, gone: Words, come: Words) -> Words:
        """Without some notices, with others."""
        counts = Counter(self.counts)
        counts.subtract(gone.counts)
        counts.update(come.counts)
        return Words(
            {token: count for token, count in counts.items() if count > 0},
            self.tokens - gone.tokens + come.tokens,
            self.passages - gone.passages + come.passages,
            self.traditional - gone.traditional + come.traditional,
        )


NO_WORDS = Words({}, 0, 0, 0)


def texts_of(notice: Notice) -> list[str]:
    """What both legs index of each passage: title, headings above it, its own text."""
    return [" ".join((notice.header.title, *p.section_path, p.text)) for p in notice.passages]


def count_words(notices: Iterable[Notice]) -> Words:
    """The words of notices."""
    counts: Counter[str] = Counter()
    tokens = passages = traditional = 0
    for notice in notices:
        for text in texts_of(notice):
            found = tokenise(text)
            counts.update(set(found))
            tokens, passages, traditional = tokens + len(found), passages + 1, traditional + holds_traditional(text)
    return Words(dict(counts), tokens, passages, traditional)


def words_rows(words: Words, roster: str) -> list[Row]:
    """The words as records, under the digest of the notices that they are counted over."""
    value = [dict(words.counts), words.tokens, words.passages, words.traditional]
    return part_rows("words", "", roster, value)


def roster_digest(versions: Mapping[str, str]) -> str:
    """What stands for a set of notices in their versions."""
    lines = "\n".join(f"{notice_id}@{versions[notice_id]}" for notice_id in sorted(versions))
    return hashlib.sha256(lines.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class State:
    """A state; nothing in it changes. ``ids``: of each notice, of its passages in the order of the notice."""

    generation: str
    marker: Marker
    sequence: int
    heads: Mapping[str, Head]
    ids: Mapping[str, tuple[str, ...]]
    words: Words

    @cached_property
    def roster(self) -> str:
        """Digest of the notices in their versions."""
        return roster_digest({notice_id: head.version for notice_id, head in self.heads.items()})

    @cached_property
    def order(self) -> npt.NDArray[np.bytes_]:
        """All passage ids, ascending; a passage's place is its row."""
        every_id = [passage_id.encode() for ids in self.ids.values() for passage_id in ids]
        return np.sort(np.array(every_id, np.bytes_)) if every_id else np.empty(0, "S1")

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that slips are mended by."""
        return Counting(self.words.counts, self.words.traditional > 0).vocabulary()

    def rows(self, keys: Sequence[str]) -> Rows:
        """The rows of passages by their keys; -1 for one that does not count in this state."""
        parts = [key.rpartition("@") for key in keys]
        counts = [
            (head := self.heads.get(passage_id.partition("/")[0])) is not None and head.version == version
            for passage_id, _, version in parts
        ]
        wanted = np.array([passage_id.encode() for passage_id, _, _ in parts], np.bytes_)
        places = np.searchsorted(self.order, wanted)
        found = np.asarray(counts, np.bool_) & (places < len(self.order))
        return np.where(found, places, -1).astype(np.int64)

    def passage_id(self, row: int) -> str:
        """The id of a row."""
        return bytes(self.order[row]).decode()

    def key(self, row: int) -> str:
        """The key of a row."""
        passage_id = self.passage_id(row)
        return passage_key(passage_id, self.heads[passage_id.partition("/")[0]].version)


def load(connection: Connection, generation: str, before: State | None) -> State:
    """The present state; what is as it was is taken from the state before.

    :raises StoreBusy: it changes faster than it can be read
    """
    known = before if before is not None and before.generation == generation else None
    for _ in range(20):
        marker = read_marker(connection, generation)
        if marker is None:
            raise StoreMismatch(f"{connection.location.text}: the store is not complete; run `notices index` again")
        if known is not None and known.marker.token == marker.token:
            return known
        state = _read(connection, generation, marker, known, 0 if before is None else before.sequence)
        if state is not None and read_marker(connection, generation) == marker:
            return state
    raise StoreBusy(f"{connection.location.text} keeps changing; try again in a moment")


def _read(connection: Connection, generation: str, marker: Marker, known: State | None, last: int) -> State | None:
    """A state; None where it was changed meanwhile."""
    records = records_of(generation)
    versions = {row["key"]: row["version"] for row in connection.query(records, 'kind == "head"', ["key", "version"])}
    old = known.heads if known is not None else {}
    news = [
        notice_id
        for notice_id, version in versions.items()
        if notice_id not in old or old[notice_id].version != version
    ]
    heads = {n: old[n] for n in versions if n in old}
    ids = {n: known.ids[n] for n in heads} if known is not None else {}
    for row in select(connection, records, "head", news):
        heads[row["key"]] = read_head(row)
    for (key, version), value in parts(connection, records, "ids", news).items():
        if key in heads and heads[key].version == version:
            ids[key] = tuple(value)
    if heads.keys() != ids.keys() or any(len(ids[n]) != head.passages for n, head in heads.items()):
        return None
    roster = roster_digest({notice_id: head.version for notice_id, head in heads.items()})
    if known is not None and known.roster == roster:  # written again as it was
        return State(generation, marker, known.sequence, known.heads, known.ids, known.words)
    words = _words(connection, records, roster)
    if words is None:
        notices = wholes(connection, generation, {n: head.version for n, head in heads.items()})
        words = count_words(notices)
        if words.passages != sum(head.passages for head in heads.values()):
            return None
    return State(generation, marker, max(marker.sequence, last + 1), heads, ids, words)


def _words(connection: Connection, records: str, roster: str) -> Words | None:
    rows = connection.query(records, every('kind == "words"', within("version", [roster])), ["pk", "body"])
    return Words(*joined(rows)) if rows else None


def select(connection: Connection, records: str, kind: str, keys: Sequence[str]) -> Iterator[Row]:
    """The records of a kind that belong to some notices."""
    if len(keys) > 20 * _SOME:
        wanted = set(keys)
        rows = connection.query(records, equals("kind", kind), ["pk", "key", "version", "body"])
        yield from (row for row in rows if row["key"] in wanted)
        return
    for at in range(0, len(keys), _SOME):
        condition = every(equals("kind", kind), within("key", keys[at : at + _SOME]))
        yield from connection.query(records, condition, ["pk", "key", "version", "body"])


def parts(connection: Connection, records: str, kind: str, keys: Sequence[str]) -> dict[tuple[str, str], Any]:
    """Values in parts that belong to some notices, by notice and version."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in select(connection, records, kind, keys):
        grouped.setdefault((row["key"], row["version"]), []).append(row)
    return {at: joined(rows) for at, rows in grouped.items()}


def wholes(
    connection: Connection, generation: str, versions: Mapping[str, str], read: Callable[[int], None] = lambda _: None
) -> Iterator[Notice]:
    """Whole notices in their versions, some at a time; those that are not there any more are left out.

    :param read: hears how many have come
    """
    keys = sorted(versions)
    for at in range(0, len(keys), _WHOLES):
        some = keys[at : at + _WHOLES]
        found = parts(connection, records_of(generation), "whole", some)
        for key in some:
            if (key, versions[key]) in found:
                yield read_whole(found[key, versions[key]])
        read(len(some))


_WHOLES = 64  # notices a request: a few megabytes
