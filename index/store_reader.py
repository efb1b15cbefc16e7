"""A local store as readers see it: one whole state of catalog and derived indexes, whatever a writer does meanwhile."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus.types import Fact, Finding, Notice
from index import analysis, damage, derived, lock, manifest
from index.catalog import Catalog, uri_of
from index.cross_encoder import DEPTH, rerank
from index.dictionary import Dictionary
from index.encoder import DEFAULT, open_encoder
from index.errors import BadModel, StoreBusy, StoreDamaged, StoreMissing, StoreReadOnly
from index.explain import Explanation, explain
from index.filters import required_terms
from index.laps import Laps
from index.links import Link
from index.ranking import rank
from index.searching import check_query
from index.trace import Trace
from index.typed import read_typed, terms_of
from index.types import (
    Encoder,
    Filters,
    Hit,
    HitList,
    Mode,
    NoticeCard,
    Reranker,
    Rows,
    Scores,
    Stored,
)  # fmt: skip
from index.vocabulary import Vocabulary

FORMAT = 2
_TRIES = 20  # states that a writer may put in place of the one that is being opened
_PLACING = 2.0  # seconds in which a writer puts in place what it has built before its commit; it takes milliseconds
_AGAIN = 5.0  # seconds until a change that could not be prepared for reading is tried again
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _State:
    """One state of catalog and derived indexes that a reader sees."""

    catalog: Catalog
    indexes: derived.Derived


class StoreReader:
    """A store in a folder. Searching is safe from several threads; a change by another process is seen at once."""

    def __init__(self, folder: Path, encoder: Encoder | None = None, reranker: Reranker | None = None) -> None:
        """A store, opened when it is first asked.

        :param encoder: None for the one that the store remembers; a new store remembers the shipped one
        :param reranker: orders the best passages of every search anew
        """
        self.folder = folder
        self._catalog_path = folder / "catalog.sqlite"
        self.reranker = reranker
        self._given = encoder
        self._encoder = encoder
        self._state: _State | None = None
        self._before: derived.Derived | None = None  # of a state that this one may share files with
        self._probe: tuple[int, sqlite3.Connection] | None = None  # asks for the last state; with the file's inode
        self._preparing: int | None = None  # a state that readers do not see before it is ready
        self._unread: tuple[int | None, float, str] | None = (
            None  # a state that could not be opened, till when, and why
        )
        self._lock = threading.RLock()

    # -- opening -------------------------------------------------------------------------------------------------------

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def encoder(self) -> Encoder:
        """The encoder that this store's vectors come from."""
        if self._encoder is None:
            self._encoder = self._remembered()
        return self._encoder

    def _remembered(self) -> Encoder:
        known = manifest.remembered(self.folder)
        try:
            return open_encoder(known.model, known.dimensions)
        except BadModel as error:
            raise BadModel(
                f"{self.folder} was built with the model {known.model}: {error}. Where it lies elsewhere now, name it with "
                f"`notices rebuild --store {self.folder} --model FOLDER`; `--model {DEFAULT}` goes back to the shipped one"
            ) from error

    @property
    def exists(self) -> bool:
        """Whether there is a store in the folder."""
        return manifest.path_in(self.folder).is_file()

    def open(self) -> None:
        """Open for reading; a store that lags or is damaged in its derived indexes is rebuilt first.

        :raises StoreMissing: there is no store
        :raises StoreMismatch: it was built by another version, analysis or encoder
        """
        self._read_state()

    def close(self) -> None:
        """Release all files."""
        with self._lock:
            if self._state:
                self._state.catalog.close()
            self._state = self._unread = None
            self._close_probe()

    @property
    def degraded(self) -> str | None:
        """What is wrong with what readers get, in one line for `/readyz` and logs; None where nothing is.

        Searches go on meanwhile, on the last state that is whole. Known from opening (it is asked of nothing here, so
        ask :attr:`sequence` first): the last change cannot be prepared for reading (a full disk); the catalog has lost
        changes that it once held; a notice is not what was stored. :func:`index.examining.examine`, asked now and then
        by who serves the store, finds what opening does not look at. A degraded store still answers: it is ready.
        """
        with self._lock:
            return self._unread[2] if self._unread else damage.noted(self.folder)

    def _close_probe(self) -> None:
        if self._probe is not None:
            self._probe[1].close()
        self._probe = None

    def _manifest(self) -> manifest.Manifest:
        return manifest.Manifest.of(FORMAT, analysis.fingerprint(), self.encoder)

    def check_manifest(self) -> None:
        """Raise StoreMissing or StoreMismatch where the store cannot be opened by this program."""
        if not self.exists:
            raise StoreMissing(f"no store in {self.folder}; make one with `notices index PATH… --store {self.folder}`")
        if self._given is None and self._encoder and manifest.remembered(self.folder).encoder != self._encoder.name:
            self._encoder = None  # another process has rebuilt the store with another one
        manifest.check(self.folder, self._manifest())

    def _read_state(self) -> _State:
        with self._lock:
            if self._state is not None and self._usable(self._state):
                return self._state
            try:
                fresh = self._opened()
            except (OSError, StoreBusy, StoreReadOnly, StoreDamaged) as error:
                if self._state is None:
                    raise
                self._stay(error)
                return self._state
            if self._state is not None:
                self._state.catalog.close()
            self._state, self._unread = fresh, None
            return fresh

    def _stay(self, error: Exception) -> None:
        """Go on with the state that is open, for the last one cannot be opened."""
        assert self._state is not None
        why = f"the last change cannot be read ({error}); state {self._state.indexes.sequence} is served meanwhile"
        if self._unread is None:
            _log.error("%s: %s", self.folder, why)
        self._unread = self._committed(), time.monotonic() + _AGAIN, why

    def _opened(self) -> _State:
        """The last state, opened; what is missing of it is built."""
        before = self._state.indexes if self._state else self._before
        self.check_manifest()
        try:
            for _ in range(_TRIES):
                catalog = Catalog(self._catalog_path)
                try:
                    sequence = catalog.begin_read()
                    damage.look_for_losses(self.folder, sequence, derived.numbers(self.folder), self._committed)
                    damage.look_at(self.folder, catalog)
                    if self._placed(sequence) and derived.intact(self.folder, catalog, self.encoder):
                        state = self._loaded(catalog, sequence, before)
                        if state is not None:
                            return state
                        continue
                except BaseException:
                    catalog.close()
                    raise
                catalog.close()
                self._catch_up()
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(
                f"the catalog of {self.folder} cannot be read ({error}); restore a backup, or index into a new folder"
            ) from error
        raise StoreBusy(f"{self.folder} keeps changing; try again in a moment")

    def _loaded(self, catalog: Catalog, sequence: int, before: derived.Derived | None) -> _State | None:
        """A state whose files were whole a moment ago; None where a writer has put a newer one in its place meanwhile."""
        try:
            return _State(catalog, derived.load(self.folder, sequence, before))
        except (OSError, ValueError, RuntimeError):
            if derived.intact(self.folder, catalog, self.encoder):
                raise
            catalog.close()
            return None

    def _usable(self, state: _State) -> bool:
        """Whether readers may go on with a state: the last one, or the one before a change that is not acknowledged yet.

        While a writer is at work readers are not kept waiting; its change counts once its command returns.
        """
        committed = self._committed()
        if committed is None or committed == state.indexes.sequence:
            return committed is not None
        before = committed == state.indexes.sequence + 1  # an older one lacks what has been acknowledged
        if before and committed == self._preparing:
            return True
        if derived.folder_of(self.folder, committed).exists():
            return False
        if self._unread is not None and self._unread[0] == committed and time.monotonic() < self._unread[1]:
            return True  # it is not tried again at every question
        return before and lock.is_held(self.folder)

    def _placed(self, sequence: int) -> bool:
        """Whether the derived indexes of a committed state are there: a writer at work puts them there in a moment."""
        folder, until = derived.folder_of(self.folder, sequence), time.monotonic() + _PLACING
        while not folder.exists() and time.monotonic() < until and lock.is_held(self.folder):
            time.sleep(0.002)
        return folder.exists()

    def _committed(self) -> int | None:
        """Number of the last state that any connection has committed; None where it cannot be read."""
        path = self._catalog_path
        try:
            inode = os.stat(path).st_ino
            if self._probe is None or self._probe[0] != inode:
                self._close_probe()
                self._probe = inode, sqlite3.connect(uri_of(path, "ro"), uri=True, timeout=5, check_same_thread=False)
            return int(self._probe[1].execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()[0])
        except (OSError, sqlite3.Error):
            self._close_probe()
            return None

    def _catch_up(self) -> None:
        """Put in place what is missing of the derived indexes."""
        with lock.writing(self.folder), closing(Catalog(self._catalog_path)) as catalog:
            sequence = catalog.begin_read()
            fault = derived.fault(self.folder, catalog, self.encoder)
            if fault is None:
                return
            if derived.folder_of(self.folder, sequence).exists():
                _log.warning("derived indexes of %s: %s; they are built anew", self.folder, fault)
            prepared = derived.prepared_for(self.folder, catalog, self.encoder)
            if prepared is None:
                prepared = derived.prepare(self.folder, catalog, sequence, self.encoder)
            derived.place(self.folder, prepared, sequence)

    # -- reading -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[_State]:
        """The state that readers see, for one thread at a time."""
        with self._lock:
            try:
                yield self._read_state()
            except sqlite3.DatabaseError as error:
                raise StoreDamaged(
                    f"the catalog of {self.folder} cannot be read ({error}); `notices verify` says more, restore a backup"
                ) from error

    @property
    def sequence(self) -> int:
        """Number of the state that readers see."""
        return self._read_state().indexes.sequence

    def cards(self) -> dict[str, NoticeCard]:
        """The notices of the store, by id."""
        with self._reading() as state:
            return state.catalog.cards()

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """Warnings about the notices, by id."""
        with self._reading() as state:
            return state.catalog.findings()

    def links(self) -> tuple[tuple[Link, ...], dict[str, NoticeCard]]:
        """The links between the notices (what one says of another, and editions), and the notices of the same state."""
        with self._reading() as state:
            return state.catalog.links(), state.catalog.cards()

    def notice(self, notice_id: str) -> Notice:
        """A whole notice. :raises UnknownNotice: there is none of that id"""
        with self._reading() as state:
            return state.catalog.notice(notice_id)

    def find_passage(self, passage_id: str) -> Stored | None:
        """One passage by its id."""
        with self._reading() as state:
            return state.catalog.find_passage(passage_id)

    def words(self, notice_id: str, start: int, end: int) -> str:
        """``text[start:end]`` of a notice."""
        with self._reading() as state:
            return state.catalog.words(notice_id, start, end)

    def facts(self) -> list[Fact]:
        """All facts."""
        with self._reading() as state:
            return state.catalog.facts()

    def passages(self, filters: Filters | None = None) -> list[Stored]:
        """All passages that the filters admit, in order of their ids."""
        with self._reading() as state:
            allowed = state.indexes.allowed(required_terms(filters or Filters()))
            found = list(state.catalog.stored(None if allowed is None else allowed.rows()))
        return sorted(found, key=lambda stored: stored.passage.passage_id) if state.indexes.large else found

    def rows(self, filters: Filters | None = None) -> Rows:
        """The rows of all passages that the filters admit, ascending: what :meth:`at` reads, for who needs not all."""
        with self._reading() as state:
            return state.indexes.admitted(required_terms(filters or Filters())).rows()

    def at(self, rows: Iterable[int]) -> list[Stored]:
        """The passages with the given rows of this state, in order of the rows."""
        with self._reading() as state:
            return list(state.catalog.stored(rows))

    @property
    def dictionary(self) -> Dictionary:
        """The user's own dictionaries."""
        return Dictionary(self.folder)

    def vocabulary(self) -> Vocabulary:
        """The words of the notices."""
        with self._reading() as state:
            return state.indexes.vocabulary

    def search(
        self,
        query: str,
        k: int = 10,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        explained: bool = False,
        exact: bool = True,
        vocabulary: Vocabulary | None = None,
    ) -> HitList:
        """The ``k`` best passages, ties broken by passage id.

        :param explained: whether each hit says why it was found
        :param exact: whether what is found must hold the words in quotation marks
        :param vocabulary: the words that the asker may know of, None for all; with it, what the filters leave out is not
            looked at when the query is read
        :raises BadQuery: a blank query, ``k`` outside 1…100, or an unknown mode
        """
        laps = Laps()
        check_query(query, k, mode)
        with self._reading() as state:
            required = required_terms(filters or Filters())
            allowed = state.indexes.allowed(required)
            laps.lap("filters")
            known, visible = (state.indexes.vocabulary, None) if vocabulary is None else (vocabulary, allowed)
            texts = state.indexes.texts(state.catalog)
            dictionary = self.dictionary
            typed = read_typed(query, texts, known, dictionary, None if visible is None else visible.rows())
            among = typed.rows if exact else None
            if among is not None:
                chosen = state.indexes.selected(among)
                allowed = chosen if allowed is None else allowed & chosen
                among, required = allowed.rows(), []  # which carry the terms
            laps.lap("typed words")
            depth = k if self.reranker is None else max(k, DEPTH)
            legs, trace = state.indexes.legs, Trace() if explained else None
            lookup = terms_of(dictionary, legs.lexical)
            rows, scores, total = rank(
                typed.text, depth, mode, legs, self.encoder, required, allowed, laps, among, lookup, trace
            )
            if self.reranker is not None:
                rows, scores = rerank(rows, scores, k, partial(self._score, typed.text, state.catalog, self.reranker))
                laps.lap("reranking")
            reasons: Sequence[Explanation | None] = [None] * len(rows)
            if trace is not None:
                reasons = explain(mode, trace, legs.lexical, rows, scores, self.reranker is not None)
                laps.lap("explanation")
            stored = {s.row: s for s in state.catalog.stored(rows)} if len(rows) else {}
            laps.lap("passages")
        hits = tuple(
            Hit(stored[int(row)], round(float(score), 6), reason)
            for row, score, reason in zip(rows, scores, reasons, strict=True)
        )
        if state.indexes.large:  # rows are not in the order of the ids
            hits = tuple(sorted(hits, key=lambda hit: (-hit.score, hit.stored.passage.passage_id)))
        quoted = typed.quoted if exact else ()
        return HitList(query, mode, total, hits, round(laps.total_ms, 3), laps.ms, typed.corrections, quoted)

    @staticmethod
    def _score(query: str, catalog: Catalog, reranker: Reranker, rows: Rows) -> Scores:
        by_row = {s.row: derived.whole_text(s) for s in catalog.stored(rows)}
        return reranker.scores(query, [by_row[int(row)] for row in rows])

    def warm(self) -> None:
        """Load the models, for a server whose first question should not wait for them. The shipped encoder needs none."""
        _ = self.encoder.dimensions
        if self.reranker is not None:
            self.reranker.scores("。", ["。"])
