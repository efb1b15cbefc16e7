"""A newspaper page is several articles: headlines in two lines, no document number, no addressee."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.structure.lines import LONG_LINE, Line
from corpus.structure.repair import Mark, heading_like
from corpus.types import PassageKind

BULLETS = "►●■▲◆★"
_MIN_PARAGRAPHS = 4


@dataclass(frozen=True, slots=True)
class Article:
    """Line numbers of one article: ``headline`` lines first, then its body, ``[first, last)``."""

    first: int
    body: int
    last: int


def articles(lines: list[Line], kinds: dict[int, PassageKind], marks: list[Mark]) -> list[Article]:
    """The articles of a newspaper page; none where the document is no such page."""
    official = {"document_number", "addressee", "signature", "disclosure", "banner"}
    prose = [i for i, line in enumerate(lines) if len(line.text) >= LONG_LINE]
    if official & set(kinds.values()) or len(marks) > 2 or len(prose) < _MIN_PARAGRAPHS:
        return []
    heads = [is_headline(line.text) for line in lines]
    starts: list[tuple[int, int]] = []
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and heads[end]:
            end += 1
        if end < len(lines) and end > index:
            photo_column = lines[end].text[0] in BULLETS
            if end - index >= 2 or photo_column or not starts:
                starts.append((index, end))
        index = max(end, index + 1)
    if len(starts) < 2 or starts[0][0] != 0:
        return []
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    return [Article(first, body, last) for (first, body), last in zip(starts, ends, strict=True)]


def is_headline(text: str) -> bool:
    """Whether a line of a press page reads as a headline or subhead."""
    return text[0] not in BULLETS and heading_like(text)
