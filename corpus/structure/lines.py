"""The view of a text that the grammar reads: logical lines, without debris, with true offsets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.structure import broken, flat, glued, headlines
from corpus.structure.line import LONG_LINE, Line, ends_sentence
from corpus.structure.neighbours import Numbered
from corpus.types import Span

__all__ = ["LONG_LINE", "Line", "ends_sentence", "mended", "printed_lines"]

_SPACES = " \t\f\v\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_BLANK = _SPACES + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# What Word leaves behind in exported text: bookmark and field codes.
_DEBRIS = re.compile(r"\[bookmark:[^\]\n]*\]|\bHYPERLINK\s+\"[^\"\n]*\"|\bPAGE\s+\\\*\s*MERGEFORMAT\b")
_SIGNS_OF_DEBRIS = ("[bookmark:", "HYPERLINK", "MERGEFORMAT")  # without one of them there is none
_LINE = re.compile(r"[^\n]+")
_EDITION_NOTE = re.compile(r"【[^】\n]{1,10}版】")
_FIRST_LINES = 12  # in which title and addressee stand


def printed_lines(
    text: str, furniture: Sequence[Span] = (), rows: Sequence[Span] = ()
) -> tuple[list[Line], list[Span]]:
    """Lines of ``text`` as printed, in order, and its furniture (debris, edition notes); ``mended`` is the next step.

    Lines and furniture together hold every non-blank character.

    :param furniture: stretches that the reader knows to be no part of the notice
    :param rows: lines that are table rows: they stay as they are, whatever stands beside them
    """
    lines: list[Line] = []
    fixed = {row.start for row in rows}
    known = sorted((span for span in furniture if span.start < span.end), key=lambda span: span.start)
    found: list[Span] = []
    position = 0
    debris = any(sign in text for sign in _SIGNS_OF_DEBRIS)
    for match in _LINE.finditer(text):
        cuts: Sequence[int] = match.span()
        while position < len(known) and known[position].end <= match.start():
            position += 1
        if debris or (position < len(known) and known[position].start < match.end()):
            cuts = _cuts(text, match, known, position, found)
        row = match.start() in fixed
        for start, end in zip(cuts[::2], cuts[1::2], strict=True):
            whole = _trim(text, start, end) if row else None
            for line in filter(None, [whole]) if row else _lines_of(text, start, end):
                if not lines and _EDITION_NOTE.match(line.text):
                    found.append(Span(line.start, line.end))
                else:
                    lines.append(line)
    return lines, found


def mended(text: str, printed: list[Line], rows: Sequence[Span] = ()) -> list[Line]:
    """The logical lines of ``text``: printed ones, cut where a line break was lost, joined where one cut a line in two."""
    fixed = _row_starts(printed, rows)
    known = Numbered(list(_addressed(text, printed, fixed)), fixed)
    known = known.of(list(glued.cut(text, known)))
    known = known.of(list(headlines.cut(known)))
    return broken.join(text, known)


def _row_starts(lines: Sequence[Line], rows: Sequence[Span]) -> frozenset[int]:
    """Where the lines begin that lie in table rows, and the rows."""
    starts = [line.start for line in lines] if rows else []
    inside = {start for row in rows for start in starts[bisect_left(starts, row.start) : bisect_left(starts, row.end)]}
    return frozenset(inside | {row.start for row in rows})


def _cuts(text: str, line: re.Match[str], known: list[Span], position: int, found: list[Span]) -> list[int]:
    """Starts and ends of what is left of a printed line without its debris, which is added to ``found``."""
    start, end = line.span()
    debris = [m.span() for m in _DEBRIS.finditer(text, start, end)]
    while position < len(known) and known[position].start < end:
        debris.append((max(known[position].start, start), min(known[position].end, end)))
        position += 1
    cuts = [start]
    for a, b in sorted(debris):
        a = max(a, cuts[-1])
        if b > a:
            found.append(Span(a, b))
            cuts += (a, b)
    cuts.append(end)
    return cuts


def _lines_of(text: str, start: int, end: int) -> Iterator[Line]:
    """The line between two offsets, or the lines that were flattened into it."""
    cuts = flat.cuts(text[start:end])
    bounds = [start, *(start + cut for cut in cuts), end] if cuts else (start, end)
    return filter(None, (_trim(text, a, b) for a, b in pairwise(bounds)))


def _addressed(text: str, lines: list[Line], fixed: frozenset[int]) -> Iterator[Line]:
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
    words = text[start:end].lstrip(_BLANK)
    start = end - len(words)
    words = words.rstrip(_BLANK)
    return Line(start, start + len(words), words) if words else None
