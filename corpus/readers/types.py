"""What every reader gives: a document's text, and what only the file's format knew about it."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.types import Finding, Span


@dataclass(frozen=True, slots=True)
class Row:
    """A table row: one line of the text, its cells separated by tabs. ``cells`` are their spans, empty ones included."""

    cells: tuple[Span, ...]
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows follow one another in the text."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """A document as its reader sees it. All spans are offsets into ``text``, whose lines end with ``\\n``.

    ``furniture``: visible text that is no part of the notice (navigation, running heads, page numbers).
    ``pages``: offset at which each page begins; empty where the format has no pages.
    ``findings``: what the format shows and the text hides (no text layer, hidden text).
    """

    text: str
    furniture: tuple[Span, ...] = ()
    tables: tuple[Table, ...] = ()
    pages: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
