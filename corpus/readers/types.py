"""What every reader gives: a document's text, and what only the file's format knew about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


def stretch(extract: Extract, start: int, end: int) -> Extract:
    """What lies between two offsets, as an extract of its own. Tables belong where their first row does."""

    def moved(span: Span) -> Span:
        return Span(min(max(span.start, start), end) - start, min(max(span.end, start), end) - start)

    furniture = (moved(span) for span in extract.furniture)
    tables = (
        Table(tuple(Row(tuple(map(moved, row.cells)), row.header) for row in table.rows))
        for table in extract.tables
        if table.rows and start <= table.rows[0].cells[0].start < end
    )
    current = max(sum(page <= start for page in extract.pages) - 1, 0)
    pages = (max(page - start, 0) for page in extract.pages[current:] if page < end)
    findings = (
        replace(finding, start=max(finding.start - start, 0), end=min(finding.end, end) - start)
        for finding in extract.findings
        if start <= finding.start < end
    )
    own = tuple(span for span in furniture if span.start < span.end)
    return Extract(extract.text[start:end], own, tuple(tables), tuple(pages), tuple(findings))
