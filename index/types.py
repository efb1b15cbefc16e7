"""What search takes and gives: filters, stored passages, hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from corpus.types import Passage, Unit

if TYPE_CHECKING:
    from index.explain import Explanation

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
    """A store that can be searched."""

    def search(self, query: str, k: int, mode: Mode, filters: Filters) -> HitList:
        """The ``k`` best passages, ties broken by passage id."""

    def passages(self, filters: Filters) -> list[Stored]:
        """All passages that the filters admit, in order of their ids."""
