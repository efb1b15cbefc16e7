"""Questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from index.types import Correction, Filters

Lang = Literal["zh", "en"]
Kind = Literal["units", "activities", "lookup", "fact", "compare", "count", "summary", "tasks", "anomaly", "none"]
Wording = Literal["extract", "model"]  # the notices' own words, or a language model's that were verified against them
KINDS: tuple[Kind, ...] = get_args(Kind)
ScopeKind = Literal["notice", "year", "place", "level", "issuer", "unit", "heading"]
SCOPE_KINDS: tuple[ScopeKind, ...] = get_args(ScopeKind)
ScopeSource = Literal["question", "history", "filter"]
ASKABLE: tuple[Kind, ...] = KINDS[:-1]  # none is no kind to ask for


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the words, the earlier questions of the dialogue (oldest first), the filters set by hand.

    ``kind`` is set where the reader has corrected how the words were taken; ``without`` names items of the scope
    (``year:2022``) that are not to be taken over from the history or the filters.
    """

    text: str
    history: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    lang: Lang | None = None
    kind: Kind | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """One limit of the scope that an answer was looked for in, and where it came from."""

    kind: ScopeKind
    value: str
    source: ScopeSource

    @property
    def label(self) -> str:
        """What names it in a request that is to be answered without it: ``year:2022``."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of a notice: ``quote == notice.text[start:end]``. ``number`` is the mark ``[1]`` in the answer."""

    number: int
    passage_id: str
    notice_id: str
    notice_title: str
    document_number: str | None
    section_path: tuple[str, ...]
    quote: str
    start: int
    end: int
    page: int | None = None

    @property
    def url(self) -> str:
        """Where the quote can be read in the notice's own text."""
        return f"/n/{self.notice_id}?start={self.start}&end={self.end}#{self.passage_id}"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: a cell for each column, and the numbers of the citations that say so."""

    cells: dict[str, str]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong to an answer."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Over what an answer is complete: notices and passages in scope, and how many passages matched."""

    notices: int
    passages: int
    matched: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose every claim is a citation, or an abstention with its reason."""

    question: str
    lang: Lang
    kind: Kind
    text: str
    abstained: bool = False
    reason: str | None = None
    citations: tuple[Citation, ...] = ()
    table: Table | None = None
    coverage: Coverage = Coverage(0, 0, 0)
    related: tuple[Citation, ...] = ()
    warnings: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    took_ms: float = 0.0
    wording: Wording = "extract"
    scope: tuple[ScopeItem, ...] = ()
    stages_ms: Mapping[str, float] = field(compare=False, default_factory=dict)  # of took_ms, in order
