"""Texts that lost their line breaks: where the lines of a flattened stretch began.

Crawlers join a notice's paragraphs into one line. What is left to tell them by: the two full-width blanks that open a
Chinese paragraph, numbers that continue a list, the document number behind the title, the addressee's colon.
"""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.structure.numbering import to_int

MIN_LENGTH = 400  # code points of a line that may be several
_INDENT = re.compile(r"\u3000{2,}")
_NUMBER = re.compile(
    r"(?P<han>(?<=[。；：:）)”\u3000 ])[一二三四五六七八九十]{1,3}、)|(?P<han_paren>[（(][一二三四五六七八九十]{1,3}[）)])|"
    r"(?P<arabic>(?<=[。；：:）)”\u3000 ])\d{1,2}[.．、](?![\d０-９]))"
)
_LOWER = {"han": ("han_paren", "arabic"), "han_paren": ("arabic",), "arabic": ()}
_TITLE_END = re.compile(
    r"(?<=通知|意见|方案|办法|规定|公告|决定|通报|批复|措施|预案|细则|请示|报告)(?=\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号)|"
    r"(?<=的函)(?=\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号)"
)
_NUMBER_TAIL = re.compile(r"\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号\s*")
_MAX_TAIL = 40  # code points of a document number with blanks
_NUMBER_END = re.compile(r"(?<=号)(?=[\u4e00-\u9fff]{2,})")
_ADDRESSEE_END = re.compile(r"(?<=[：:])")
_HEAD = 300  # code points in which title, document number and addressee lie


def cuts(line: str) -> list[int]:
    """Offsets at which the lines of a flattened line begin (none for an ordinary line)."""
    if len(line) < MIN_LENGTH:
        return _behind_title(line, 0, len(line))
    found = {match.end() for match in _INDENT.finditer(line)} | set(_numbered(line))
    found |= set(_head(line))
    found |= {cut for a, b in pairwise([0, *sorted(found), len(line)]) for cut in _behind_title(line, a, b)}
    return sorted(cut for cut in found if 0 < cut < len(line))


def _behind_title(line: str, start: int, end: int) -> list[int]:
    """Where the document number begins that stands behind a title, with nothing behind itself."""
    stretch = line[max(start, end - _MAX_TAIL) : end].rstrip()
    if not stretch.endswith("号"):
        return []
    titles = [title.end() for title in _TITLE_END.finditer(line, start, end)]
    return [cut for cut in titles[-1:] if _NUMBER_TAIL.fullmatch(line, cut, end)]


def _numbered(line: str) -> list[int]:
    """Numbers that begin a list or continue one; others are mentions (见第（三）项)."""
    expected = {"han": 1, "han_paren": 1, "arabic": 1}
    starts: list[tuple[str, int]] = []
    for match in _NUMBER.finditer(line):
        family = str(match.lastgroup)
        value = to_int(re.sub(r"\W", "", match.group()))
        if value == expected[family] or (value == 1 and family != "han"):
            starts.append((family, match.start()))
            expected[family] = value + 1
            for lower in _LOWER[family]:
                expected[lower] = 1
    counts = {family: sum(f == family for f, _ in starts) for family in expected}
    return [start for family, start in starts if counts[family] > 1]


def _head(line: str) -> list[int]:
    title = _TITLE_END.search(line, 0, _HEAD)
    if title is None:
        return []
    number = _NUMBER_END.search(line, title.end(), _HEAD)
    if number is None:
        return [title.end()]
    addressee = _ADDRESSEE_END.search(line, number.end(), _HEAD)
    return [title.end(), number.end(), *([addressee.end()] if addressee else [])]
