"""The view of a text that the grammar reads: logical lines, without debris, with true offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.structure import flat
from corpus.structure.line import LONG_LINE, Line, ends_sentence, unclosed
from corpus.structure.numbering import read_number
from corpus.types import Span

__all__ = ["LONG_LINE", "Line", "ends_sentence", "split_lines"]

_SPACES = " \t\f\v\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_BLANK = _SPACES + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# What Word leaves behind in exported text: bookmark and field codes.
_DEBRIS = re.compile(r"\[bookmark:[^\]\n]*\]|\bHYPERLINK\s+\"[^\"\n]*\"|\bPAGE\s+\\\*\s*MERGEFORMAT\b")
_EDITION_NOTE = re.compile(r"【[^】\n]{1,10}版】")
_CLOSERS = "”’」』）)》】\"'"
_MIN_REST = 6  # code points behind a full stop that a line break may have cut
_NO_START = "（(【《〔[“"  # with which the rest of a broken sentence seldom begins
_FIRST_LINES = 12  # in which title and addressee stand


def split_lines(text: str, furniture: Sequence[Span] = (), rows: Sequence[Span] = ()) -> tuple[list[Line], list[Span]]:
    """Logical lines of ``text`` in order, and its furniture (debris, edition notes).

    Lines and furniture together hold every non-blank character.

    :param furniture: stretches that the reader knows to be no part of the notice
    :param rows: lines that are table rows: they stay as they are, whatever stands beside them
    """
    lines: list[Line] = []
    fixed: set[int] = {row.start for row in rows}
    known = sorted((span for span in furniture if span.start < span.end), key=lambda span: span.start)
    found: list[Span] = []
    position = 0
    for match in re.finditer(r"[^\n]+", text):
        cuts = [match.start()]
        while position < len(known) and known[position].end <= match.start():
            position += 1
        debris = [m.span() for m in _DEBRIS.finditer(text, match.start(), match.end())]
        for span in known[position:]:
            if span.start >= match.end():
                break
            debris.append((max(span.start, match.start()), min(span.end, match.end())))
        for start, end in sorted(debris):
            start = max(start, cuts[-1])
            if end > start:
                found.append(Span(start, end))
                cuts += (start, end)
        cuts.append(match.end())
        for start, end in zip(cuts[::2], cuts[1::2], strict=True):
            row = match.start() in fixed
            whole = _trim(text, start, end) if row else None
            if row and whole is not None:
                fixed.add(whole.start)
            for line in filter(None, [whole]) if row else _lines_of(text, start, end):
                if not lines and _EDITION_NOTE.match(line.text):
                    found.append(Span(line.start, line.end))
                else:
                    lines.append(line)
    return _join(text, list(_addressed(text, lines, fixed)), frozenset(fixed)), found


def _lines_of(text: str, start: int, end: int) -> Iterator[Line]:
    """The line between two offsets, or the lines that were flattened into it."""
    bounds = [start, *(start + cut for cut in flat.cuts(text[start:end])), end]
    for a, b in pairwise(bounds):
        line = _trim(text, a, b)
        if line is not None:
            yield line


def _addressed(text: str, lines: list[Line], fixed: set[int]) -> Iterator[Line]:
    """Lines below a title that begin with the addressee, cut behind it."""
    for index, line in enumerate(lines):
        cut = flat.addressed(lines[index - 1].text, line.text) if 0 < index < _FIRST_LINES else 0
        if cut and line.start not in fixed:
            yield from filter(
                None, (_trim(text, line.start, line.start + cut), _trim(text, line.start + cut, line.end))
            )
        else:
            yield line


def _trim(text: str, start: int, end: int) -> Line | None:
    while start < end and text[start] in _BLANK:
        start += 1
    while end > start and text[end - 1] in _BLANK:
        end -= 1
    return Line(start, end, text[start:end]) if end > start else None


def _join(text: str, lines: list[Line], fixed: frozenset[int]) -> list[Line]:
    joined: list[Line] = []
    for line in lines:
        if joined and not {line.start, joined[-1].start} & fixed and _continues(joined[-1], line):
            start = joined[-1].start
            joined[-1] = Line(start, line.end, text[start : line.end])
        else:
            joined.append(line)
    return joined


def _continues(line: Line, following: Line) -> bool:
    """Whether ``following`` goes on with the sentence that a line break cut in two."""
    if read_number(following.text) or following.text[0] in "►●■▲◆★":
        return False
    closing = unclosed(line.text)
    if closing and len(following.text) < 3 * LONG_LINE and any(mark in following.text for mark in closing):
        return any(mark in following.text[:LONG_LINE] for mark in closing)
    # "…构建新发展格局的⏎良好氛围，…": prose without an end, followed by prose that has one
    if ends_sentence(line.text):
        return False
    rest = line.text.rpartition("。")[2] if "。" in line.text else ""
    cut = len(rest) >= _MIN_REST and rest[-1] not in _CLOSERS and not re.search("[：:]", rest)
    long = len(line.text) >= LONG_LINE and any(ch in line.text for ch in "，,。")
    return (long or (cut and following.text[0] not in _NO_START)) and any(ch in following.text for ch in "。！？；")
