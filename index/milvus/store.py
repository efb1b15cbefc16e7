"""MilvusStore: opening, changing, reading and searching a store on a Milvus server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.types import Fact, Finding, Notice, Passage
from index import analysis, manifest
from index.cross_encoder import DEPTH, rerank
from index.degraded import note
from index.derived import whole_text
from index.dictionary import Dictionary
from index.encoder import DEFAULT, open_encoder
from index.errors import BadModel, StoreBusy, StoreMissing, UnknownNotice
from index.explain import Explanation, explain
from index.filters import passage_terms, required_terms
from index.intake import Intake
from index.laps import Laps
from index.links import Link, links_among
from index.milvus.connection import Connection
from index.milvus.expressions import NOTHING, compile_terms, every, holding, within
from index.milvus.legs import Features, Holding, LegDown, MilvusLexical, MilvusPieces, MilvusVectors, Moved
from index.milvus.location import MilvusLocation
from index.milvus.packing import passage_key, read_passage, unpack
from index.milvus.schema import current, make, next_generation, publish
from index.milvus.state import State, load, read_marker, wholes
from index.milvus.writing import Roster, Writer, first_marker, lay
from index.quotes import spellings
from index.ranking import Legs, rank
from index.searching import check_query
from index.trace import Trace
from index.typed import read_typed, terms_of
from index.types import (
    Encoder,
    Filters,
    Hit,
    HitList,
    IndexReport,
    Mode,
    NoticeCard,
    Reranker,
    Retriever,
    Rows,
    Scores,
    Stored,
)  # fmt: skip
from index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only a name here: a reader of the store needs no parser

FORMAT = 1
AVERAGE = 64.0  # tokens of a passage that the weights of a new store are made for; a rebuild takes the true average
KEPT = 50_000  # passages up to which whole notices stay in memory once they were read, 3 KB each
_TRIES = 8


class MilvusStore:
    """A :class:`index.types.Retriever` on a Milvus server. Nothing of it need lie on this machine.

    The legs name candidates there; scores are computed here by the code that a folder uses.
    """

    def __init__(
        self, location: MilvusLocation, encoder: Encoder | None = None, reranker: Reranker | None = None
    ) -> None:
        """A store, opened when it is first asked.

        :param encoder: None for the one that the store remembers; a new store remembers the shipped one
        :param reranker: orders the best passages of every search anew
        """
        self._location = location
        self._reranker = reranker
        self._given = encoder
        self._encoder = encoder
        self._connection = Connection(location)
        self._features = Features()
        self._state: State | None = None
        self._looked = 0.0  # when the state was last found to be the newest
        self._wholes: tuple[int, dict[str, tuple[str, Notice]]] = (-1, {})
        self._links: tuple[int, tuple[Link, ...]] | None = None
        self._lock = threading.RLock()

    # -- opening -------------------------------------------------------------------------------------------------------

    @property
    def reranker(self) -> Reranker | None:
        """What orders the best passages of every search anew."""
        return self._reranker

    @property
    def location(self) -> str:
        """What ``--store`` names it by."""
        return self._location.text

    @property
    def folder(self) -> Path:
        """Where this machine keeps feedback, ledgers and dictionaries; it is made where it can be."""
        with suppress(OSError):
            self._location.folder.mkdir(parents=True, exist_ok=True)
        return self._location.folder

    @property
    def encoder(self) -> Encoder:
        """The encoder that the store's vectors come from."""
        if self._encoder is None:
            generation = current(self._connection)
            known = load(self._connection, generation, self._state).marker.manifest if generation else {}
            model, dimensions = known.get("model"), known.get("dimensions")
            try:
                self._encoder = open_encoder(model, dimensions)
            except BadModel as error:
                raise BadModel(
                    f"{self.location} was built with the model {model}: {error}. Where it lies elsewhere now, name it with "
                    f"`notices rebuild --store {self.location} --model FOLDER`; `--model {DEFAULT}` goes back to the shipped one"
                ) from error
        return self._encoder

    @property
    def exists(self) -> bool:
        """Whether there is a store of the name on the server."""
        return current(self._connection) is not None

    def open(self) -> None:
        """Open for reading.

        :raises StoreMissing: there is no store of the name
        :raises StoreMismatch: it was built by another version, analysis or encoder
        :raises StoreUnreachable: the server does not answer
        """
        self._read_state()

    def close(self) -> None:
        """Let go of the server."""
        with self._lock:
            self._state = None
            self._connection.close()

    def warm(self) -> None:
        """Load the models, for a server whose first question should not wait for them."""
        _ = self.encoder.dimensions
        if self._reranker is not None:
            self._reranker.scores("。", ["。"])

    def _manifest(self) -> manifest.Manifest:
        return manifest.Manifest.of(FORMAT, analysis.fingerprint(), self.encoder)

    def _generation(self) -> str:
        found = current(self._connection)
        if found is None:
            raise StoreMissing(
                f"no store at {self.location}; make one with `notices index PATH… --store {self.location}` or "
                f"`notices copy --to {self.location}`"
            )
        return found

    def _read_state(self, fresh: bool = False) -> State:
        """The last state. The alias is resolved here, once for all that a request reads.

        :param fresh: whatever the location allows, ask the server
        """
        state = self._state
        if state is not None and not fresh and time.monotonic() - self._looked < self._location.fresh:
            return state
        generation = self._generation()
        if (
            state is not None and state.generation == generation
        ):  # without the lock: requests need not wait for one another
            marker = read_marker(self._connection, generation)
            if marker is not None and marker.token == state.marker.token:
                self._looked = time.monotonic()
                return state
        with self._lock:
            state, found = self._state, load(self._connection, generation, self._state)
            if state is None or found.marker.manifest != state.marker.manifest:
                self._check(found)
            self._state, self._looked = found, time.monotonic()
            return found

    def _check(self, state: State) -> None:
        if self._given is None and self._encoder and state.marker.manifest.get("encoder") != self._encoder.name:
            self._encoder = None  # another process has rebuilt the store with another one
        manifest.compare(self.location, state.marker.manifest, self._manifest())

    # -- changing ------------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make an empty store where there is none."""
        if current(self._connection) is None:
            self._make(AVERAGE)

    def _make(self, average: float) -> State:
        """The first generation of a store. Several machines may make it at once: they make the same."""
        generation = f"{self._location.name}_g000001"
        make(self._connection, generation, self.encoder.dimensions)
        state = lay(self._connection, generation, first_marker(asdict(self._manifest()), average))
        publish(self._connection, generation)
        return state

    def index(
        self,
        files: Iterable[ReadFile],
        prune: bool | Collection[str] = False,
        ready: Callable[[Retriever], None] | None = None,
    ) -> IndexReport:
        """Store what was read: new notices, changed ones in place of the old. Nothing is lost when it fails.

        :param prune: remove notices whose source is no longer among ``files``: all such, or those of the sources given
        :param ready: called with a store opened on the new state; readers of this one see that state when it returns
        """
        started = time.perf_counter()
        read = list(files)
        failed = tuple(file for file in read if file.failure)
        if any(file.notices for file in read):
            self.create()
        elif not self.exists:
            return IndexReport(0, 0, 0, failed, (), 0, (time.perf_counter() - started) * 1000)
        state = self._read_state(fresh=True)
        roster = Roster(state, self.notice)
        intake = Intake(roster, read, prune)
        untold = state.marker.roster != state.roster  # by somebody who died before that
        if intake.run() or untold:
            state = self._apply(state, list(roster.come.values()), roster.gone)
            self._advance(ready)
        counts = (intake.indexed, intake.unchanged, intake.removed)
        took = (time.perf_counter() - started) * 1000
        passages = sum(head.passages for head in state.heads.values())
        return IndexReport(*counts, failed, tuple(intake.notes), passages, took, frozenset(intake.stored))

    def adopt(
        self, notices: Iterable[Notice], remove: Collection[str] = (), done: Callable[[int], None] = lambda _: None
    ) -> int:
        """Take notices over as they are, each in place of the one with its id, and remove others.

        They count some at a time, so that what was done before a break stays done. Returns how many were written or removed.

        :param done: hears how many more notices have been written
        """
        self.create()
        before = self._read_state(fresh=True)
        after = self._writer().apply(before, notices, remove, done)
        if current(self._connection) != before.generation:
            raise StoreBusy(
                f"{self.location} was rebuilt meanwhile; run the same again: what is there is not written twice"
            )
        old = {n: head.version for n, head in before.heads.items()}
        new = {n: head.version for n, head in after.heads.items()}
        return sum(new.get(n) != version for n, version in old.items()) + len(new.keys() - old.keys())

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns. :raises UnknownNotice: there is none"""
        state = self._read_state(fresh=True)
        if notice_id not in state.heads:
            raise _unknown(notice_id)
        self._apply(state, [], [notice_id])

    def rebuild(self) -> None:
        """Build a new generation of all notices with the present analysis and encoder, and let it count in one step.

        What other machines write meanwhile is carried over. The generation before stays until the next rebuild.
        """
        before = load(self._connection, self._generation(), None)
        dimensions = self.encoder.dimensions  # a model that cannot be loaded changes nothing
        generation = next_generation(self._connection)
        make(self._connection, generation, dimensions)
        marker = first_marker(asdict(self._manifest()), before.words.average or AVERAGE)
        state = self._carry(before, lay(self._connection, generation, marker))
        publish(self._connection, generation)
        self._carry(load(self._connection, before.generation, before), state)  # what came until the alias had moved
        self._read_state(fresh=True)

    def _carry(self, source: State, target: State) -> State:
        """Bring a generation to hold what another one holds."""
        versions = {notice_id: head.version for notice_id, head in source.heads.items()}
        missing = {
            notice_id: version
            for notice_id, version in versions.items()
            if notice_id not in target.heads or target.heads[notice_id].digest != source.heads[notice_id].digest
        }
        notices = wholes(self._connection, source.generation, missing)
        return self._writer().apply(target, notices, [n for n in target.heads if n not in versions])

    def _writer(self) -> Writer:
        return Writer(self._connection, self.encoder, f"{analysis.fingerprint()}|{self.encoder.name}")

    def _apply(self, state: State, come: Sequence[Notice], gone: Collection[str]) -> State:
        """Write a change; once more where a rebuild has put another generation in place meanwhile."""
        for _ in range(_TRIES):
            state = self._writer().apply(state, come, gone)
            if current(self._connection) == state.generation:
                return state
            state = self._read_state(fresh=True)
        raise StoreBusy(f"{self.location} keeps being rebuilt; try again later")

    def _advance(self, ready: Callable[[Retriever], None] | None) -> None:
        """Let the new state be made ready before readers of this store come to it."""
        if ready is None:
            return
        fresh = MilvusStore(self._location, self._encoder, self._reranker)
        try:
            with self._lock:
                fresh._state = self._state
            fresh._wholes = self._wholes
            fresh.open()
            ready(fresh)
            with self._lock:
                self._state, self._looked, self._wholes = fresh._state, fresh._looked, fresh._wholes
        finally:
            fresh._connection.close()

    # -- reading -------------------------------------------------------------------------------------------------------

    @property
    def sequence(self) -> int:
        """Number of the state that readers see."""
        return self._read_state().sequence

    @property
    def dictionary(self) -> Dictionary:
        """The user's own dictionaries, which lie on this machine."""
        return Dictionary(self.folder)

    def cards(self) -> dict[str, NoticeCard]:
        """The notices of the store, by id."""
        heads = self._read_state().heads
        return {notice_id: heads[notice_id].card for notice_id in sorted(heads)}

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """Warnings about the notices, by id."""
        heads = self._read_state().heads
        return {notice_id: heads[notice_id].findings for notice_id in sorted(heads)}

    def links(self) -> tuple[tuple[Link, ...], dict[str, NoticeCard]]:
        """The links between the notices, worked out once a state, and the notices of the same state."""
        state, notices = self._everything()
        with self._lock:
            if self._links is None or self._links[0] != state.sequence:
                self._links = state.sequence, links_among([notice for _, notice in notices.values()])[0]
            return self._links[1], {notice_id: state.heads[notice_id].card for notice_id in notices}

    def notice(self, notice_id: str) -> Notice:
        """A whole notice. :raises UnknownNotice: there is none of that id"""
        for _ in range(_TRIES):
            state = self._read_state()
            if notice_id not in state.heads:
                raise _unknown(notice_id)
            sequence, known = self._wholes
            if sequence == state.sequence and notice_id in known:
                return known[notice_id][1]
            for found in wholes(self._connection, state.generation, {notice_id: state.heads[notice_id].version}):
                return found
            self._looked = 0.0  # replaced meanwhile
        raise self._restless()

    def find_passage(self, passage_id: str) -> Stored | None:
        """One passage by its id."""
        for _ in range(_TRIES):
            state = self._read_state()
            notice_id = passage_id.partition("/")[0]
            if passage_id not in state.ids.get(notice_id, ()):
                return None
            key = passage_key(passage_id, state.heads[notice_id].version)
            with suppress(Moved):
                return self._stored(state, state.rows([key]))[0]
            self._looked = 0.0
        raise self._restless()

    def words(self, notice_id: str, start: int, end: int) -> str:
        """``text[start:end]`` of a notice."""
        try:
            return self.notice(notice_id).text[start:end]
        except UnknownNotice:
            return ""

    def facts(self) -> list[Fact]:
        """All facts, in the order of notices and places."""
        _, notices = self._everything()
        return [fact for _, notice in notices.values() for fact in notice.facts]

    def passages(self, filters: Filters | None = None) -> list[Stored]:
        """All passages that the filters admit, in order of their ids."""
        state, notices = self._everything()
        required = [set(group) for group in required_terms(filters or Filters())]
        held: list[tuple[Passage, NoticeCard]] = []
        for notice_id, (_, notice) in notices.items():
            card = state.heads[notice_id].card
            for passage in notice.passages:
                terms = passage_terms(passage, card) if required else ()
                if all(not group.isdisjoint(terms) for group in required):
                    held.append((passage, card))
        held.sort(key=lambda pair: pair[0].passage_id)
        rows = state.rows([passage_key(p.passage_id, state.heads[card.notice_id].version) for p, card in held])
        return [Stored(int(row), passage, card) for row, (passage, card) in zip(rows, held, strict=True)]

    def vocabulary(self) -> Vocabulary:
        """The words of the notices."""
        return self._read_state().vocabulary

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
        """The ``k`` best passages, ties broken by passage id (see :meth:`index.types.Retriever.search`).

        Where one leg of a hybrid search is down the other one's hits are given, and ``degraded`` names the leg.

        :raises StoreUnreachable: the server does not answer
        """
        check_query(query, k, mode)
        for _ in range(_TRIES):
            state = self._read_state()
            with suppress(Moved):
                found = self._search(state, query, k, mode, filters or Filters(), explained, exact, vocabulary)
                if self._stood(state):
                    return found
            self._looked = 0.0
        raise self._restless()

    def _stood(self, state: State) -> bool:
        """Whether all that a state holds was there to the end of a request: what counts in it is deleted after a change."""
        marker = read_marker(self._connection, state.generation)
        if marker is not None and marker.token == state.marker.token:
            return True
        now = self._read_state(fresh=True)
        return now.generation != state.generation or all(
            n in now.heads and now.heads[n].version == head.version for n, head in state.heads.items()
        )

    def _search(
        self, state: State, query: str, k: int, mode: Mode, filters: Filters, explained: bool, exact: bool,
        vocabulary: Vocabulary | None,
    ) -> HitList:  # fmt: skip
        laps, scope = Laps(), compile_terms(required_terms(filters))
        known, visible = (state.vocabulary, "") if vocabulary is None else (vocabulary, scope)
        typed = read_typed(query, Holding(self._connection, state, visible), known, self.dictionary)
        if exact and typed.rows is not None:
            quoted = [holding(spellings(phrase)) for phrase in typed.quoted]
            scope = every(scope, *quoted) if len(typed.rows) else NOTHING
        laps.lap("typed words")
        legs = Legs(
            MilvusLexical(self._connection, state, scope, self._features),
            MilvusVectors(self._connection, state, scope, self._features),
            MilvusPieces(self._connection, state, self._features),
        )
        depth = k if self._reranker is None else max(k, DEPTH)
        lookup = terms_of(self.dictionary, legs.lexical)

        def ranked(by: Mode) -> tuple[Rows, Scores, int, Trace | None]:
            trace = Trace() if explained else None
            found = rank(typed.text, depth, by, legs, self.encoder, laps=laps, lookup=lookup, trace=trace)
            return (*found, trace)

        degraded: tuple[Mode, ...] = ()
        try:
            rows, scores, total, trace = ranked(mode)
        except LegDown as down:
            if mode != "hybrid":
                raise down.cause from down
            degraded, mode_left = (down.leg,), other(down.leg)
            note(down.leg)
            try:
                rows, scores, total, trace = ranked(mode_left)
            except LegDown as both:
                raise both.cause from both
        if self._reranker is not None:
            rows, scores = rerank(rows, scores, k, partial(self._rescore, typed.text, state, self._reranker))
            laps.lap("reranking")
        reasons: Sequence[Explanation | None] = [None] * len(rows)
        if trace is not None:
            by = other(degraded[0]) if degraded else mode
            reasons = explain(by, trace, legs.lexical, rows, scores, self._reranker is not None)
            laps.lap("explanation")
        stored = self._stored(state, rows)
        laps.lap("passages")
        hits = tuple(
            Hit(one, round(float(score), 6), reason) for one, score, reason in zip(stored, scores, reasons, strict=True)
        )
        took, said = round(laps.total_ms, 3), typed.quoted if exact else ()
        return HitList(query, mode, total, hits, took, laps.ms, typed.corrections, said, degraded)

    def _rescore(self, query: str, state: State, reranker: Reranker, rows: Rows) -> Scores:
        return reranker.scores(query, [whole_text(stored) for stored in self._stored(state, rows)])

    def _stored(self, state: State, rows: Rows) -> list[Stored]:
        """Passages by their rows, in that order. :raises Moved: one is not there any more"""
        keys = [state.key(int(row)) for row in rows]
        read = self._connection.query(state.generation, within("pk", keys), ["pk", "body"]) if keys else []
        bodies = {row["pk"]: row["body"] for row in read}
        if len(bodies) < len(set(keys)):
            raise Moved("passages are gone that were there a moment ago")
        out = []
        for row, key in zip(rows, keys, strict=True):
            passage_id = key.rpartition("@")[0]
            card = state.heads[passage_id.partition("/")[0]].card
            passage = read_passage(unpack([bodies[key]])) if bodies[key] else self._long(passage_id)
            out.append(Stored(int(row), passage, card))
        return out

    def _long(self, passage_id: str) -> Passage:
        """A passage that is too long for its row."""
        notice = self.notice(passage_id.partition("/")[0])
        for passage in notice.passages:
            if passage.passage_id == passage_id:
                return passage
        raise Moved(f"{passage_id} is gone")

    def _everything(self) -> tuple[State, dict[str, tuple[str, Notice]]]:
        """All notices of the last state with their versions, by id; what has not changed since the last time is not read again."""
        for _ in range(_TRIES):
            state = self._read_state()
            sequence, known = self._wholes
            if sequence == state.sequence:
                return state, known
            versions = {n: head.version for n, head in state.heads.items()}
            wanted = {n: version for n, version in versions.items() if known.get(n, ("",))[0] != version}
            read = {n.notice_id: (wanted[n.notice_id], n) for n in wholes(self._connection, state.generation, wanted)}
            if len(read) == len(wanted):
                held = {n: read[n] if n in read else known[n] for n in sorted(versions)}
                if sum(head.passages for head in state.heads.values()) <= KEPT:
                    self._wholes = state.sequence, held
                return state, held
            self._looked = 0.0
        raise self._restless()

    def _restless(self) -> StoreBusy:
        return StoreBusy(f"{self.location} keeps changing; try again in a moment")


def other(leg: Mode) -> Mode:
    """The leg that is left."""
    return "dense" if leg == "lexical" else "lexical"


def _unknown(notice_id: str) -> UnknownNotice:
    return UnknownNotice(f"no notice {notice_id!r} in this store; `notices list` shows the ids (没有这份通知)")
