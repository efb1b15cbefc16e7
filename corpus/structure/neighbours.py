"""The numbered lines of a text before any repair, and which of them stand near one another in one list."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from corpus.structure.line import Line, ends_sentence, heading_like
from corpus.structure.numbering import COGNATE, Family, Number, read_number

_IN_BRACKETS = ("han_paren", "arabic_paren")
NEAR = 4  # members of a list on each side that a line is compared with


class Numbered:
    """Numbers of lines by index, and the lines of each family in order.

    ``fixed`` holds the starts of lines that are table rows: they have no numbers of their own.
    """

    def __init__(self, lines: Sequence[Line], fixed: frozenset[int] = frozenset()) -> None:
        self.lines = lines
        self.fixed = fixed
        self.numbers: dict[int, Number] = {}
        self.own: dict[Family, list[int]] = {}
        self._headings: dict[int, bool] = {}  # each line is asked for by all its neighbours
        for index, line in enumerate(lines):
            number = read_number(line.text) if line.start not in fixed else None
            if number is not None:
                self.numbers[index] = number
                self.own.setdefault(number.family, []).append(index)

    def of(self, lines: Sequence[Line]) -> Numbered:
        """The same of these lines once some of them may have been cut."""
        return self if len(lines) == len(self.lines) else Numbered(lines, self.fixed)

    def body(self, index: int) -> str:
        """A line without its number."""
        number = self.numbers.get(index)
        text = self.lines[index].text
        return text[number.width :] if number else text

    def near(self, index: int) -> list[int]:
        """Other members of a numbered line's list: a few on each side, up to where the list begins or ends."""
        numbers = self.numbers
        own = self.own[numbers[index].family]
        at = bisect_left(own, index)
        found: list[int] = []
        if numbers[index].value != 1:
            for i in own[max(at - NEAR, 0) : at][::-1]:
                found.append(i)
                if numbers[i].value == 1:
                    break
            found.reverse()
        for i in own[at + 1 : at + 1 + NEAR]:
            if numbers[i].value == 1:
                break
            found.append(i)
        if found and self.numbers[index].family not in _IN_BRACKETS:
            return found
        cognates = sorted(self._cognates(index))
        nearer = len(cognates) > 1 and found and _distance(cognates, index) < _distance(found, index)
        return cognates if nearer or not found else found

    def _cognates(self, index: int) -> Iterator[int]:
        """Lines of the cognate family that go on with the number of a line: （二） and （三） behind （1）."""
        number = self.numbers[index]
        cognate = COGNATE.get(number.family)
        own = self.own.get(cognate, []) if cognate else []
        at = bisect_left(own, index)
        for step, members in ((1, own[at : at + NEAR]), (-1, own[max(at - NEAR, 0) : at][::-1])):
            for distance, i in enumerate(members, 1):
                if abs(self.numbers[i].value - number.value - step * distance) > 1:
                    break
                yield i

    def bare_tops(self) -> list[str]:
        """Short lines without a number right above the first member of a list."""
        tops = (i - 1 for i, number in self.numbers.items() if number.value == 1 and i and i - 1 not in self.numbers)
        return [text for i in tops if heading_like(text := self.lines[i].text)]

    def headings(self, indexes: Sequence[int]) -> list[str]:
        """What the lines say if all of them read as headings; else nothing."""
        if not all(map(self.is_heading, indexes)):
            return []
        return [self.body(i) for i in indexes]

    def is_heading(self, index: int) -> bool:
        """Whether a line without its number reads as a heading."""
        known = self._headings.get(index)
        if known is None:
            known = self._headings[index] = heading_like(self.body(index))
        return known

    def are_sentences(self, indexes: Sequence[int]) -> bool:
        """Whether at least two lines are given, and nearly all end a sentence."""
        ended = sum(ends_sentence(self.lines[i].text) for i in indexes)
        return len(indexes) > 1 and ended * 4 >= len(indexes) * 3


def _distance(indexes: Sequence[int], index: int) -> int:
    return min(abs(i - index) for i in indexes)
