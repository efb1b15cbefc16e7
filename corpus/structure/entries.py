"""The lines that are numbered or may have lost their number, as the search for lists takes them.

What speaks for a number that is lost or altered: the headings of a list are shaped alike, a list begins right below,
or a list lacks just that member.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus.structure.line import MAX_HEADING, Line, ends_sentence, heading_like
from corpus.structure.lists import RESTART, Entry
from corpus.structure.numbering import COGNATE, FAMILIES, Family, Number
from corpus.structure.shape import shape_of, similar

RANK = {family: rank for rank, family in enumerate(FAMILIES)}
_TITLED: tuple[Family, ...] = ("chapter", "part", "han", "han_paren", "arabic", "arabic_paren")  # headings lose numbers
_AGREE = 0.75  # of a family's members, from which on it is one of headings or of sentences
_FEW = 3  # members below which nothing is said of a family
_MOST_BARE = 60  # short lines without a number that are compared with one another
_BEFORE = 4  # lines in front of the first number, and behind the last one, that may have lost theirs
_NEAR = 4  # members of a list on each side that a heading is compared with
_LOST = 2.0  # what it costs to take a line for a heading that lost its number, before anything speaks for it
# What speaks for it: as many headings are shaped alike.
_ALIKE = {2: 1.2, 3: 1.6, 4: 1.8}
_TELLINGLY_ALIKE = {2: 2.2, 3: 2.6, 4: 3.0}
_FILLS_GAP = 1.9  # the list lacks just one member there, and no other line could be it
_WIDE_GAP = 200  # lines between the members on both sides of it, above which none is looked for
_ABOVE_FIRST = 1.0  # a list begins right below it
_ALIKE_AND_ABOVE = 1.5  # more, where both hold
_ABOVE_LIKE_OTHERS = 2.6  # the list's other headings stand right above a number of that family, too
_ALTERED, _OTHER = 1.5, 2.5  # the same for a line that prints another value, another family
_LEAST, _LEAST_OWN = 0.5, 1.2  # what an altered number costs in any case; one of the same family
_LOST_ITEM = 0.6  # a sentence among the items of a list whose number lacks just there
_FEW_LINES = 6  # between the members on both sides of it
_LONG_NAME = 15  # code points of a heading with a full stop
_RUN_IN = re.compile(r"([^。；：:\n]{4,30})。(?=.)")  # the heading of an item that goes on behind it
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


class Entries:
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
            elif lost := self._lost_item(index) or self._lost_name(index):
                yield index, Entry(None, 0, False, lost=lost)

    def _lost_item(self, index: int) -> dict[Family, float]:
        """What it costs to take a sentence for an item that lost its number, by the family of that.

        It stands where a list lacks just one member, or is shaped like the items above: by the heading that it begins
        with, by the brackets that it ends with.
        """
        above, below = self.marks.get(index - 1), self.marks.get(index + 1)
        if above is None:
            return {}
        for family, own in self.own.items() if below is not None else ():
            at = bisect_left(own, index)
            if at == len(own) or self.titles[own[at]]:
                continue
            first, value = own[at - 1] if at else -1, self.marks[own[at]].value
            inside = (
                at
                and not self.titles[first]
                and value - self.marks[first].value == 2
                and self._only_headings(first, index, own[at])
            )
            opens = value == 2 and RANK[above.family] < RANK[family] and self.titles[above.index]
            if inside or (opens and self._only_headings(index, index, own[at])):
                return {family: _LOST_ITEM}
        last = below is not None and RANK[below.family] < RANK[above.family]
        return self._run_in(index, above.family) or (self._alike_at_end(index, above.family) if last else {})

    def _only_headings(self, first: int, index: int, last: int) -> bool:
        """Whether nothing but numbered headings stands between a line and the members of a list beside it."""
        return last - first <= _FEW_LINES and all(
            self.titles.get(i, False) for i in range(first + 1, last) if i != index
        )

    def _run_in(self, index: int, family: Family) -> dict[Family, float]:
        """The same by the heading that a line begins with: （二）广泛动员，全员参与。各部门要…"""
        heading = _run_in_heading(self.lines[index].text)
        before, after = self._near(index, family)
        near = [_run_in_heading(_body(self.lines[i], self.marks[i])) for i in before + after]
        shape = shape_of(near) if heading and all(near) else None
        if shape is None or len(shape.clauses) < 2 or not shape.fits(heading):
            return {}
        return {family: _LOST - _TELLINGLY_ALIKE[min(shape.count, _NEAR)]}

    def _alike_at_end(self, index: int, family: Family) -> dict[Family, float]:
        """The same of a list's last item by brackets at its end, as all items above have them: …（责任单位：区水务局）"""
        before, _ = self._near(index, family)
        alike = len(before) >= _FEW and all(self.lines[i].text[-1] in "）)" for i in [*before, index])
        sentences = alike and not self.headings.get(family, True)
        return {family: _LOST - _TELLINGLY_ALIKE[min(len(before), _NEAR)]} if sentences else {}

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
        if evidence < _FILLS_GAP and index not in self.marks and self._alone_in_gap(index, family, heading_like):
            evidence = _FILLS_GAP
        below = self.marks.get(index + 1)
        if below is not None and RANK[below.family] > RANK[family]:
            if below.value == 1:
                evidence += _ABOVE_FIRST + (_ALIKE_AND_ABOVE if evidence else 0.0)
            others = [self.marks.get(i + 1) for i in before + after]
            if len(others) >= _FEW and all(other and other.family == below.family for other in others):
                evidence += _ABOVE_LIKE_OTHERS if below.value > 1 else _ABOVE_FIRST
        return evidence

    def _lost_name(self, index: int) -> dict[Family, float]:
        """The same of a sentence that is a heading: （二）基本原则。 above its paragraph, as the others of its list."""
        if not _is_name(self.lines[index].text):
            return {}
        for family, own in self.own.items():
            at = bisect_left(own, index)
            others = own[max(at - 1, 0) : at + 1]
            alike = all(_is_name(_body(self.lines[i], self.marks[i])) for i in others)
            if family in _TITLED and alike and self._alone_in_gap(index, family, _is_name):
                return {family: _LOST_ITEM}
        return {}

    def _alone_in_gap(self, index: int, family: Family, reads_so: Callable[[str], bool]) -> bool:
        """Whether a list lacks one member around a line, and no other line without a number could be that member."""
        own = self.own.get(family, [])
        at = bisect_left(own, index)
        if at == len(own):
            return False
        value, first = self.marks[own[at]].value, own[at - 1] if at else -1
        if value == 2:  # its first member lacks: behind what lies above the list
            first = max(
                (i for i in range(max(own[at] - _WIDE_GAP, 0), index) if self._lies_above(i, family)), default=-1
            )
            first = max(first, own[at - 1] if at else -1)
        elif not at or self.marks[first].value != value - 2:
            return False
        if own[at] - first > _WIDE_GAP:
            return False
        between = (i for i in range(first + 1, own[at]) if i not in self.marks and i not in self.excluded)
        return [i for i in between if reads_so(self.lines[i].text)] == [index]

    def _lies_above(self, index: int, family: Family) -> bool:
        return index in self.excluded or (index in self.marks and RANK[self.marks[index].family] < RANK[family])

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


def _body(line: Line, mark: Mark) -> str:
    return line.text[mark.number.width :] if mark.number else line.text


def _run_in_heading(text: str) -> str:
    match = _RUN_IN.match(text)
    return match.group(1) if match else ""


def _is_name(text: str) -> bool:
    """Whether a line is a short sentence that names what stands below it."""
    return 2 < len(text) <= _LONG_NAME and text[-1] in "。." and heading_like(text[:-1])
