"""Infer which list each printed number belongs to, and mend the numbers that break their sequence.

Word processors damage numbering in a few typical ways: a list item loses its number, restarts, or comes out in a
cognate family (``1、`` for ``一、``, ``（2）`` for ``（三）``). The evidence for a repair is always a *gap*: a list that
lacks a member, and near the gap a line that fits nowhere else. The printed number is kept beside the repaired one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.structure.lines import Line, ends_sentence
from corpus.structure.numbering import COGNATE, FAMILIES, Family, Number, read_decimal_top, read_number, to_int

RANK = {family: rank for rank, family in enumerate(FAMILIES)}
_SECOND = re.compile(r"(\d{1,2})[.．]1[\s　]")  # the first of the second level: 2.1 below 2
MAX_HEADING = 45  # code points of a line that may be a heading
MAX_GAP = 2  # missing members of a list that are looked for
# A line that leads into the list below it, rather than entitles it: 符合下列条件之一的：, C类人才，其中：
_LEAD_IN = re.compile(r"(?:下列|以下|如下|之一|其中|应当|包括)[^。]{0,12}[：:]$|(?:是|为|有|的|由|至|将)[：:]$")


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered line. ``index`` counts logical lines; ``number`` is None where the line printed no number at all."""

    index: int
    family: Family
    value: int
    number: Number | None
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A list lacks a member and no line could be found for it."""

    family: Family
    value: int
    before: int  # index of the line in front of which the member is missing


def heading_like(text: str) -> bool:
    """Whether a line (its number cut off) reads as a heading: short, and no sentence."""
    return 0 < len(text) <= MAX_HEADING and not ends_sentence(text.rstrip("：:")) and "。" not in text


def leads_in(text: str) -> bool:
    """Whether a line ends with a colon and goes on in the list below it."""
    return bool(_LEAD_IN.search(text[-24:]))


def infer(lines: list[Line], excluded: set[int]) -> tuple[list[Mark], list[Gap]]:
    """Marks of all numbered lines, in order, with repaired families and values; and the gaps that stayed open.

    :param excluded: indexes of lines that are no part of the body (header fields, lists of attachments)
    """
    marks: dict[int, Mark] = {}
    tops = {to_int(m.group(1)) for i, line in enumerate(lines) if i not in excluded and (m := _SECOND.match(line.text))}
    for index, line in enumerate(lines):
        if index in excluded:
            continue
        number = read_number(line.text)
        if number is None and tops:
            top = read_decimal_top(line.text)
            number = top if top and top.value in tops and heading_like(line.text) else None
        if number:
            marks[index] = Mark(index, number.family, number.value, number)
    gaps: list[Gap] = []
    for family in FAMILIES:
        gaps += _mend(family, marks, lines, excluded)
    return [marks[i] for i in sorted(marks)], gaps


def family_order(marks: list[Mark]) -> list[Family]:
    """The families of one document from outermost to innermost.

    The standard order, except where the document nests otherwise: a list that starts and ends between two consecutive
    members of another list lies below it.
    """
    present = [family for family in FAMILIES if any(m.family == family for m in marks)]
    counts: dict[tuple[Family, Family], int] = {}
    for _ in present:
        for i, (outer, inner) in enumerate(pairwise(present)):
            for pair in ((outer, inner), (inner, outer)):
                if pair not in counts:
                    counts[pair] = _enclosed(*pair, marks)
            if counts[outer, inner] > counts[inner, outer]:
                present[i], present[i + 1] = inner, outer
    return present


def _enclosed(inner: Family, outer: Family, marks: list[Mark]) -> int:
    """How often a list of ``inner`` starts between two consecutive members of a list of ``outer``."""
    count, top = 0, min(RANK[inner], RANK[outer])
    members = [i for i, m in enumerate(marks) if m.family == outer]
    for a, b in pairwise(members):
        between = marks[a + 1 : b]
        if marks[b].value == marks[a].value + 1 and not any(RANK[m.family] < top for m in between):
            count += any(m.family == inner and m.value == 1 for m in between)
    return count


def _mend(family: Family, marks: dict[int, Mark], lines: list[Line], excluded: set[int]) -> list[Gap]:
    """Repair the lists of one family in place; the families above it are repaired already."""
    gaps: list[Gap] = []
    expected, floor = 1, 0  # the next member's value, and the line from which on it may stand
    own = [i for i in sorted(marks) if marks[i].family == family]
    higher = _higher(family, marks)
    for position, index in enumerate(own):
        mark = marks[index]
        following = marks[own[position + 1]].value if position + 1 < len(own) else None
        crossed = bisect_left(higher, index) - 1  # the last mark of a higher family in front
        if crossed >= 0 and higher[crossed] >= floor and mark.value != expected:
            expected, floor = 1, higher[crossed] + 1
        if mark.value != expected and following == expected + 1 and mark.value != following - 1:
            mark = marks[index] = replace(mark, value=expected, repaired=True)
        if mark.value < expected:
            expected = 1
        missing = range(expected, mark.value)
        if len(missing) <= MAX_GAP:
            for value in missing:
                found = _find(family, value, range(floor, index), marks, lines, excluded)
                if found is None:
                    gaps.append(Gap(family, value, index))
                else:
                    marks[found] = Mark(found, family, value, read_number(lines[found].text), repaired=True)
                    floor = found + 1
                    higher = _higher(family, marks)
        expected, floor = mark.value + 1, index + 1
    return gaps


def _higher(family: Family, marks: dict[int, Mark]) -> list[int]:
    """Indexes of the marks of families above ``family``, in order."""
    return sorted(i for i, mark in marks.items() if RANK[mark.family] < RANK[family])


def _find(
    family: Family, value: int, region: range, marks: dict[int, Mark], lines: list[Line], excluded: set[int]
) -> int | None:
    """The line in ``region`` that is the missing member ``value`` of ``family``, if one can be told."""
    cognate = COGNATE.get(family)
    misfits = [i for i in region if i in marks and marks[i].family == cognate and not marks[i].repaired]
    same_value = [i for i in misfits if marks[i].value == value and heading_like(_body(lines[i], marks[i]))]
    if same_value:
        return same_value[0]
    strays = [i for i in misfits if not _fits(i, marks) and heading_like(_body(lines[i], marks[i]))]
    if strays:
        return strays[0]
    if family not in ("han", "han_paren", "chapter", "part"):
        return None
    # A heading whose number is gone: a short line on its own, right above a list that starts anew.
    for i in region:
        starts_list = i + 1 in marks and marks[i + 1].value == 1 and RANK[marks[i + 1].family] > RANK[family]
        if i not in marks and i not in excluded and starts_list and heading_like(lines[i].text):
            return i
    return None


def _body(line: Line, mark: Mark) -> str:
    return line.text[mark.number.width :] if mark.number else line.text


def _fits(index: int, marks: dict[int, Mark]) -> bool:
    """Whether a mark has a neighbour in a list of its own family, with nothing of a higher family in between."""
    mark = marks[index]
    for step, delta in ((-1, -1), (1, 1)):
        others = sorted(marks, reverse=step < 0)
        for i in others[others.index(index) + 1 :]:
            if RANK[marks[i].family] < RANK[mark.family]:
                break
            if marks[i].family == mark.family:
                if marks[i].value == mark.value + delta:
                    return True
                break
    return False
