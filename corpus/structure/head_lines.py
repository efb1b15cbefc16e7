"""Which lines of a notice are its head and its foot."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from corpus.dates import DATE
from corpus.structure.contents import contents
from corpus.structure.lines import Line, ends_sentence
from corpus.structure.metadata import is_metadata
from corpus.structure.numbering import read_decimal_top, read_number
from corpus.structure.repair import heading_like
from corpus.types import PassageKind

DOCUMENT_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{2,16}\s*[〔\[［（(【]\s*((?:19|20)\d\d)\s*年?[〕\]］）)】]\s*第?\s*\d{1,5}\s*号"
)
DISCLOSURE = re.compile(r"主动公开|依申请公开|不予公开|免予公开|不公开|公开发布")
_DISCLOSURE_LINE = re.compile(r"[（(]?\s*(?:此件|信息公开|公开(?:方式|属性|类型|形式|选项))")
# 中华人民共和国国务院令第707号, on one line or on two
DECREE = re.compile(r"([\u4e00-\u9fff\s]{2,30})(?<!命)令\s*(?:[（(]?第?\s*[\d〇○零一二三四五六七八九十百\s]+号[）)]?)?")
_DECREE_NUMBER = re.compile(r"[（(]?第\s*[\d〇○零一二三四五六七八九十百]+\s*号[）)]?")
_BANNER = re.compile(r"[\u4e00-\u9fff（）()]{4,40}文件")
# 某局公告, 2023年第5号: what is announced is entitled below
_ANNOUNCES = re.compile(r"[\u4e00-\u9fff（）()、\s]{3,40}(?:局|委|办|室|厅|部|府|会|院|署)(?:公告|通告)")
SERIAL = re.compile(r"[（(]?(?:(?:19|20)\d\d\s*年\s*)?第\s*\d{1,4}\s*号[）)]?")
_FIRST_LINES = 6  # in which the banner and the number of a decree stand
_MAX_ADDRESSEE = 200  # code points; a letter to many units lists them all
_DATE_LINE = re.compile(rf"(?:{DATE.pattern})\s*(?:印发|印制)?")
_ATTACHMENT_LIST = re.compile(r"附\s*件\s*(?:\d{0,2}\s*[:：]|\d{1,2}\s*[.．、])")
ATTACHMENT_LABEL = re.compile(r"附\s*(?:件|录|表)\s*([\d一二三四五六七八九十]{0,3})\s*[:：.．]?")
_RECEIVERS = re.compile(r"^各|人民政府|有关(?:部门|单位)|各单位|委员会")
_CONTACT = re.compile(r"联系人|联系电话|联\s?系\s?方式")
UNIT_LINE = re.compile(
    r"[\u4e00-\u9fff（）()、\s]{2,40}(?:局|委|办|室|厅|部|府|会|院|处|站|中心|公司|集团|组|署|行|队|所|馆|社|台|团|校|大学)"
)
SIGNED = re.compile(rf"({UNIT_LINE.pattern})\s*(?:{DATE.pattern})")  # issuer and date on one line
_IN_BRACKETS_WHOLLY = re.compile(r"[（(][^（()）]*[）)]")
_NO_ADDRESSEE = re.compile(r"(?:为|根据|按照|依据|遵照|现|经|自|近|从|在|由|我)")


def classify(lines: list[Line], rows: Collection[int] = ()) -> dict[int, PassageKind]:
    """Which lines are head or foot, by index; the lines left out are the body.

    :param rows: indexes of lines that are table rows
    """
    kinds: dict[int, PassageKind] = {}
    for index, line in enumerate(lines):
        if index in rows:
            kind: PassageKind | None = "metadata" if is_metadata(line.text, index) else None
        else:
            kind = _kind_of(line.text, index)
            if index and kind is None and _numbers_announcement(lines, index):
                kinds[index - 1], kind = "banner", "document_number"
            if kind is None and index and _follows_decree(lines, kinds, index):
                kind = "document_number"
        if kind:
            kinds[index] = kind
    for index in contents(lines):
        kinds[index] = "contents"
    for index in _attachment_followers(lines, kinds):
        kinds[index] = "attachments"
    for index in range(len(lines) - 2, 0, -1):
        signs = kinds.get(index + 1) == "signature" and index not in kinds and index not in rows
        if signs and UNIT_LINE.fullmatch(lines[index].text) and not read_number(lines[index].text):
            kinds[index] = "signature"
    _entitle(lines, kinds, rows)
    return kinds


def _entitle(lines: list[Line], kinds: dict[int, PassageKind], rows: Collection[int]) -> None:
    """Enter the titles among the kinds; an issuer alone above its number is a banner."""
    titles = dict.fromkeys(_titles(lines, kinds, rows))
    last = max((i for i in range(len(lines)) if i not in kinds and i not in titles), default=len(lines))
    first = next(iter(titles), None)
    for index in titles:
        if index < last or index == first:  # behind the last line of the body nothing is entitled
            kinds[index] = "title"
    if first is not None and kinds.get(first + 1) == "document_number" and UNIT_LINE.fullmatch(lines[first].text):
        below = (i for i in titles if i > first)
        if next(below, len(lines)) <= first + _FIRST_LINES:
            kinds[first] = "banner"


def _kind_of(text: str, index: int) -> PassageKind | None:
    if len(text) > 160:
        return None
    if ("号" in text and DOCUMENT_NUMBER.fullmatch(text)) or (index < _FIRST_LINES and DECREE.fullmatch(text)):
        return "document_number"
    if index < _FIRST_LINES and _BANNER.fullmatch(text) and "关于" not in text:
        return "banner"
    if is_metadata(text, index):
        return "metadata"
    if len(text) <= 60 and "公开" in text and DISCLOSURE.search(text) and _DISCLOSURE_LINE.match(text):
        return "disclosure"
    if _DATE_LINE.fullmatch(text) or SIGNED.fullmatch(text):
        return "signature"
    if text[0] == "附" and (_ATTACHMENT_LIST.match(text) or ATTACHMENT_LABEL.fullmatch(text)):
        return "attachments"
    if (
        "联" in text
        and _CONTACT.search(text)
        and not read_number(text)
        and ("（" in text or "：" in text or ":" in text)
    ):
        return "contact"
    return None


def _numbers_announcement(lines: list[Line], index: int) -> bool:
    return (
        index <= _FIRST_LINES
        and bool(SERIAL.fullmatch(lines[index].text))
        and bool(_ANNOUNCES.fullmatch(lines[index - 1].text))
    )


def _follows_decree(lines: list[Line], kinds: dict[int, PassageKind], index: int) -> bool:
    """Whether a line is the number of the decree whose name stands on the line above."""
    above = lines[index - 1].text
    return (
        kinds.get(index - 1) == "document_number"
        and above.endswith("令")
        and bool(_DECREE_NUMBER.fullmatch(lines[index].text))
    )


def _attachment_followers(lines: list[Line], kinds: dict[int, PassageKind]) -> Iterator[int]:
    """Lines that go on with a list ``附件：1.…`` begun above."""
    for index, kind in sorted(kinds.items()):
        if kind != "attachments" or not _ATTACHMENT_LIST.match(lines[index].text):
            continue
        following = index + 1
        while following < len(lines) and following not in kinds and _attachment_number(lines[following].text):
            yield following
            following += 1


def _attachment_number(text: str) -> bool:
    return len(text) <= 60 and not ends_sentence(text) and bool(re.match(r"[\d０-９]{1,2}\s*[.．、]", text))


def _titles(lines: list[Line], kinds: dict[int, PassageKind], rows: Collection[int]) -> Iterator[int]:
    """Title lines: at the head, and again where a plan is printed behind the letter that issues it."""
    open_title = True
    for index, line in enumerate(lines):
        kind = kinds.get(index)
        if index in rows:
            continue
        if kind == "metadata":
            continue
        if kind in ("banner", "document_number", "signature", "disclosure"):
            open_title = True
        elif kind is not None:
            open_title = open_title or bool(ATTACHMENT_LABEL.fullmatch(line.text))
        elif open_title and _IN_BRACKETS_WHOLLY.fullmatch(line.text) and kinds.get(index - 1) != "title":
            continue  # （本文有删减）
        elif open_title and read_decimal_top(line.text):
            open_title = False
        elif open_title and _addressee(line.text) and (index or _RECEIVERS.search(line.text)):
            kinds[index] = "addressee"
            open_title = False
        elif (open_title and not read_number(line.text) and heading_like(line.text.replace("\n", "")[:200])) or (
            open_title and not read_number(line.text) and len(line.text) <= 90 and line.text.endswith("通知")
        ):
            yield index
        else:
            open_title = False


def _addressee(text: str) -> bool:
    if text[-1] not in "：:" or len(text) > _MAX_ADDRESSEE or "。" in text or _NO_ADDRESSEE.match(text):
        return False
    return not re.search(r"如下|通知[:：]", text)
