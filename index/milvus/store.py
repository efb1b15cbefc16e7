"""MilvusStore: opening, changing, reading and searching a store on a Milvus server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.types import Fact, Finding, Notice, Passage
from index import analysis, manifest
from index.dictionary import Dictionary
from index.encoder import DEFAULT, open_encoder
from index.errors import BadModel, StoreBusy, StoreMissing, UnknownNotice
from index.filters import passage_terms, required_terms
from index.intake import Intake
from index.links import Link, links_among
from index.milvus.connection import Connection
from index.milvus.generations import begin, rebuild
from index.milvus.legs import Features, Moved
from index.milvus.location import MilvusLocation
from index.milvus.packing import passage_key
from index.milvus.schema import current
from index.milvus.searching import Search
from index.milvus.state import State, load, read_marker
from index.milvus.whole_notices import WholeNotices
from index.milvus.writing import Roster, Writer
from index.searching import check_query
from index.types import (
    Encoder,
    Filters,
    HitList,
    IndexReport,
    Mode,
    NoticeCard,
    Reranker,
    Retriever,
    Stored,
)  # fmt: skip
from index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only a name here: a reader of the store needs no parser

FORMAT = 1
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
        self._whole = WholeNotices(self._connection)
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
            begin(self._connection, self._manifest(), self.encoder.dimensions)

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
            raise UnknownNotice(notice_id)
        self._apply(state, [], [notice_id])

    def rebuild(self) -> None:
        """Build a new generation of all notices with the present analysis and encoder, and let it count in one step."""
        generation = self._generation()
        dimensions = self.encoder.dimensions  # a model that cannot be loaded changes nothing
        rebuild(self._connection, generation, self._writer(), self._manifest(), dimensions)
        self._read_state(fresh=True)

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
            fresh._whole.share(self._whole)
            fresh.open()
            ready(fresh)
            with self._lock:
                self._state, self._looked = fresh._state, fresh._looked
            self._whole.share(fresh._whole)
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
                self._links = state.sequence, links_among(notices)[0]
            return self._links[1], {notice_id: state.heads[notice_id].card for notice_id in sorted(state.heads)}

    def notice(self, notice_id: str) -> Notice:
        """A whole notice. :raises UnknownNotice: there is none of that id"""
        for _ in range(_TRIES):
            state = self._read_state()
            if notice_id not in state.heads:
                raise UnknownNotice(notice_id)
            found = self._whole.one_of(state, notice_id)
            if found is not None:
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
                return self._search(state).stored(state.rows([key]))[0]
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
        return [fact for notice in notices for fact in notice.facts]

    def passages(self, filters: Filters | None = None) -> list[Stored]:
        """All passages that the filters admit, in order of their ids."""
        state, notices = self._everything()
        required = [set(group) for group in required_terms(filters or Filters())]
        held: list[tuple[Passage, NoticeCard]] = []
        for notice in notices:
            card = state.heads[notice.notice_id].card
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
                found = self._search(state).run(query, k, mode, filters or Filters(), explained, exact, vocabulary)
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

    def _search(self, state: State) -> Search:
        def long(passage_id: str) -> Passage | None:
            notice = self._whole.one_of(state, passage_id.partition("/")[0])
            return next((p for p in notice.passages if p.passage_id == passage_id), None) if notice else None

        return Search(self._connection, self._features, state, self.encoder, self._reranker, self.dictionary, long)

    def _everything(self) -> tuple[State, list[Notice]]:
        """All notices of the last state, in the order of their ids."""
        for _ in range(_TRIES):
            state = self._read_state()
            notices = self._whole.all_of(state)
            if notices is not None:
                return state, notices
            self._looked = 0.0
        raise self._restless()

    def _restless(self) -> StoreBusy:
        return StoreBusy(f"{self.location} keeps changing; try again in a moment")
