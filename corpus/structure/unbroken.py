"""A text whose broken lines are whole, for what reads words: names and dates are found across a line break.

The blanks of a break move to the end of their line, so that offsets elsewhere stay what they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from corpus.structure.line import Line
from corpus.types import Fact, Span, Unit

_BREAK = re.compile(r"(?<![a-zA-Z])[^\S\n]*\n\s*|[^\S\n]*\n\s*(?![a-zA-Z])")


class Unbroken:
    """``text`` with the lines made whole; ``plain`` and ``unit``, ``fact`` translate offsets there and back."""

    def __init__(self, printed: str, lines: Iterable[Line]) -> None:
        self.printed = printed
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.breaks: list[list[tuple[int, int]]] = []  # of each broken line, as printed
        parts, at = [], 0
        for line in lines:
            if "\n" not in line.text:
                continue
            found = [(line.start + m.start(), line.start + m.end()) for m in _BREAK.finditer(line.text)]
            if found:
                self.starts.append(line.start)
                self.ends.append(line.end)
                self.breaks.append(found)
                words = _BREAK.sub("", line.text)
                parts += [printed[at : line.start], words, " " * (len(line.text) - len(words))]
                at = line.end
        self.text = "".join([*parts, printed[at:]]) if self.starts else printed

    def plain(self, offset: int) -> int:
        """The place in ``text`` of a place in the printed text."""
        moved = sum(min(b, offset) - a for a, b in self._near(offset) if a < offset)
        return offset - moved

    def span(self, span: Span) -> Span:
        """The same for a span."""
        return Span(self.plain(span.start), self.plain(span.end))

    def unit(self, unit: Unit) -> Unit:
        """A unit of ``text`` as it is printed."""
        start, end = self._printed(unit.start, unit.end)
        return replace(unit, name=self.printed[start:end], start=start, end=end)

    def fact(self, fact: Fact) -> Fact:
        """A fact of ``text`` as it is printed."""
        start, end = self._printed(fact.start, fact.end)
        return replace(fact, quote=self.printed[start:end], start=start, end=end)

    def _printed(self, start: int, end: int) -> tuple[int, int]:
        for a, b in self._near(start):
            start += b - a if start >= a else 0
        for a, b in self._near(end):
            end += b - a if end > a else 0
        return start, end

    def _near(self, offset: int) -> Sequence[tuple[int, int]]:
        at = bisect_right(self.starts, offset) - 1
        return self.breaks[at] if at >= 0 and offset <= self.ends[at] else ()
