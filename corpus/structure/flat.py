"""Texts that lost their line breaks: where the lines of a flattened stretch began.

Crawlers join a notice's paragraphs into one line. What is left to tell them by: the two full-width blanks that open a
Chinese paragraph, numbers that continue a list, the document number behind the title, the addressee's colon, the date
behind the issuer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.dates import DATE
from corpus.structure.numbering import to_int

MIN_LENGTH = 400  # code points of a line that may be several
_INDENT = re.compile(r"\u3000{2,}|[ \xa0]{4,}")
_BEFORE = r"(?<=[。；：:）)”\u3000\xa0 ])"
_HAN = "一二三四五六七八九十"
_NUMBER = re.compile(
    rf"(?P<chapter>第[{_HAN}百]{{1,4}}[章编](?=[\s　]))|(?P<section>第[{_HAN}]{{1,3}}节(?=[\s　]))|"
    rf"(?P<article>{_BEFORE}第[{_HAN}百]{{1,5}}条(?=[\s　]))|(?P<han>{_BEFORE}[{_HAN}]{{1,3}}、)|"
    rf"(?P<han_paren>[（(][{_HAN}]{{1,3}}[）)])|(?P<arabic>{_BEFORE}\d{{1,2}}[.．、](?![\d０-９]))|"
    r"(?P<serial>(?<!\d)\d{3}(?=[ \u3000\xa0]))"
)
_LOWER = {
    "chapter": ("section", "han", "han_paren", "arabic"), "section": ("han", "han_paren", "arabic"),
    "article": ("han_paren", "arabic"), "han": ("han_paren", "arabic"), "han_paren": ("arabic",), "arabic": (),
    "serial": (),
}  # fmt: skip
_RESTARTS = frozenset(("chapter", "section", "han_paren", "arabic"))  # 一、 and 第一条 begin once a document
_DECIMAL = re.compile(r"(?<=[\s　])\d{1,2}(?:\.\d{1,2}){0,3}(?=[\s　])")
_TITLE_END = re.compile(
    r"(?<=通知|意见|方案|办法|规定|公告|决定|通报|批复|措施|预案|细则|请示|报告)(?!的)(?=\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号)|"
    r"(?<=的函)(?=\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号)"
)
_NUMBER_TAIL = re.compile(r"\s*[\u4e00-\u9fff]{2,10}\s*[〔\[（]\d{4}[〕\]）]\s*\d{1,5}\s*号\s*")
_MAX_TAIL = 40  # code points of a document number with blanks
_NUMBER_END = re.compile(r"(?<=号)(?=\s*[\u4e00-\u9fff]{2,})")
_ADDRESSEE_END = re.compile(r"(?<=[：:])")
_SIGNATURE = re.compile(
    rf"(?<=[。）)：:\s])(?P<issuer>[\u4e00-\u9fff]{{2,25}}(?:府|局|委|办|室|厅|部|会|院|处))\s*(?P<date>{DATE.pattern})"
    r"(?P<end>\s*(?P<disclosure>[（(]此件[^（()）]{2,12}[）)])?)"
)
_CONTENTS = re.compile(r"目[\s　]*录(?=第[一1]|[\s　]|一、)")
_HEAD = 300  # code points in which title, document number and addressee lie


def cuts(line: str) -> list[int]:
    """Offsets at which the lines of a flattened line begin (none for an ordinary line)."""
    if len(line) < MIN_LENGTH:
        return _behind_title(line, 0, len(line))
    found = {match.end() for match in _INDENT.finditer(line)} | set(_numbered(line)) | set(_decimals(line))
    found |= set(_head(line)) | set(_foot(line))
    for match in _CONTENTS.finditer(line, 0, len(line) // 2):
        found |= set(match.span())
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
    expected = dict.fromkeys(_LOWER, 1)
    starts: list[tuple[str, int]] = []
    for match in _NUMBER.finditer(line):
        family = str(match.lastgroup)
        value = to_int(re.sub(r"[\W第章编节条]", "", match.group()))
        if value == expected[family] or (value == 1 and family in _RESTARTS):
            starts.append((family, match.start()))
            expected[family] = value + 1
            for lower in _LOWER[family]:
                expected[lower] = 1
    counts = {family: sum(f == family for f, _ in starts) for family in expected}
    return [start for family, start in starts if counts[family] > (2 if family == "serial" else 1)]


def _decimals(line: str) -> list[int]:
    """Numbers 1, 1.1, 1.2, 2, 2.1 … each of which follows from the one before."""
    at = [(tuple(map(int, match.group().split("."))), match.start()) for match in _DECIMAL.finditer(line)]
    current: tuple[int, ...] = (0,)
    starts: list[int] = []
    deep = 0
    for n, (parts, start) in enumerate(at):
        level = len(parts) - 1
        deeper = parts == (*current, 1)
        beside = len(current) > level and parts == (*current[:level], current[level] + 1)
        if level == 0 and not any(later[:2] == (*parts, 1) for later, _ in at[n + 1 : n + 2]):
            beside = False  # a bare number counts where its first part follows
        if deeper or beside or parts == (1, 1):
            current = parts
            starts.append(start)
            deep += level > 0
    return starts if deep > 2 else []


def _head(line: str) -> list[int]:
    title = _TITLE_END.search(line, 0, _HEAD)
    if title is None:
        return []
    number = _NUMBER_END.search(line, title.end(), _HEAD)
    if number is None:
        return [title.end()]
    addressee = _ADDRESSEE_END.search(line, number.end(), _HEAD)
    return [title.end(), number.end(), *([addressee.end()] if addressee else [])]


def _foot(line: str) -> Iterator[int]:
    """Issuer, date and disclosure, and what is printed behind them."""
    for match in _SIGNATURE.finditer(line):
        yield match.start("issuer")
        yield match.start("date")
        yield match.end("date")
        if match.group("disclosure"):
            yield match.end("disclosure")
