"""What the headings of one list have in common: the words they end with, the lengths of their clauses.

和平区, 河北区, 河东区 … end alike; 加强领导，务求实效, 广泛动员，全员参与 … are four code points and four. By that one tells a
heading that lost its number, where one ends that is glued to its text, and that one is cut in two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_SHARE = 0.75  # of a list's headings that must agree
_PUNCTUATION = re.compile(r"[，,、；;\s]+")
_SIMILAR = 6  # code points of a clause; longer ones are seldom of the same length but by chance
_LONG_END = 4
_MANY = 3  # headings from which on one common code point at the end says something


@dataclass(frozen=True, slots=True)
class Shape:
    """The common end of a list's headings (may be empty), and the common lengths of their clauses (may be none)."""

    count: int
    suffix: str
    clauses: tuple[int, ...]
    start: str  # with which all begin
    shortest: int
    longest: int

    @property
    def telling(self) -> bool:
        """Whether it is unlikely that another line is shaped like that: a common word, or several clauses."""
        return len(self.suffix) > 1 or len(self.clauses) > 1 or (self.suffix != "" and self.count > _MANY)

    def fits(self, heading: str) -> bool:
        """Whether a heading is shaped like those of the list."""
        heading = _whole(heading)
        if not heading:
            return False
        if self.suffix:
            return heading.endswith(self.suffix) and len(heading) <= 2 * self.longest
        return bool(self.clauses) and clauses(heading) == self.clauses and heading.startswith(self.start)

    def end(self, text: str) -> int:
        """Where a heading of this shape ends at the head of a text; 0 where there is none."""
        if self.suffix:
            found = text.find(self.suffix, max(1, self.shortest - len(self.suffix) - 2), self.longest + 8)
            end = found + len(self.suffix) if found >= 0 else 0
        else:
            end = self._end_of_clauses(text) if self.clauses and text.startswith(self.start) else 0
        rest = text[end : end + 1]
        return end if end and rest and (rest.isalnum() or rest in "“《‘（(") else 0

    def _end_of_clauses(self, text: str) -> int:
        at = 0
        for count, length in enumerate(self.clauses):
            if count:
                gap = _PUNCTUATION.match(text, at)
                if gap is None:
                    return 0
                at = gap.end()
            if _PUNCTUATION.search(text, at, at + length) or len(text) < at + length:
                return 0
            at += length
        return at


def clauses(heading: str) -> tuple[int, ...]:
    """Lengths of what stands between commas and blanks: (4, 4) of 加强领导，务求实效."""
    return tuple(len(part) for part in _PUNCTUATION.split(_whole(heading).strip()))


def _whole(heading: str) -> str:
    """A heading without the breaks of its lines."""
    return re.sub(r"\s*\n\s*", "", heading) if "\n" in heading else heading


def similar(one: str, other: str) -> bool:
    """Whether two headings are shaped alike: a long common end, or a common start and clauses of the same lengths."""
    if one[-_LONG_END:] == other[-_LONG_END:] and len(one) > _LONG_END < len(other):
        return True
    return one[:1] == other[:1] and len(one) <= _SIMILAR * len(clauses(one)) and clauses(one) == clauses(other)


def shape_of(headings: Sequence[str]) -> Shape | None:
    """The shape of at least two headings; None where they have nothing in common."""
    if len(headings) < 2:
        return None
    enough = max(2, round(_SHARE * len(headings)))
    suffix = _common_end(headings, enough)
    lengths, times = Counter(map(clauses, headings)).most_common(1)[0]
    same = lengths if times >= enough else ()
    start = headings[0][:1] if all(h[:1] == headings[0][:1] for h in headings) else ""
    if same and len(same) == 1 and (not start or same[0] > _SIMILAR):
        same = ()  # one clause of a length says little by itself
    if not suffix and not same:
        return None
    widths = sorted(map(len, headings))
    return Shape(len(headings), suffix, same, start if len(same) == 1 else "", widths[0], widths[-1])


def _common_end(headings: Sequence[str], enough: int) -> str:
    """The longest end that enough headings share; of two headings, one of two code points."""
    least = 1 if len(headings) >= _MANY else 2
    best = ""
    for length in range(least, min(12, max(map(len, headings)))):
        ends = Counter(h[-length:] for h in headings if len(h) > length)
        if not ends or ends.most_common(1)[0][1] < enough:
            break
        best = ends.most_common(1)[0][0]
    return best
