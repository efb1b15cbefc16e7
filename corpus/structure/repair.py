"""Mend the numbers that break their sequence.

Word processors damage numbering in a few typical ways: a list item loses its number, restarts, or comes out in a
cognate family (``1、`` for ``一、``, ``（2）`` for ``（三）``). Which reading of all numbers costs least is found in
``lists.py``; ``entries.py`` makes the lines ready for that. The printed number is kept beside the repaired one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from corpus.structure.entries import RANK, Entries, Mark
from corpus.structure.line import MAX_HEADING, Line, heading_like, leads_in
from corpus.structure.lists import Reader
from corpus.structure.numbering import FAMILIES, Family, read_decimal_top, read_number, to_int

__all__ = ["MAX_HEADING", "Gap", "Mark", "family_order", "heading_like", "infer", "leads_in"]

_SECOND = re.compile(r"(\d{1,2})[.．]1[\s　]")  # the first of the second level: 2.1 below 2
_MOST_COMPARED = 4000  # numbered lines of a document, above which each is compared with the list in front alone


@dataclass(frozen=True, slots=True)
class Gap:
    """A list lacks a member and no line could be found for it."""

    family: Family
    value: int
    before: int  # index of the line in front of which the member is missing


def infer(lines: list[Line], excluded: set[int]) -> tuple[list[Mark], list[Gap]]:
    """Marks of all numbered lines, in order, with repaired families and values; and the gaps that stayed open.

    :param excluded: indexes of lines that are no part of the body (header fields, lists of attachments)
    """
    printed = list(_printed(lines, excluded))
    entries = Entries(lines, excluded, printed)
    numbers = {mark.index: mark.number for mark in printed}
    order = tuple(family_order(printed))
    read = list(entries.each(deep=False))
    places = Reader(order, entries.headings).plain([entry for _, entry in read])
    if places is None:
        few = len(read) <= _MOST_COMPARED
        read = list(entries.each(deep=True)) if few else read
        orders = dict.fromkeys((order, tuple(f for f in FAMILIES if f in entries.own)))
        readings = [Reader(order, entries.headings).search([e for _, e in read], few) for order in orders]
        _, places = min(readings, key=lambda reading: reading[0])
    marks: list[Mark] = []
    gaps: list[Gap] = []
    for (index, entry), place in zip(read, places, strict=True):
        if place is None:
            continue
        repaired = (place.family, place.value) != (entry.family, entry.value)
        marks.append(Mark(index, place.family, place.value, numbers.get(index), repaired))
        gaps += [Gap(place.family, value, index) for value in range(place.value - place.missing, place.value)]
    return marks, gaps


def _printed(lines: list[Line], excluded: set[int]) -> Iterator[Mark]:
    """Numbered lines as they are printed."""
    tops = {to_int(m.group(1)) for i, line in enumerate(lines) if i not in excluded and (m := _SECOND.match(line.text))}
    tops |= {max(tops) + 1} if tops else set()  # a last chapter may have no parts: 5 附则
    for index, line in enumerate(lines):
        if index in excluded:
            continue
        number = read_number(line.text)
        if number is None and tops:
            top = read_decimal_top(line.text)
            number = top if top and top.value in tops and heading_like(line.text) else None
        if number:
            yield Mark(index, number.family, number.value, number)


def family_order(marks: list[Mark]) -> list[Family]:
    """The families of one document from outermost to innermost.

    The standard order, except where the document nests otherwise: a list that starts and ends between two consecutive
    members of another list lies below it.
    """
    found = {mark.family for mark in marks}
    present = [family for family in FAMILIES if family in found]
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
    last: int | None = None  # value of the last member of ``outer``, until a list that lies above both
    started = False  # a list of ``inner``, behind that member
    for mark in marks:
        if mark.family == outer:
            count += started and mark.value - 1 == last
            last, started = mark.value, False
        elif RANK[mark.family] < top:
            last = None
        elif mark.family == inner and mark.value == 1:
            started = True
    return count
