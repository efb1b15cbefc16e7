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
from corpus.structure.flat_contents import contents_cuts
from corpus.structure.numbering import to_int

MIN_LENGTH = 400  # code points of a line that may be several
_INDENT = re.compile(r"\u3000{2,}|[ \xa0]{4,}|[\u3000\u2002\u2003]{2,}")
_BEFORE = r"(?<=[。；：:）)”\u3000\xa0 ])"
_HAN = "一二三四五六七八九十"
_NUMBER = re.compile(
    rf"(?P<chapter>第[{_HAN}百]{{1,4}}[章编](?=[\s　]))|(?P<section>第[{_HAN}]{{1,3}}节(?=[\s　]))|"
    rf"(?P<article>{_BEFORE}第[{_HAN}百]{{1,5}}条(?=[\s　]))|(?P<han>{_BEFORE}[{_HAN}]{{1,3}}[、､])|"
    rf"(?P<han_paren>[（(][{_HAN}]{{1,3}}[）)])|(?P<arabic>{_BEFORE}\d{{1,2}}[.．、､](?![\d０-９]))|"
    r"(?P<serial>(?<!\d)\d{3}(?=[ \u3000\xa0]))"
)
_LOWER = {
    "chapter": ("section", "han", "han_paren", "arabic"), "section": ("han", "han_paren", "arabic"),
    "article": ("han_paren", "arabic"), "han": ("han_paren", "arabic"), "han_paren": ("arabic",), "arabic": (),
    "serial": (),
}  # fmt: skip
_RESTARTS = frozenset(("chapter", "section", "han_paren", "arabic"))  # 一、 and 第一条 begin once a document
_DECIMAL = re.compile(r"(?<=[\s　])\d{1,2}(?:\.\d{1,2}){0,3}(?=[\s　])")
_CHAPTER = re.compile(r"\d{1,2}[\s　][\u4e00-\u9fff]{2,12}[\s　](?=[\u4e00-\u9fff]{4})")
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
_BLANK = re.compile(r"(?<=[。：:])[ \xa0\u3000](?=\S)")  # one blank behind a full stop
_MIN_BLANKS = 5
_DISCLOSED = re.compile(r"[（(]此件[^（()）]{2,12}[）)]")
_CONTENTS = re.compile(r"目[\s　]*录(?=第[一1]|[\s　]|一、)")
# 某局关于…的通知 各有关单位：为…: title and addressee with nothing but blanks between them
_SPACED_HEAD = re.compile(
    r"[^。：:；]{5,120}?(?:通知|意见|方案|办法|规定|公告|决定|通报|批复|函|报告)(?=\s+[^。：:；]{2,160}(?P<addressee>[：:])\s)"
)
_ADDRESSED = re.compile(
    r"[^。：:；\n]{0,158}(?:府|部|委|局|厅|院|办|会|机构|机关|单位|部门|公司|中心|集团|学校|企业|处)[：:](?=[\u4e00-\u9fff《“])"
)
_TITLED = re.compile(r"(?:号|通知|意见|方案|办法|规定|公告|决定|通报|批复|函|报告)$")
# Behind the list of attachments: 附件：某制度某办公厅　　2021年1月26日（此件公开发布）
_ISSUED = re.compile(rf"(?P<date>{DATE.pattern})\s*(?P<disclosure>[（(]此件[^（()）]{{2,12}}[）)])?\s*$")
_LISTED = re.compile(r"(?<=[。；）)\s])附\s*件\s*\d{0,2}\s*[：:]")
# …不含本数。 附件2国家应急指挥部组成: the label and the title of an attachment, run on behind a blank
_ATTACHED = re.compile(
    r"(?<=[\xa0\s])(附\s*件\s*[\d一二三四五六七八九十]{1,2})\s*(?=(?!以|所|和|及|中)[\u4e00-\u9fff《][^。，；：]{3,44}\s*$)"
)
# Headings that notices share; where text follows without a stop, the line break behind them is lost: 二、工作要求各地要…
_STANDARD_HEADING = re.compile(
    r"[一二三四五六七八九十]{1,3}、(?:指导思想|总体要求|总体目标|基本原则|基本思路|主要目标|工作目标|目标任务|任务目标|主要任务|"
    r"重点任务|工作任务|工作重点|重点工作|工作内容|工作安排|工作措施|主要措施|保障措施|工作步骤|实施步骤|工作机构|组织机构|"
    r"组织领导|组成人员|成员单位|主要职责|工作职责|职责分工|职责任务|任务分工|议事规则|工作规则|工作要求|有关要求|相关要求|"
    r"适用范围|实施范围|时间安排|进度安排|其他事项|有关事项|监督管理|监督检查)(?=[\u4e00-\u9fff])(?![和与及或的是为要有等])"
)
_MIN_RUN_ON = 40  # code points of such a line
_HEAD = 300  # code points in which title, document number and addressee lie


def cuts(line: str) -> list[int]:
    """Offsets at which the lines of a flattened line begin (none for an ordinary line)."""
    if len(line) < MIN_LENGTH:
        end = len(line)
        few = _run_on(line, 0, end) if line[:1] in _HAN else []
        if "号" in line[-_MAX_TAIL:] or "日" in line[-_MAX_TAIL * 2 :]:
            few += _behind_title(line, 0, end) + _issued(line, 0, end)
        return sorted(set(few)) if few else few
    decimals = _decimals(line)
    found = {match.end() for match in _INDENT.finditer(line)} | set(_numbered(line)) | set(decimals)
    found |= set(_head(line)) | set(_foot(line)) | {match.start() for match in _LISTED.finditer(line)}
    found |= set() if decimals else set(_apart(line, found))  # there the numbers themselves stand between blanks
    found |= set(contents_cuts(line))
    for match in (*_DISCLOSED.finditer(line), *_CONTENTS.finditer(line, 0, len(line) // 2)):
        found |= set(match.span())
    for mend in (_behind_title, _attached, _issued, _run_on):
        found |= {cut for a, b in pairwise([0, *sorted(found - {0, len(line)}), len(line)]) for cut in mend(line, a, b)}
    return sorted(cut for cut in found if 0 < cut < len(line))


def _apart(line: str, found: set[int]) -> list[int]:
    """Where a paragraph begins behind a blank, when nearly all blanks behind a full stop stand between known lines."""
    blanks = [match.end() for match in _BLANK.finditer(line)]
    known = sum(at in found or at - 1 in found for at in blanks)
    return blanks if len(blanks) >= _MIN_BLANKS and known >= len(blanks) * 3 / 4 else []


def addressed(above: str, line: str) -> int:
    """Length of the addressee with which a line begins, below a title or its number; 0 where it does not."""
    match = _ADDRESSED.match(line) if _TITLED.search(above[-4:]) else None
    return match.end() if match else 0


def _issued(line: str, start: int, end: int) -> list[int]:
    """Date and disclosure at the end of a stretch, behind blanks or an attachment's title."""
    tail = max(start, end - _MAX_TAIL * 2)
    match = _ISSUED.search(line, tail, end) if line.find("日", tail, end) >= 0 else None
    if match is None:
        return []
    ahead = line[start : match.start()]
    apart = ahead != ahead.rstrip() and re.match(r"\s*附\s*件", ahead)
    cuts = [match.start()] if apart else []
    if match.group("disclosure") and (apart or not ahead.strip()):
        cuts.append(match.start("disclosure"))
    return cuts


def _run_on(line: str, start: int, end: int) -> list[int]:
    """Where the text begins that is glued to a standard heading."""
    match = _STANDARD_HEADING.match(line, start, end) if end - start >= _MIN_RUN_ON else None
    return [match.end()] if match else []


def _attached(line: str, start: int, end: int) -> list[int]:
    """The label and the title of an attachment at the end of a stretch."""
    match = _ATTACHED.search(line, max(start, end - 2 * _MAX_TAIL), end)
    return [match.start(), match.end()] if match else []


def _behind_title(line: str, start: int, end: int) -> list[int]:
    """Where the document number begins that stands behind a title, with nothing behind itself."""
    if not line[max(start, end - _MAX_TAIL) : end].rstrip().endswith("号"):
        return []
    titles = [title.end() for title in _TITLE_END.finditer(line, start, end)]
    return [cut for cut in titles[-1:] if _NUMBER_TAIL.fullmatch(line, cut, end)]


def _numbered(line: str) -> list[int]:
    """Numbers that begin a list or continue one; others are mentions (见第（三）项)."""
    expected = dict.fromkeys(_LOWER, 1)
    last = dict.fromkeys(_LOWER, 0)
    starts: list[tuple[str, int]] = []
    for match in _NUMBER.finditer(line):
        family = str(match.lastgroup)
        value = to_int(re.sub(r"[\W第章编节条]", "", match.group()))
        goes_on = value == last[family] + 1  # some documents count （一）… through all their 一、
        if goes_on or value == expected[family] or (value == 1 and family in _RESTARTS):
            starts.append((family, match.start()))
            expected[family] = value + 1
            last[family] = value
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
    titles: list[int] = []
    for n, (parts, start) in enumerate(at):
        level = len(parts) - 1
        deeper = parts == (*current, 1)
        beside = len(current) > level and parts == (*current[:level], current[level] + 1)
        if level == 0 and not any(later[:2] == (*parts, 1) for later, _ in at[n + 1 : n + 2]):
            # A bare number counts where its first part follows, or where a last chapter has no parts: 5 附则 本规范由…
            title = _CHAPTER.match(line, start) if beside and n + 1 == len(at) and deep > 2 else None
            beside = title is not None
            titles += [title.end()] if title else []
        if deeper or beside or parts == (1, 1):
            current = parts
            starts.append(start)
            deep += level > 0
    return starts + titles if deep > 2 else []


def _head(line: str) -> list[int]:
    spaced = _SPACED_HEAD.match(line, 0, _HEAD)
    if spaced:
        return [spaced.end(), spaced.end("addressee")]
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
