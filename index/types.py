"""What search takes and gives: filters, stored passages, hits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from corpus.types import Fact, Finding, Notice, Passage, Unit

if TYPE_CHECKING:
    from corpus.reading import ReadFile  # only names here: a reader of a store needs no parser
    from index.dictionary import Dictionary
    from index.explain import Explanation
    from index.links import Link
    from index.vocabulary import Vocabulary

Mode = Literal["lexical", "dense", "hybrid"]
MODES: tuple[Mode, ...] = ("lexical", "dense", "hybrid")
Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; None means no limit. ``disclosure`` holds the labels that may be seen."""

    year: int | None = None
    region: str | None = None
    unit: str | None = None
    issuer: str | None = None
    notice_id: str | None = None
    disclosure: tuple[str, ...] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is filtered."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """What a hit says about its notice. ``pages``: the offset at which each page of its text begins, if it has pages."""

    notice_id: str
    source: str
    title: str
    document_number: str | None
    issuer: str | None
    region: str | None
    level: str
    year: int | None
    issued_on: str | None
    disclosure: str | None
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage as the store holds it. ``row`` is its place in the derived indexes of one generation."""

    row: int
    passage: Passage
    notice: NoticeCard

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units that act in the passage."""
        return self.passage.units


CorrectionKind = Literal["homophone", "shape", "pinyin", "spelling", "traditional", "width"]


@dataclass(frozen=True, slots=True)
class Correction:
    """``typed`` was searched for as ``meant``."""

    typed: str
    meant: str
    kind: CorrectionKind


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. Higher ``score`` is better."""

    stored: Stored
    score: float
    explanation: Explanation | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class HitList:
    """The best hits of a search, how many passages matched in all, and the milliseconds of each stage.

    ``corrections``: what was searched for otherwise than typed; ``quoted``: words that every hit holds as typed.
    """

    query: str
    mode: Mode
    total: int
    hits: tuple[Hit, ...]
    took_ms: float = field(compare=False)
    stages_ms: Mapping[str, float] = field(compare=False, default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    quoted: tuple[str, ...] = ()
    degraded: tuple[Mode, ...] = ()  # legs that did not answer


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What `index` did. ``indexed`` and ``unchanged`` count notices, ``passages`` all passages of the store.

    ``stored``: the files whose notices are new or changed.
    """

    indexed: int
    unchanged: int
    removed: int
    failed: tuple[ReadFile, ...]
    notes: tuple[str, ...]
    passages: int
    took_ms: float
    stored: frozenset[str] = frozenset()


class Encoder(Protocol):
    """Text to unit vectors. Queries and passages are encoded apart, since some models prompt them differently."""

    name: str

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length."""

    def encode_passages(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], rows of unit length."""


class Reranker(Protocol):
    """Orders the best passages of a search anew. A setting of the search: a store knows nothing of it."""

    name: str

    def scores(self, query: str, passages: list[str]) -> Scores:
        """float32 [n] between 0 and 1, higher is better."""


class Retriever(Protocol):
    """A store: a folder or a Milvus server (see :func:`index.opening.open_store`). Safe to use from several threads.

    All that is read belongs to the last state that was put in place; ``sequence`` numbers the states of one store.
    """

    @property
    def reranker(self) -> Reranker | None:
        """What orders the best passages of every search anew."""

    @property
    def location(self) -> str:
        """What ``--store`` names it by."""

    @property
    def folder(self) -> Path:
        """Where files lie on this machine that go with the store: feedback, the ledger of a watched folder, dictionaries."""

    @property
    def encoder(self) -> Encoder:
        """The encoder that the store's vectors come from."""

    @property
    def exists(self) -> bool:
        """Whether there is a store at its location."""

    @property
    def sequence(self) -> int:
        """Number of the state that readers see."""

    @property
    def dictionary(self) -> Dictionary:
        """The user's own dictionaries."""

    def open(self) -> None:
        """Open for reading. :raises StoreError: there is none, or it was built by something else, or cannot be reached"""

    def close(self) -> None:
        """Release files and connections."""

    def create(self) -> None:
        """Make an empty store where there is none."""

    def warm(self) -> None:
        """Load what the first question would wait for."""

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

    def adopt(
        self, notices: Iterable[Notice], remove: Collection[str] = (), done: Callable[[int], None] = lambda _: None
    ) -> int:
        """Take notices over as they are, each in place of the one with its id, and remove others.

        Returns how many were written or removed; one that is there already is not written again.

        :param done: hears how many more notices have been written
        """

    def remove(self, notice_id: str) -> None:
        """Remove a notice; it is gone from every answer when this returns. :raises UnknownNotice: there is none"""

    def rebuild(self) -> None:
        """Build what is derived from the notices anew, with the present analysis and encoder."""

    def cards(self) -> dict[str, NoticeCard]:
        """The notices, by id."""

    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """Warnings about the notices, by id."""

    def links(self) -> tuple[tuple[Link, ...], dict[str, NoticeCard]]:
        """The links between the notices, and the notices of the same state."""

    def notice(self, notice_id: str) -> Notice:
        """A whole notice. :raises UnknownNotice: there is none of that id"""

    def find_passage(self, passage_id: str) -> Stored | None:
        """One passage by its id."""

    def words(self, notice_id: str, start: int, end: int) -> str:
        """``text[start:end]`` of a notice."""

    def facts(self) -> list[Fact]:
        """All facts, in the order of notices and places."""

    def passages(self, filters: Filters | None = None) -> list[Stored]:
        """All passages that the filters admit, in order of their ids."""

    def vocabulary(self) -> Vocabulary:
        """The words of the notices."""

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
