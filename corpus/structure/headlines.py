"""Headlines that lost the line break in front of them or behind them, in texts whose headings have no numbers.

On a newspaper page only what a headline says and how its neighbours look tell where it ends: the next sentence opens with
a time, a place or a unit; headlines in clauses between blanks (链长组织 因链施策 强化质量强链顶层设计) are about as long as one
another; a headline in two lines has another below it. In a numbered list a heading without its number is known where a
member is lacking.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.structure.line import BULLETS, LONG_LINE, Line, ends_sentence, heading_like
from corpus.structure.neighbours import Numbered
from corpus.structure.numbering import COGNATE, Family, read_number
from corpus.structure.words import tagged

_FEW_NUMBERS = 2  # of a newspaper page
_MIN_HEADLINES = 3  # of such a page
_TAIL = re.compile(r"[。！？]”?(?P<tail>[^。！？，,、；;：:\n]{5,30})$")
_CLAUSES = re.compile(r"(?:[\u4e00-\u9fff“”]{2,20}[ \u3000]+){1,3}")
_FIRST_CLAUSE = re.compile(r"[^，,。；;：:！？\n]{1,60}")
_MIN_HEADLINE = 7  # code points
_LONGER = 6  # code points by which the last clause of a headline exceeds those of others at most
_PROSE = re.compile("[，,。]")  # what is glued to a headline is a sentence
_MIN_REST = 12  # code points of the text behind it
# With which a sentence opens: a time, every …; the tags are those of the segmenter.
_TIME = re.compile(
    r"(?:19|20)\d\d年|\d{1,2}月|每[年月逢]|[\u4e00-\u9fff]{2,4}(?:伊始|以来|期间|之际|前夕)[，,]|作为|根据|按照|依据|随着|面对"
)
_OPENERS = frozenset(("t", "ns", "nt"))  # time, place, body
_BODY = re.compile(r"(?:局|委|办|室|厅|部|府|会|院|署|公司|中心|部门)$")
_LEVELS = ("省", "市", "区", "县")  # 市药监局
# The first number of a list, in the middle of a line.
_ONE = re.compile(r"(?<=[\u4e00-\u9fff。；：:”）)])(?:一[、.．]|1[、.．]|[（(]\s*[一1]\s*[）)])(?!\d)")
_STOPS = "。；：:"


def cut(known: Numbered) -> Iterator[Line]:
    """The lines, those cut in two that were two."""
    lines = known.lines
    page = len(known.numbers) <= _FEW_NUMBERS and _is_page(lines)
    for index, line in enumerate(lines):
        at = 0
        if line.start in known.fixed or index in known.numbers:
            pass
        elif page:
            at = _behind(lines, index) or _in_front(lines, index)
        elif known.numbers:
            at = _first(known, index) or _lacking(known, index)
        if at:
            head, rest = line.text[:at].rstrip(), line.text[at:].lstrip()
            yield Line(line.start, line.start + len(head), head)
            yield Line(line.end - len(rest), line.end, rest)
        else:
            yield line


def _is_page(lines: Sequence[Line]) -> bool:
    """Whether headlines stand above paragraphs, several times."""
    return sum(_is_headline(a) and len(b.text) >= LONG_LINE for a, b in pairwise(lines)) >= _MIN_HEADLINES


def _is_headline(line: Line) -> bool:
    return line.text[0] not in BULLETS and heading_like(line.text)


def _behind(lines: Sequence[Line], index: int) -> int:
    """Where a headline begins behind the last full stop of a paragraph, with its second line or its column below; else 0."""
    match = _TAIL.search(lines[index].text) if index + 1 < len(lines) else None
    if match is None:
        return 0
    below = lines[index + 1]
    return match.start("tail") if _is_headline(below) or below.text[0] in BULLETS else 0


def _in_front(lines: Sequence[Line], index: int) -> int:
    """Where the text begins behind a headline that opens a paragraph; else 0."""
    text = lines[index].text
    clauses = _CLAUSES.match(text)
    second = index > 0 and _is_headline(lines[index - 1])
    if heading_like(text) or text[0] in BULLETS or not (clauses or second):
        return 0
    first = clauses.end() if clauses else 0
    match = _FIRST_CLAUSE.match(text, first)
    words = tagged(match.group()) if match else []
    at = _opening(text, first, words) or (_as_long(lines, text, clauses.group(), words) if clauses else 0)
    return at if at and len(text) - at >= _MIN_REST and _PROSE.search(text, at, at + LONG_LINE) else 0


def _opening(text: str, first: int, words: Sequence[tuple[str, str]]) -> int:
    """Where a sentence opens with a time, a place or a body, behind words that say what is done."""
    at, does = first, False
    for (word, tag), (following, next_tag) in pairwise(words):
        at += len(word)
        if tag == "t" or word == "在":  # a sentence has begun: 市药监局近日在…
            return 0
        opens = next_tag in _OPENERS or _TIME.match(text, at) or following in _LEVELS
        noun = tag[0] in "nvax" and not _BODY.search(word) and word not in "“‘（("
        if does and opens and noun and at >= _MIN_HEADLINE and text[:at].count("“") == text[:at].count("”"):
            return at
        does = does or tag[0] == "v"
    return 0


def _as_long(lines: Sequence[Line], text: str, clauses: str, words: Sequence[tuple[str, str]]) -> int:
    """Where a headline of several clauses ends if its last one is about as long as those of the others."""
    lengths = [
        len(line.text) - match.end()
        for line in lines
        if _is_headline(line) and (match := _CLAUSES.match(line.text)) and _same(match.group(), clauses)
    ]
    if not lengths:
        return 0
    size = 0
    for word, tag in words:
        size += len(word)
        if size >= min(lengths) and tag in ("v", "vn"):
            return len(clauses) + size if size <= max(lengths) + _LONGER else 0
    return 0


def _same(one: str, other: str) -> bool:
    return [len(part) for part in one.split()] == [len(part) for part in other.split()]


def _first(known: Numbered, index: int) -> int:
    """Where the first heading of a list begins behind a title or an introduction: …如下。1、活动主题; else 0."""
    text = known.lines[index].text
    match = _ONE.search(text) if text[0] != "附" else None  # 附件：1.… is a list of attachments
    number = read_number(text[match.start() :]) if match else None
    if match is None or number is None or not heading_like(text[match.start() + number.width :]):
        return 0
    if text[match.start() - 1] not in _STOPS and not heading_like(text[: match.start()]):
        return 0
    below = known.numbers.get(index + 1)
    if below and below.value == 1 and below.family != number.family:
        return match.start()
    behind = [own[at] for own in _lists(known, number.family) if (at := bisect_right(own, index)) < len(own)]
    return match.start() if any(known.numbers[i].value == 2 for i in behind) else 0


def _lists(known: Numbered, family: Family) -> list[list[int]]:
    """The lines of a family and those of its cognate."""
    cognate = COGNATE.get(family)
    return [known.own.get(family, []), known.own.get(cognate, []) if cognate else []]


def _lacking(known: Numbered, index: int) -> int:
    """Where the heading begins that a list lacks here, at the end of a line with a list right below; else 0.

    Told by the headings on both sides: they begin alike and are of one length (一、活动主题 … 三、活动要求).
    """
    text = known.lines[index].text
    below = known.numbers.get(index + 1)
    for own in known.own.values() if below and below.value == 1 else ():
        after = next((i for i in own if i > index), None)
        if after is None or known.numbers[after].value < 3:
            continue
        before = max((i for i in known.numbers if i < index and _precedes(known, i, after)), default=None)
        sides = known.headings([before, after]) if before is not None else []
        if len(sides) < 2 or len(sides[0]) != len(sides[1]) or sides[0][:2] != sides[1][:2]:
            continue
        at = len(text) - len(sides[0])
        if at >= _MIN_HEADLINE - 1 and text[at:].startswith(sides[0][:2]) and not ends_sentence(text):
            return at
    return 0


def _precedes(known: Numbered, index: int, after: int) -> bool:
    """Whether a number is the one before the one that a list lacks in front of its member ``after``."""
    one, other = known.numbers[index], known.numbers[after]
    return (
        one.value == other.value - 2
        and known.is_heading(index)
        and one.family in (other.family, COGNATE.get(other.family))
    )
