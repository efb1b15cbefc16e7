"""Which printed lines continue one another.

A line break is the printer's when the next line's first word would not have fitted behind the line; it is the author's
when it would. A paragraph's first line is indented by two characters where a document does so anywhere; where paragraphs
stand apart from one another, the distance tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low

from corpus.readers.pdf_lines import PrintedLine, is_wide
from corpus.structure.numbering import read_number

_TERMINAL = "。！？；：!?;:…"
_CLOSERS = "”’」』）)》】\"'"
_LABEL = re.compile(r"附\s*件\s*[0-9一二三四五六七八九十]{0,3}\s*(?:[:：]|$)")
_BULLET = re.compile(r"[•●■◆▪\-–—*☐□]\s*")
_FAR = 1.7  # line distances from one line to the next, from which on a paragraph ends in any document
_APART = 1.12  # line distances between paragraphs, from which on they stand apart
_LARGER = 1.15  # of most letters' size, from which on letters are larger than those
_REGULAR = 0.8  # share of ends of paragraphs at which these must stand apart for the distance to tell
_GO_ON = 0.5  # share of full lines that must go on


@dataclass(frozen=True, slots=True)
class Habit:
    """How a document sets its paragraphs.

    :param indented: whether first lines are indented
    :param pitch: distance of lines within a paragraph, in points
    :param far: distance in points from which on a line begins a paragraph
    :param size: size of most letters, in points
    """

    indented: bool
    pitch: float
    far: float
    size: float


def habit(lines: Sequence[PrintedLine]) -> Habit:
    """The habit of a document's body lines, page furniture left out."""
    after = [b for a, b in pairwise(lines) if a.page == b.page and _room(a) > 3 * a.size and _flush_column(b)]
    indented = [b for b in after if 1.2 <= (b.x0 - b.left) / b.size <= 4.5]
    steps = [  # behind full lines, which the next one mostly continues
        b.top - a.top
        for a, b in pairwise(lines)
        if a.page == b.page and 0 < b.top - a.top < 4 * a.size and _room(a) < a.size
    ]
    pitch = median_low(steps) if steps else 1.5 * (lines[0].size if lines else 16)
    size = median(line.size for line in lines) if lines else 16
    return Habit(len(indented) * 2 >= max(1, len(after)), pitch, _far(lines, pitch, size), size)


def _far(lines: Sequence[PrintedLine], pitch: float, size: float) -> float:
    """The distance from which on a line begins a paragraph: half way between that of lines and that of paragraphs.

    Paragraphs surely end where the next word would have fitted. The distance tells only where those stand apart and
    full lines, which mostly go on, do not.
    """
    ends: list[float] = []
    full: list[float] = []
    for a, b in pairwise(lines):
        if (
            a.page == b.page
            and 0 < b.top - a.top < 4 * a.size
            and size / _LARGER <= min(a.size, b.size)
            and max(a.size, b.size) <= _LARGER * size
        ):
            (full if _broken_by_printer(a, b) else ends).append(b.top - a.top)
    between = median(ends) if ends else pitch
    far = (pitch + between) / 2
    apart = between > _APART * pitch and sum(step > far for step in ends) >= _REGULAR * len(ends)
    return far if apart and sum(step < far for step in full) >= _GO_ON * len(full) else _FAR * pitch


def continues(a: PrintedLine, b: PrintedLine, first: bool, habit: Habit, tolerance: float = 0.15) -> bool:
    """Whether ``b`` goes on where ``a`` broke off.

    :param first: ``a`` is the first line of its paragraph
    :param tolerance: how far sizes of letters may differ (a share), more for recognised text
    """
    if abs(a.size - b.size) > tolerance * max(a.size, b.size) or not _broken_by_printer(a, b):
        return False
    if a.page == b.page and b.top > a.top and b.top - a.top > _limit(a, habit):
        return False
    numbered = read_number(b.text) is not None or _LABEL.match(b.text) is not None
    ended = a.text.rstrip(_CLOSERS)[-1:] in _TERMINAL
    if _centred(b) and (_centred(a) or (a.page == b.page and not ended and not numbered)):
        return True  # a long heading: its first line may fill the whole width
    indent = (b.x0 - b.left) / b.size
    if indent >= 1.2:
        if not first:  # an indented block goes on as it is
            return abs(b.x0 - b.left - (a.x0 - a.left)) < 0.5 * a.size and not (ended and numbered)
        hanging = (
            read_number(a.text) is not None or _BULLET.match(a.text)
        ) and b.x0 - b.left > a.x0 - a.left + 0.5 * a.size
        same = abs(b.x0 - b.left - (a.x0 - a.left)) < 0.5 * a.size
        return not numbered and not ended and bool(hanging or (same and not habit.indented))
    if numbered and not _tells(a, b, habit):
        return not ended and (habit.indented or a.text[-1] in "、，,第至和及")
    return True


def _limit(a: PrintedLine, habit: Habit) -> float:
    """The distance from ``a`` to a line that begins a paragraph; larger letters have more room between their lines."""
    return max(habit.far, _FAR * a.size) if a.size > _LARGER * habit.size else habit.far


def _tells(a: PrintedLine, b: PrintedLine, habit: Habit) -> bool:
    """Whether the distance, which is not that of paragraphs, shows that the paragraph goes on."""
    return a.page == b.page and b.top > a.top and habit.far < _FAR * habit.pitch


def join(a: str, b: str) -> str:
    """Two pieces of a paragraph as one text: a blank stands only between Latin words."""
    if a[-1:].isascii() and b[:1].isascii() and a[-1:].isalnum() and b[:1].isalpha():
        return f"{a} {b}"
    if a[-1:] in ",;:." and b[:1].isascii() and b[:1].isalpha():
        return f"{a} {b}"
    return a + b


def broken_cell(lines: Sequence[PrintedLine], width: float) -> str:
    """A table cell's lines as one text. Lines that the author broke stand apart by a blank.

    :param width: of the widest text that fits into the cell
    """
    text = lines[0].text if lines else ""
    for a, b in pairwise(lines):
        fits = a.x1 - a.x0 + _needs(a, b) <= width
        text = f"{text} {b.text}" if fits else join(text, b.text)
    return text


def _room(line: PrintedLine) -> float:
    return line.right - line.x1


def _flush_column(line: PrintedLine) -> bool:
    return line.x0 - line.left <= 4.5 * line.size


def _broken_by_printer(a: PrintedLine, b: PrintedLine) -> bool:
    return _room(a) < _needs(a, b)


def _needs(a: PrintedLine, b: PrintedLine) -> float:
    """Width that the first word of ``b`` would have taken behind ``a``; Chinese and Latin keep a quarter em apart."""
    apart = is_wide(a.text[-1]) != is_wide(b.text[0])
    return b.word + (0.3 if apart else 0.06) * a.size  # a twentieth for rounding


def _centred(line: PrintedLine) -> bool:
    before, after = line.x0 - line.left, line.right - line.x1
    return abs(before - after) < 1.2 * line.size and 0.5 * line.size < before
