"""Mend the numbers that break their sequence.

Word processors damage numbering in a few typical ways: a list item loses its number, restarts, or comes out in a
cognate family (``1、`` for ``一、``, ``（2）`` for ``（三）``). Which reading of all numbers costs least is found in
``lists.py``; here the lines are made ready for that. The printed number is kept beside the repaired one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.structure.line import MAX_HEADING, Line, ends_sentence, heading_like, leads_in
from corpus.structure.lists import RESTART, Entry, Reader
from corpus.structure.numbering import COGNATE, FAMILIES, Family, Number, read_decimal_top, read_number, to_int
from corpus.structure.shape import shape_of, similar

__all__ = ["MAX_HEADING", "Gap", "Mark", "family_order", "heading_like", "infer", "leads_in"]

RANK = {family: rank for rank, family in enumerate(FAMILIES)}
_SECOND = re.compile(r"(\d{1,2})[.．]1[\s　]")  # the first of the second level: 2.1 below 2
_TITLED: tuple[Family, ...] = ("chapter", "part", "han", "han_paren", "arabic", "arabic_paren")  # headings lose numbers
_AGREE = 0.75  # of a family's members, from which on it is one of headings or of sentences
_FEW = 3  # members below which nothing is said of a family
_MOST_BARE = 60  # short lines without a number that are compared with one another
_BEFORE = 4  # lines in front of the first number, and behind the last one, that may have lost theirs
_MOST_COMPARED = 4000  # numbered lines of a document, above which each is compared with the list in front alone
_NEAR = 4  # members of a list on each side that a heading is compared with
_LOST = 2.0  # what it costs to take a line for a heading that lost its number, before anything speaks for it
# What speaks for it: as many headings are shaped alike.
_ALIKE = {2: 1.2, 3: 1.6, 4: 1.8}
_TELLINGLY_ALIKE = {2: 2.2, 3: 2.6, 4: 3.0}
_ABOVE_FIRST = 1.0  # a list begins right below it
_ALIKE_AND_ABOVE = 1.5  # more, where both hold
_ABOVE_LIKE_OTHERS = 2.6  # the list's other headings stand right above a number of that family, too
_ALTERED, _OTHER = 1.5, 2.5  # the same for a line that prints another value, another family
_LEAST, _LEAST_OWN = 0.5, 1.2  # what an altered number costs in any case; one of the same family
_LOST_ITEM = 0.6  # a sentence among the items of a list whose number lacks just there
_AFTER_BREAK = 0.1  # a list starts again behind a title or the label of an attachment
_AFTER_SUBHEAD = 0.9  # … or behind a short line without a number


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


def infer(lines: list[Line], excluded: set[int]) -> tuple[list[Mark], list[Gap]]:
    """Marks of all numbered lines, in order, with repaired families and values; and the gaps that stayed open.

    :param excluded: indexes of lines that are no part of the body (header fields, lists of attachments)
    """
    printed = list(_printed(lines, excluded))
    entries = _Entries(lines, excluded, printed)
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
    for index, line in enumerate(lines):
        if index in excluded:
            continue
        number = read_number(line.text)
        if number is None and tops:
            top = read_decimal_top(line.text)
            number = top if top and top.value in tops and heading_like(line.text) else None
        if number:
            yield Mark(index, number.family, number.value, number)


class _Entries:
    """The lines that are numbered or may have lost their number, as the search for lists takes them."""

    def __init__(self, lines: list[Line], excluded: set[int], printed: list[Mark]) -> None:
        self.lines, self.excluded = lines, excluded
        self.marks = {mark.index: mark for mark in printed}
        self.own: dict[Family, list[int]] = {}
        for mark in printed:
            self.own.setdefault(mark.family, []).append(mark.index)
        self.titles = {mark.index: heading_like(_body(lines[mark.index], mark)) for mark in printed}
        shares = {f: sum(self.titles[i] for i in own) / len(own) for f, own in self.own.items() if len(own) >= _FEW}
        self.headings = {f: share >= _AGREE for f, share in shares.items() if share >= _AGREE or share <= 1 - _AGREE}
        self.bare = [i for i in self._range() if self._bare(i)][:_MOST_BARE]
        self.strays = [m.index for m in printed if self.titles[m.index] and not self.headings.get(m.family, True)]

    def _range(self) -> range:
        first, last = min(self.marks, default=0), max(self.marks, default=-1)
        return range(max(first - _BEFORE, 0), min(last + _BEFORE, len(self.lines)))

    def _bare(self, index: int) -> bool:
        """Whether a line is short and has no number."""
        known = index < 0 or index in self.marks or index in self.excluded
        return not known and heading_like(self.lines[index].text)

    def each(self, deep: bool) -> Iterator[tuple[int, Entry]]:
        """Entries with the indexes of their lines; ``deep``: numbered lines, too, are compared with other lists."""
        strays = {COGNATE.get(self.marks[i].family) for i in self.strays}
        titled = [f for f in _TITLED if (f in self.own and self.headings.get(f, True)) or f in strays]
        restart = RESTART
        for index in self._range():
            mark = self.marks.get(index)
            if mark is not None:
                title = self.titles[index]
                lost, alike = self._other(index, mark, titled) if deep and title else ({}, frozenset())
                yield index, Entry(mark.family, mark.value, title, restart, lost, alike)
                restart = RESTART
            elif index in self.excluded:
                restart = _AFTER_BREAK
            elif heading_like(self.lines[index].text):
                restart = min(restart, _AFTER_SUBHEAD)
                lost = self._lost(index, titled)
                if lost:
                    yield index, Entry(None, 0, True, lost=lost)
            elif (item := self._lost_item(index)) is not None:
                yield index, Entry(None, 0, False, lost={item: _LOST_ITEM})

    def _lost_item(self, index: int) -> Family | None:
        """The family of the list that goes on right above and below a sentence, and lacks a member there."""
        above, below = self.marks.get(index - 1), self.marks.get(index + 1)
        if above is None or below is None or self.headings.get(below.family, True):
            return None
        inside = above.family == below.family and above.value + 2 == below.value
        first = below.value == 2 and RANK[above.family] < RANK[below.family] and self.titles[above.index]
        return below.family if inside or first else None

    def _other(
        self, index: int, mark: Mark, families: Sequence[Family]
    ) -> tuple[dict[Family, float], frozenset[Family]]:
        """The same for a numbered line, whose number may be altered; and the families that it resembles."""
        found = {
            family: self._evidence(index, _body(self.lines[index], mark), family)
            for family in families
            if family in COGNATE and mark.family in COGNATE
        }
        found = {family: evidence for family, evidence in found.items() if evidence > 0}
        costs = {
            f: max(_LEAST_OWN, _ALTERED - e) if f == mark.family else max(_LEAST, _OTHER - e) for f, e in found.items()
        }
        return costs, frozenset(f for f in found if f != mark.family)

    def _lost(self, index: int, families: Sequence[Family]) -> dict[Family, float]:
        """What it costs to take a line for a heading that lost its number, by the family of that."""
        text = self.lines[index].text
        above = self.lines[index - 1].text if index else ""
        apart = not above or index - 1 in self.excluded or ends_sentence(above) or len(above) <= MAX_HEADING
        if not apart or "：" in text or ":" in text or text[-1] in "，、,":
            return {}
        costs = {family: _LOST - self._evidence(index, text, family) for family in families}
        return {family: cost for family, cost in costs.items() if cost < _LOST}

    def _evidence(self, index: int, text: str, family: Family) -> float:
        before, after = self._near(index, family)
        evidence = self._alike(index, text, before, after)
        below = self.marks.get(index + 1)
        if below is not None and RANK[below.family] > RANK[family]:
            if below.value == 1:
                evidence += _ABOVE_FIRST + (_ALIKE_AND_ABOVE if evidence else 0.0)
            others = [self.marks.get(i + 1) for i in before + after]
            if len(others) >= _FEW and all(other and other.family == below.family for other in others):
                evidence += _ABOVE_LIKE_OTHERS if below.value > 1 else _ABOVE_FIRST
        return evidence

    def _alike(self, index: int, text: str, before: list[int], after: list[int]) -> float:
        """What it says that the headings of a list, and others without a number, are shaped like a line."""
        near = [_body(self.lines[i], self.marks[i]) for i in before if self.titles[i]]
        far = [_body(self.lines[i], self.marks[i]) for i in after if self.titles[i]]
        shapes = [shape for group in (near, far, near + far) if (shape := shape_of(group)) and shape.fits(text)]
        scores = [(_TELLINGLY_ALIKE if shape.telling else _ALIKE)[min(shape.count, _NEAR)] for shape in shapes]
        others = [self.lines[i].text for i in self.bare if i != index]
        others += [_body(self.lines[i], self.marks[i]) for i in self.strays if i != index]
        known = sum(similar(text, heading) for heading in near + far)
        if known and known + sum(similar(text, heading) for heading in others) > 1:
            scores.append(_ALIKE[2])
        return max(scores, default=0.0)

    def _near(self, index: int, family: Family) -> tuple[list[int], list[int]]:
        """The members of a family's list in front of a line and behind it, a few each."""
        strays = [i for i in self.strays if COGNATE.get(self.marks[i].family) == family]
        own = sorted(self.own.get(family, []) + strays) if strays else self.own[family]
        at = bisect_left(own, index)
        before: list[int] = []
        for i in reversed(own[max(at - _NEAR, 0) : at]):
            before.insert(0, i)
            if self.marks[i].value == 1:
                break
        after: list[int] = []
        for i in own[at : at + _NEAR]:
            if i == index:
                continue
            if self.marks[i].value == 1:
                break
            after.append(i)
        return before, after


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


def _body(line: Line, mark: Mark) -> str:
    return line.text[mark.number.width :] if mark.number else line.text
