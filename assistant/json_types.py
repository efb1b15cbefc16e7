"""The JSON shapes as types, for programs that read them: the client, and the outputs of the Model Context Protocol.

:mod:`assistant.as_json` and :mod:`corpus.as_json` make them; a test holds what they make against these.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic takes none of typing's before 3.12

from assistant.types import Kind, Lang, ScopeKind, ScopeSource, Wording
from corpus.types import FactKind, Level, Role
from index.types import CorrectionKind, Mode


class UnitJson(TypedDict):
    """A unit that acts in a passage: ``name`` as printed at ``text[start:end]`` of its notice."""

    name: str
    canonical: str
    level: Level
    place: str | None
    role: Role
    start: int
    end: int


class FindingJson(TypedDict):
    """Something wrong or unusual in a document."""

    code: str
    message: str
    start: int
    end: int


# What was looked for otherwise than typed. (`from` is no name of Python's, hence this form.)
CorrectionJson = TypedDict("CorrectionJson", {"from": str, "to": str, "kind": CorrectionKind})


class CitationJson(TypedDict):
    """Words of a notice: ``quote == text[start:end]`` (code points); ``url`` opens them."""

    number: int
    passage_id: str
    notice_id: str
    notice_title: str
    document_number: str | None
    section_path: list[str]
    quote: str
    start: int
    end: int
    page: int | None
    url: str


class RowJson(TypedDict):
    """A row: a cell for each column, and the numbers of the citations that say so."""

    cells: dict[str, str]
    citations: list[int]


class TableJson(TypedDict):
    """Rows that belong to an answer."""

    columns: list[str]
    rows: list[RowJson]


class CoverageJson(TypedDict):
    """Over what an answer is complete."""

    notices: int
    passages: int
    matched: int


# One limit of the scope, and where it came from.
ScopeItemJson = TypedDict("ScopeItemJson", {"kind": ScopeKind, "value": str, "from": ScopeSource})


class AnswerJson(TypedDict):
    """An answer; ``answer`` holds marks such as ``[1]`` for ``citations``."""

    question: str
    lang: Lang
    kind: Kind
    abstained: bool
    reason: str | None
    answer: str
    citations: list[CitationJson]
    table: TableJson | None
    coverage: CoverageJson
    related: list[CitationJson]
    warnings: list[str]
    corrections: list[CorrectionJson]
    took_ms: float
    wording: Wording
    scope: list[ScopeItemJson]


class PassageJson(TypedDict):
    """A passage with what is said of its notice."""

    passage_id: str
    notice_id: str
    notice_title: str
    document_number: str | None
    year: int | None
    region: str | None
    section_path: list[str]
    number: str | None
    text: str
    start: int
    end: int
    units: list[UnitJson]
    kind: NotRequired[str]
    printed_number: NotRequired[str | None]
    url: NotRequired[str]


class HitJson(PassageJson):
    """A passage found; ``explain`` where it was asked for."""

    score: float
    explain: NotRequired[dict[str, Any]]


class HitListJson(TypedDict):
    """The result of a search, best first."""

    query: str
    mode: Mode
    total: int
    took_ms: float
    corrections: list[CorrectionJson]
    hits: list[HitJson]


class HeaderJson(TypedDict):
    """What the head and the foot of a notice say about it."""

    notice_id: str
    source: str
    title: str
    document_number: str | None
    issuer: str | None
    region: str | None
    level: Level
    year: int | None
    issued_on: str | None
    disclosure: str | None


class CardJson(HeaderJson):
    """A notice in a list."""

    warnings: list[FindingJson]
    replaced_by: str | None
    newer_edition: str | None


class SpanJson(TypedDict):
    """Code points of a notice's text, half open."""

    start: int
    end: int


class SectionJson(TypedDict):
    """A heading and what lies below it."""

    heading: str
    number: str | None
    printed_number: str | None
    level: int
    start: int
    end: int
    children: list[SectionJson]


class NoticePassageJson(TypedDict):
    """A passage in its notice."""

    passage_id: str
    kind: str
    section_path: list[str]
    number: str | None
    printed_number: str | None
    start: int
    end: int
    text: str
    units: list[UnitJson]


class FactJson(TypedDict):
    """A normalised value and the words that state it."""

    kind: FactKind
    value: str
    quote: str
    start: int
    end: int
    passage_id: str


class LinkJson(TypedDict):
    """What one notice says of another, or editions of one another."""

    kind: str
    direction: Literal["in", "out"]
    notice_id: str
    notice_title: str
    document_number: str | None
    year: int | None
    passage_id: str
    quote: str
    start: int
    end: int
    url: str


class NoticeJson(CardJson):
    """A whole notice."""

    text: str
    sections: list[SectionJson]
    passages: list[NoticePassageJson]
    facts: list[FactJson]
    furniture: list[SpanJson]
    pages: list[int]
    links: list[LinkJson]


class SuggestionJson(TypedDict):
    """A question that the notices can answer."""

    text: str
    kind: str
    lang: Lang


class SuggestionsJson(TypedDict):
    """Questions that go on from what is typed."""

    query: str
    suggestions: list[SuggestionJson]


class FailureJson(TypedDict):
    """A file that could not be read."""

    source: str
    reason: str


class ReportJson(TypedDict):
    """What reading files into the store did; over HTTP with the job that did it, and the ids of the files' notices."""

    indexed: int
    unchanged: int
    removed: int
    failed: list[FailureJson]
    notes: list[str]
    passages: int
    took_ms: float
    job_id: NotRequired[str]
    notices: NotRequired[list[str]]
