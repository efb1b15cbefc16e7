"""What a notice is, once read: its text, its section tree, its passages and the facts in them.

All offsets are Unicode code points into ``Notice.text``, half open. Nothing here knows of search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["national", "province", "city", "district", "office", "unknown"]
Role = Literal["lead", "cooperate", "responsible"]
PassageKind = Literal[
    "title", "banner", "document_number", "addressee", "preamble", "item", "paragraph", "signature", "disclosure",
    "attachments", "contact", "table_header", "metadata", "contents",
]  # fmt: skip
FactKind = Literal[
    "deadline", "date", "theme", "contact", "place", "amount", "target", "photo", "attachment", "reference", "reporting"
]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of ``Notice.text``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (单位) that acts in a passage. ``name`` is printed at ``text[start:end]``, perhaps in a heading above."""

    name: str
    canonical: str
    level: Level
    place: str | None
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A normalised value and the words that state it (``quote == text[start:end]``)."""

    kind: FactKind
    value: str
    quote: str
    start: int
    end: int
    passage_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong or unusual in the document itself, with the place where it shows."""

    code: str
    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what lies below it. ``start``/``end`` span the heading line, its printed number included."""

    heading: str
    number: str | None
    printed_number: str | None
    level: int
    start: int
    end: int
    children: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of search: an item, a paragraph, or a header line. ``text == Notice.text[start:end]``.

    ``headings`` holds the spans of the heading lines named in ``section_path``, outermost first.
    """

    passage_id: str
    kind: PassageKind
    section_path: tuple[str, ...]
    headings: tuple[Span, ...]
    number: str | None
    printed_number: str | None
    start: int
    end: int
    text: str
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What the head and the foot of a notice say about it."""

    title: str
    document_number: str | None
    issuer: str | None
    region: str | None
    level: Level
    year: int | None
    issued_on: str | None
    disclosure: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One official document. ``source`` is the path relative to the PATH that it was found under.

    ``pages``: the offset at which each page begins; empty where the format has no pages.
    """

    notice_id: str
    source: str
    header: Header
    text: str
    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    facts: tuple[Fact, ...]
    furniture: tuple[Span, ...]
    findings: tuple[Finding, ...]
    pages: tuple[int, ...] = ()
