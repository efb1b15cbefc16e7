"""Printed lines of a page in reading order: characters that stand side by side, columns one after the other."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from corpus.readers.pdf_page import Glyph

_COLUMN_LINES = 4  # printed lines on each side of a gutter; fewer are a signature beside a date
_COLUMN_FILL = 0.6  # of a column's width that its lines fill; tabular text has short ones
_GUTTER = 0.8  # em
_ASYMMETRY = 3  # em that a page's right margin may be wider than its left one
_MANY = 0.4  # share of lines that are full in running text
_HALF_BLANK = 0.2  # em; a half-width blank is a quarter em in most fonts
_MANY_GAPS = 8  # between Han characters of one line, which show how far the line is stretched
_FEW_BLANKS = 0.2  # share of them that may be blanks; more are letter spacing
_HAN = re.compile(r"[\u3400-\u9fff]")
_NARROW = 20  # em; narrower is no type area of a page
_HANGING = dict.fromkeys("，。、；：", 1.0) | dict.fromkeys(",.;:", 0.3)  # may hang over the edge; widths in em
_NO_START = "。，．、；：！？…”’」』）》】〕〉％,.;:!?)]}%"  # never first on a line, so what precedes goes along
_NO_END = "“‘「『（《【〔〈([{"
_WORD = re.compile(r"[×±≥≤<>$¥￥#@&]*[A-Za-z0-9][A-Za-z0-9.,:/@_%×~+=&#?\-]*")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line as printed. ``left`` and ``right`` are the edges of the column it stands in; ``word`` is the width of its
    first word with what clings to it, which a printer would have had to fit into the line before."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    left: float
    right: float
    word: float
    page: int = 0

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def is_wide(char: str) -> bool:
    """Whether a character takes a full em in Chinese print."""
    return unicodedata.east_asian_width(char) in "WF" or char in "“”‘’…—"


def line_text(glyphs: Sequence[Glyph]) -> str:
    """Text of glyphs that stand side by side, from left to right, with the blanks that the gaps between them show.

    Chinese sets a quarter em between Chinese and Latin and stretches lines to the margin, so only wider gaps count;
    Latin words stand a quarter em apart.
    """
    parts: list[str] = []
    narrow = _narrow_blank(glyphs)
    for before, glyph in zip([None, *glyphs], glyphs, strict=False):
        if before and not before.text.isspace() and not glyph.text.isspace():
            gap = _gap(before, glyph)
            wide = is_wide(before.text[-1]) + is_wide(glyph.text[0])
            if gap >= (0.15, 0.45, 0.7)[wide] or (gap >= narrow and _both_han(before, glyph)):
                parts.append(" " * min(20, max(1, round(gap * 2))))
        parts.append(glyph.text)
    return "".join(parts).strip()


def _gap(before: Glyph, glyph: Glyph) -> float:
    """White between two glyphs, in em."""
    return (glyph.x0 - before.x1) / max(before.size, glyph.size)


def _both_han(before: Glyph, glyph: Glyph) -> bool:
    return bool(_HAN.fullmatch(before.text) and _HAN.fullmatch(glyph.text))


def _narrow_blank(glyphs: Sequence[Glyph]) -> float:
    """The gap between two Han characters, in em, from which on it is a half-width blank (第二条 本办法).

    Stretching a line widens all gaps alike, and that beside punctuation more, so a blank stands out among the others.
    """
    gaps = [_gap(a, b) for a, b in pairwise(glyphs) if _both_han(a, b)]
    if len(gaps) < _MANY_GAPS:
        return math.inf
    narrow = max(0.0, median(gaps)) + _HALF_BLANK
    return narrow if sum(gap >= narrow for gap in gaps) <= _FEW_BLANKS * len(gaps) else math.inf


def first_word(glyphs: Sequence[Glyph]) -> float:
    """Width in points of the first word of a line: Latin letters and digits, or one Chinese character, with the
    brackets before and the punctuation behind that may not be parted from it, nor from figures behind it."""
    text = "".join(glyph.text for glyph in glyphs)
    end = _word_end(text, 0)
    while 0 < end < len(text) and text[end - 1] in _NO_START and _clings(text[end - 1], text[end]):
        end = _word_end(text, end)
    start = glyphs[0].x0
    for glyph in glyphs:
        if end <= len(glyph.text):
            return glyph.x0 - start + (glyph.x1 - glyph.x0) * end / len(glyph.text)
        end -= len(glyph.text)
    return glyphs[-1].x1 - start


def _word_end(text: str, start: int) -> int:
    """Where the word at ``start`` ends, brackets before it and punctuation behind it included."""
    end = start
    while end < len(text) - 1 and text[end] in _NO_END:
        end += 1
    word = _WORD.match(text, end)
    end = word.end() if word else end + 1
    while end < len(text) and text[end] in _NO_START:
        end += 1
    return end


def _clings(before: str, after: str) -> bool:
    """Whether no line breaks between a punctuation mark and what follows: 〔2020〕95, 7％、9.3％, 表.xlsx (as in UAX 14)."""
    return after.isascii() and (after.isdigit() or (before.isascii() and after.isalpha()))


def printed_lines(glyphs: Sequence[Glyph], width: float, page: int = 0) -> list[PrintedLine]:
    """Lines of a page in reading order. The edges of a page-wide column are those of the page: see ``with_margins``."""
    return _flow(_segments(glyphs), 0.0, width, page)


def _segments(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Glyphs side by side without a wide gap; segments of one baseline follow one another."""
    bands: list[list[Glyph]] = []
    for glyph in sorted((g for g in glyphs if g.text.strip()), key=lambda g: (g.top + g.bottom, g.x0)):
        middle = (glyph.top + glyph.bottom) / 2
        if bands:
            last = bands[-1][-1]
            if abs(middle - (last.top + last.bottom) / 2) <= 0.45 * max(1.0, min(glyph.size, last.size)):
                bands[-1].append(glyph)
                continue
        bands.append([glyph])
    blanks = [g for g in glyphs if not g.text.strip()]
    segments = []
    for band in bands:
        top, bottom = min(g.top for g in band), max(g.bottom for g in band)
        band += [g for g in blanks if top <= (g.top + g.bottom) / 2 <= bottom]
        band.sort(key=lambda g: (g.x0, g.x1))
        segments.append([band[0]])
        for before, glyph in pairwise(band):
            if glyph.x0 - before.x1 > 1.2 * max(before.size, glyph.size):
                segments.append([])
            segments[-1].append(glyph)
    return [segment for segment in segments if any(g.text.strip() for g in segment)]


def _flow(segments: list[list[Glyph]], left: float, right: float, page: int) -> list[PrintedLine]:
    gutter = _gutter(segments)
    if gutter is None:
        return _merge(segments, left, right, page)
    first, last, x = gutter
    run = segments[first:last]
    return [
        *_flow(segments[:first], left, right, page),
        *_column([s for s in run if s[-1].x1 <= x], page),
        *_column([s for s in run if s[0].x0 >= x], page),
        *_flow(segments[last:], left, right, page),
    ]


def _column(segments: list[list[Glyph]], page: int) -> list[PrintedLine]:
    return _flow(segments, min(s[0].x0 for s in segments), max(s[-1].x1 for s in segments), page)


def _gutter(segments: list[list[Glyph]]) -> tuple[int, int, float] | None:
    """The longest run of segments that an upright strip of white divides into two columns of running text."""
    best: tuple[int, int, float] | None = None
    if len(segments) < 2 * _COLUMN_LINES:
        return None
    em = median(s[0].size for s in segments)
    for x in sorted({round(s[0].x0 - _GUTTER * em / 2, 1) for s in segments}):
        start = 0
        for end in range(len(segments) + 1):
            crosses = end == len(segments) or (
                segments[end][0].x0 < x + _GUTTER * em / 3 and segments[end][-1].x1 > x - _GUTTER * em / 3
            )
            if not crosses:
                continue
            if (best is None or end - start > best[1] - best[0]) and _two_columns(segments[start:end], x):
                best = (start, end, x)
            start = end + 1
    return best


def _two_columns(run: list[list[Glyph]], x: float) -> bool:
    sides = [[s for s in run if s[-1].x1 <= x], [s for s in run if s[0].x0 >= x]]
    if min(len(side) for side in sides) < _COLUMN_LINES:
        return False
    for side in sides:
        widths = [s[-1].x1 - s[0].x0 for s in side]
        if median(widths) < _COLUMN_FILL * (max(s[-1].x1 for s in side) - min(s[0].x0 for s in side)):
            return False
        if median(widths) < 6 * side[0][0].size:  # a column of numbers or names is tabular, too
            return False
    tops = [min(s[0].top for s in side) for side in sides]
    bottoms = [max(s[0].bottom for s in side) for side in sides]
    return min(bottoms) - max(tops) > 0.5 * (max(bottoms) - min(tops))


def _merge(segments: list[list[Glyph]], left: float, right: float, page: int) -> list[PrintedLine]:
    """Segments of one baseline as one line, its gaps as blanks."""
    rows: list[list[Glyph]] = []
    for segment in segments:
        if rows:
            above, here = rows[-1][0], segment[0]
            offset = abs((above.top + above.bottom) - (here.top + here.bottom)) / 2
            if offset <= 0.45 * min(above.size, here.size):
                rows[-1] += segment
                continue
        rows.append(list(segment))
    return [_line(sorted(row, key=lambda g: g.x0), left, right, page) for row in rows]


def _line(row: list[Glyph], left: float, right: float, page: int) -> PrintedLine:
    inked = [g for g in row if g.text.strip()]
    return PrintedLine(
        line_text(row), inked[0].x0, max(g.x1 for g in inked), min(g.top for g in inked), max(g.bottom for g in inked),
        median(g.size for g in inked), left, right, first_word(inked), page,
    )  # fmt: skip


def with_margins(lines: list[PrintedLine], width: float) -> list[PrintedLine]:
    """Page-wide lines of pages of one width, with the edges of their type area instead of the page's.

    The left edge is the smallest that several lines share. The right edge is the one that several lines reach; where
    none do, or where it is far from the page's and few do (a list of names), the page's margins are taken to be equal.
    """
    own = [line for line in lines if line.left == 0.0 and line.right == width]
    if not own:
        return lines
    em = median(line.size for line in own)
    left = _edge([line.x0 for line in own], em) or min(line.x0 for line in own)
    # A comma or full stop may hang over the edge, so it does not count.
    reach = [line.x1 - _HANGING.get(line.text[-1], 0.0) * line.size for line in own]
    right = -(_edge([-x for x in reach], em) or 0.0)
    full = sum(x > right - em for x in reach)
    if right < width - left - _ASYMMETRY * em and (full < _MANY * len(own) or right - left < _NARROW * em):
        right = max(*reach, width - left)
    return [
        replace(line, left=left, right=right) if line.left == 0.0 and line.right == width else line for line in lines
    ]


def _edge(values: list[float], em: float) -> float | None:
    """The smallest value that at least three others (or one in thirty) come near to."""
    values = sorted(values)
    needed = max(3, len(values) // 30)
    for start, value in enumerate(values):
        if sum(1 for other in values[start : start + needed] if other - value <= 0.5 * em) >= needed:
            return value
    return None
