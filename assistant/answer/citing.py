"""Citations: words of the notices, numbered in the order in which an answer uses them."""

from __future__ import annotations

import re
from bisect import bisect_right

from assistant.answer.shard import Entry
from assistant.types import Citation
from corpus.types import Unit
from index.types import Retriever, Stored

MAX_QUOTE = 260  # code points; a longer passage is cited by its sentences
_MAX_LABEL = 60


class CitationBook:
    """Collects the citations of one answer; the same words are cited once."""

    def __init__(self, store: Retriever) -> None:
        self._store = store
        self._citations: dict[tuple[str, int, int], Citation] = {}
        self._quotes: list[str] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations, by number."""
        return tuple(self._citations.values())

    def cite(self, stored: Stored, start: int, end: int) -> int:
        """The number of the citation of ``notice.text[start:end]``, on behalf of a passage."""
        key = (stored.notice.notice_id, start, end)
        if key not in self._citations:
            self._citations[key] = citation(self._store, stored, start, end, len(self._citations) + 1)
            self._quotes.append(self._citations[key].quote)
        return self._citations[key].number

    def cite_unit(self, stored: Stored, unit: Unit) -> int:
        """The number of the citation that says that ``unit`` acts in a passage: its heading, or the words around it."""
        passage = stored.passage
        for heading in passage.headings:
            if heading.start <= unit.start and unit.end <= heading.end:
                return self.cite(stored, heading.start, heading.end)
        label = _label(passage.text, unit.start - passage.start, unit.end - passage.start)
        return self.cite(stored, passage.start + label[0], passage.start + label[1])

    def quote(self, number: int) -> str:
        """The words of a citation."""
        return self._quotes[number - 1]


def citation(store: Retriever, stored: Stored, start: int, end: int, number: int) -> Citation:
    """A citation of ``notice.text[start:end]``."""
    passage, notice = stored.passage, stored.notice
    if passage.start <= start and end <= passage.end:
        quote = passage.text[start - passage.start : end - passage.start]
    else:
        quote = store.words(notice.notice_id, start, end)
    return Citation(
        number,
        passage.passage_id,
        notice.notice_id,
        notice.title,
        notice.document_number,
        passage.section_path,
        quote,
        start,
        end,
        bisect_right(notice.pages, start) or None,
    )


def _label(text: str, start: int, end: int) -> tuple[int, int]:
    """The parentheses around a unit's name when they are short, else the clause that it stands in."""
    left = max(text.rfind("（", 0, start), text.rfind("(", 0, start))
    right = min((i for i in (text.find("）", end), text.find(")", end)) if i >= 0), default=-1)
    if left >= 0 and right >= 0 and not re.search(r"[）)]", text[left:start]):
        return (left, right + 1) if right - left <= _MAX_LABEL else (start, end)
    return start, end


def span_of(entry: Entry, starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
    """Stretches to quote: neighbours joined, blanks between them included."""
    joined: list[tuple[int, int]] = []
    for a, b in sorted(zip(starts, ends, strict=True)):
        if joined and a - joined[-1][1] <= 3 and b - joined[-1][0] <= MAX_QUOTE:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        elif not joined or a >= joined[-1][1]:
            joined.append((a, b))
    return joined
