"""Lines that a line break cut in two.

A sentence goes on where a line lacks its end: told by an open bracket, by a word across the break, and by the list that
the line belongs to: where all other members end with a full stop, one that does not goes on in the next line; where
all other headings are shaped alike, a shorter one does.
"""

from __future__ import annotations

import re

from corpus.dates import DATE
from corpus.structure.line import BULLETS, LONG_LINE, Line, ends_sentence, heading_like, is_spaced, unclosed
from corpus.structure.neighbours import Numbered
from corpus.structure.numbering import COGNATE, read_decimal_top
from corpus.structure.shape import shape_of
from corpus.structure.words import crossed

_CLOSERS = "”’」』）)》】\"'"
_MIN_REST = 6  # code points behind a full stop that a line break may have cut
_NO_START = "（(【《〔[“"  # with which the rest of a broken sentence seldom begins
_GOES_ON = "，、；：。！？）)”’》】,;"  # with which no line begins
_OPEN_END = "，、（(《“‘,"  # with which no line ends
_LINKING = "和与及的"  # with which no heading and no sentence ends
_ASIDE = re.compile(r"[（(](?:[^（()）]|[（(][^（()）]*[）)])*[）)]")
_OWN_LINE = re.compile(
    rf"附\s*[件表录]|.{{0,30}}(?:{DATE.pattern})\s*$|[（(]?(?:此件|联系)|[\u4e00-\u9fff\s]{{1,8}}[：:]"
)
_SHORT = 14  # code points of a line that may be a heading among sentences
_LONGER = 6  # code points by which a heading exceeds the others of its list at most
_FEW = 2  # neighbours that must agree


def join(text: str, known: Numbered) -> list[Line]:
    """The lines of ``text``, those joined that are one."""
    lines, fixed = known.lines, known.fixed
    body = _body(known)
    spaced = is_spaced(text, lines)
    joined: list[Line] = []
    first = 0  # index of the line that the last joined one begins with
    for index, line in enumerate(lines):
        rows = {line.start, joined[-1].start} & fixed if joined else {0}
        if not rows and index not in known.numbers and line.text[0] not in BULLETS:
            last = joined[-1]
            goes_on = _continues(last.text, line.text)
            if goes_on is None and not _opens(line.text):
                tight = spaced and text.count("\n", last.end, line.start) == 1
                goes_on = _prose(last.text, line.text) or (
                    index > body and _listed(known, first, index, last.text, tight)
                )
            if goes_on:
                joined[-1] = Line(last.start, line.end, text[last.start : line.end])
                continue
        joined.append(line)
        first = index
    return joined


def _body(known: Numbered) -> int:
    """Index of the first line that ends a sentence or is numbered: what stands in front of it is head."""
    ends = (i for i, line in enumerate(known.lines) if i in known.numbers or line.text[-1] in "。；")
    return next(ends, len(known.lines))


def _opens(text: str) -> bool:
    """Whether a line begins something of its own: an attachment, a contact, a section 2."""
    return bool(_OWN_LINE.match(text)) or read_decimal_top(text) is not None


def _continues(text: str, following: str) -> bool | None:
    """Whether a line goes on with another, told by punctuation; None where that does not tell."""
    if following[0] in _GOES_ON or text[-1] in _OPEN_END:
        return True
    closing = unclosed(text)
    if closing and len(following) < 6 * LONG_LINE and any(mark in following for mark in closing):
        ends = min(following.find(mark) for mark in closing if mark in following)
        return ends < LONG_LINE or "。" not in following[:ends]
    return None


def _listed(known: Numbered, first: int, index: int, text: str, tight: bool) -> bool:
    """Whether a line goes on with ``text``, which begins at ``first``, told by what the document does elsewhere.

    :param tight: the two are parted by one line break, most others by blank lines
    """
    following = known.lines[index].text
    near = known.near(first) if first in known.numbers else []
    if ends_sentence(text):
        return bool(near) and _aside(known, near, text, following)
    links = text[-1] in _LINKING and not crossed(text[:-1], text[-1])  # 编制目的 and 动员参与 do not
    if tight or links or (near and _like_others(known, near, first, index, text)):
        return True
    return (not near and _paragraph(known, first, index)) or crossed(text, following)


def _prose(text: str, following: str) -> bool:
    """Prose without an end, followed by prose that has one: …构建新发展格局的⏎良好氛围，…"""
    if ends_sentence(text) or not (any(ch in following for ch in "。！？；") or following[-1] in "：:"):
        return False
    rest = text.rpartition("。")[2] if "。" in text else ""
    cut = len(rest) >= _MIN_REST and rest[-1] not in _CLOSERS and not re.search("[：:]", rest)
    long = len(text) >= LONG_LINE and any(ch in text for ch in "，,。")
    return long or (cut and following[0] not in _NO_START)


def _aside(known: Numbered, near: list[int], text: str, following: str) -> bool:
    """A line that is （责任单位：…） and nothing else, where the other members of the list end with such brackets."""
    ends = sum(known.lines[i].text[-1] in "）)" for i in near)
    return (
        len(near) >= _FEW and ends * 4 >= len(near) * 3 and text[-1] not in "）)" and bool(_ASIDE.fullmatch(following))
    )


def _like_others(known: Numbered, near: list[int], first: int, index: int, text: str) -> bool:
    """Whether a numbered line is like the others of its list only together with the next one."""
    following = known.lines[index].text
    body = text[known.numbers[first].width :]
    if known.are_sentences(near):
        titled = len(body) <= _SHORT and not re.search("[，、,]", body) and not crossed(text, following)
        run_in = known.numbers[first].family in COGNATE and all(ends_sentence(known.lines[i].text) for i in near)
        return ends_sentence(following) and (run_in or not titled)
    headings = known.headings(near)
    if len(near) == len(headings) == 1:
        headings += [top for top in known.bare_tops() if top != following]
    if len(headings) < _FEW or not heading_like(body) or not heading_like(following):
        return False
    shape = shape_of(headings)
    if shape is not None:
        if shape.fits(body):
            return False
        if shape.fits(body + following):
            return True
    above_numbers = all(i + 1 in known.numbers for i in near)
    if above_numbers and index + 1 in known.numbers and not ends_sentence(following):
        return True
    above_prose = _is_prose(known, index + 1) and all(_is_prose(known, i + 1) for i in near)
    return above_prose and len(body + following) <= max(map(len, headings)) + _LONGER


def _is_prose(known: Numbered, index: int) -> bool:
    """Whether a line has no number and ends a sentence."""
    return index < len(known.lines) and index not in known.numbers and ends_sentence(known.lines[index].text)


def _paragraph(known: Numbered, first: int, index: int) -> bool:
    """Whether the one paragraph below a heading is whole, as below the other headings of the list, only with the next line."""
    if first - 1 not in known.numbers or not ends_sentence(known.lines[index].text):
        return False
    near = known.near(first - 1)
    if len(known.headings(near)) < _FEW:
        return False
    return all(_one_paragraph(known, i) for i in near)


def _one_paragraph(known: Numbered, heading: int) -> bool:
    below, behind = heading + 1, heading + 2
    if below >= len(known.lines) or below in known.numbers or not ends_sentence(known.lines[below].text):
        return False
    return behind >= len(known.lines) or behind in known.numbers
