"""Lines that lost the line break in front of them: a number in the middle of a line, text behind a heading.

A number inside a line begins one where a list lacks just that member: ``…（责任单位：区水务局）13.开展…`` between a line
12. and a line 14. A heading ends inside a line where the other headings of its list show how long they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from corpus.structure.line import BULLETS, Line, heading_like, is_spaced
from corpus.structure.lists import MAX_GAP
from corpus.structure.neighbours import Numbered
from corpus.structure.numbering import COGNATE, Family, Number, read_number
from corpus.structure.shape import shape_of
from corpus.structure.words import crossed

_HAN = "一二三四五六七八九十"
_WORD_ENDS = "统唯单同之万专划逐合为不如其任某归惟"  # 法制统一、尊严: 一 ends a word
_INSIDE = re.compile(
    rf"(?<![第见{_HAN}百\d、､.．（(《“—-])(?!(?<=[{_WORD_ENDS}])一[、､])(?:[（(]\s*(?:[{_HAN}百]{{1,4}}|\d{{1,3}})\s*[）)]|"
    rf"[{_HAN}]{{1,3}}[、､]|\d{{1,3}}(?:[、､．]|\.(?!\d)))"
)
_STRONG = "。；！？：:;）)”\u3000 \xa0"  # behind which a line may well begin
_BULLET = re.compile(f"[{BULLETS}]")
# A headline of several clauses behind the full stop of a paragraph, with a blank line behind it.
_TAIL = re.compile(r"[。！？]”?(?P<tail>[\u4e00-\u9fff“”]{2,20}(?:[ \u3000][\u4e00-\u9fff“”]{2,20}){1,3})$")
_MIN_CHAIN = 2  # members in front of a list's last one
_LIST_OF_ATTACHMENTS = re.compile(r"附\s*[件表录]")
_LISTED = re.compile(r"(?<=[。；）)])\s*附\s*件\s*[：:]")
_MIN_REST = 8  # code points of the text that is glued to a heading
_PARTICLES = "的和与及、，等之或（(《“"  # with which such a text does not begin


def cut(text: str, known: Numbered) -> Iterator[Line]:
    """The lines of ``text``, those cut in two that were two."""
    lines, fixed = known.lines, known.fixed
    spaced = is_spaced(text, lines)
    bullets = _BULLET.search(text) is not None
    for index, line in enumerate(lines):
        if line.start in fixed:
            yield line
            continue
        cuts = list(_numbers(known, index))
        cuts += [match.start() for match in _BULLET.finditer(line.text, 1)] if bullets else []
        cuts += [match.start() for match in _LISTED.finditer(line.text)] if "附" in line.text else []
        if spaced and index + 1 < len(lines) and text.count("\n", line.end, lines[index + 1].start) > 1:
            cuts += [match.start("tail") for match in [_TAIL.search(line.text)] if match]
        end = min(cuts, default=len(line.text))
        heading = _heading(known, index, line.text[:end]) if index in known.numbers and end else 0
        if not cuts and not heading:
            yield line
            continue
        for a, b in pairwise(sorted({0, *cuts, heading, len(line.text)})):
            yield from _line(line, a, b)


def _line(line: Line, start: int, end: int) -> Iterator[Line]:
    text = line.text[start:end]
    left = len(text) - len(text.lstrip())
    text = text.strip()
    if text:
        yield Line(line.start + start + left, line.start + start + left + len(text), text)


def _numbers(known: Numbered, index: int) -> Iterator[int]:
    """Offsets of the numbers inside a line that their lists lack."""
    text = known.lines[index].text
    if _LIST_OF_ATTACHMENTS.match(text):
        return
    first = known.numbers.get(index)
    last: dict[Family, int] = {}
    for match in _INSIDE.finditer(text, first.width if first else 1):
        number = read_number(match.group() + "文")
        if number is not None and number.width >= len(match.group()) and _lacks(known, index, number, last, match):
            last[number.family] = number.value
            yield match.start()


def _lacks(known: Numbered, index: int, number: Number, last: dict[Family, int], match: re.Match[str]) -> bool:
    """Whether a list lacks just this member between what it has in front of a place and behind it."""
    own = known.own.get(number.family, [])
    at = bisect_right(own, index)
    value = number.value
    before = last.get(number.family) or (known.numbers[own[at - 1]].value if at else 0)
    after = known.numbers[own[at]].value if at < len(own) else 0
    strong = match.string[match.start() - 1] in _STRONG
    if value == 1 and before == 1 and at and own[at - 1] < index and index in known.numbers:
        before = 0  # the line's own number opens a list of its own
    if after == value + 1 and (before in (0, value - 1) or before > value == 1):
        return True
    if strong and (_short(match) or after > value) and _between(known, index, number, before, after):
        return True
    # The last member of a list whose other members begin lines of their own.
    ends = strong and value > _MIN_CHAIN and before == value - 1 and at > 1
    return ends and known.numbers[own[at - 2]].value == value - 2


def _short(match: re.Match[str]) -> bool:
    """Whether a heading stands behind a number."""
    return heading_like(match.string[match.end() :].strip())


def _between(known: Numbered, index: int, number: Number, before: int, after: int) -> bool:
    """Whether a number is missing, with a neighbour perhaps, in its list or in one of the cognate family."""
    if before and before < number.value <= before + MAX_GAP and (not after or after > number.value):
        return True
    if before < number.value < after <= before + MAX_GAP + 1:
        return True
    if not before and not after and number.value <= MAX_GAP:  # alone, but a list begins right below it
        return any(below in known.numbers and known.numbers[below].value == 1 for below in (index + 1, index + 2))
    cognate = COGNATE.get(number.family)
    own = known.own.get(cognate, []) if cognate else []
    at = bisect_right(own, index)
    values = [known.numbers[i].value for i in own[max(at - 1, 0) : at + 1]]
    return values == [number.value - 1, number.value + 1]


def _heading(known: Numbered, index: int, text: str) -> int:
    """Where the heading ends that a numbered line begins with, when its list has headings alone on their lines."""
    number = known.numbers[index]
    body = text[number.width :]
    if len(body) < _MIN_REST:
        return 0
    near = known.near(index)
    headings = known.headings(near)
    if len(near) == len(headings) == 1:
        headings += known.bare_tops()
    shape = shape_of(headings)
    if shape is None or (heading_like(body) and shape.fits(body)):
        return 0
    end = shape.end(body)
    rest = body[end:]
    if not end or len(rest) < _MIN_REST or rest[0] in _PARTICLES or crossed(body[:end], rest):
        return 0
    return number.width + end
