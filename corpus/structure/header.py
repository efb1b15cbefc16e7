"""The head and the foot of a notice: which lines they are, and what they say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from corpus.dates import DATE, iso_date
from corpus.places import find_region, region_level
from corpus.structure.lines import Line, ends_sentence
from corpus.structure.numbering import read_number
from corpus.structure.repair import heading_like
from corpus.types import Header, PassageKind

DOCUMENT_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{2,16}[〔\[［（(【]\s*((?:19|20)\d\d)\s*年?[〕\]］）)】]\s*第?\s*\d{1,5}\s*号"
)
DISCLOSURE = re.compile(r"主动公开|依申请公开|不予公开|免予公开|不公开|公开发布")
_DISCLOSURE_LINE = re.compile(r"[（(]?\s*(?:此件|信息公开|公开(?:方式|属性|类型|形式|选项))")
_BANNER = re.compile(r"[\u4e00-\u9fff（）()]{4,40}文件")
_DATE_LINE = re.compile(rf"(?:{DATE.pattern})\s*(?:印发|印制)?")
_ATTACHMENT_LIST = re.compile(r"附\s*件\s*[:：]")
ATTACHMENT_LABEL = re.compile(r"附\s*(?:件|录|表)\s*([\d一二三四五六七八九十]{0,3})\s*[:：]?")
_RECEIVERS = re.compile(r"^各|人民政府|有关(?:部门|单位)|各单位|委员会")
_CONTACT = re.compile(r"联系人|联系电话|联\s?系\s?方式")
_UNIT_LINE = re.compile(r"[\u4e00-\u9fff（）()、\s]{2,40}(?:局|委|办|室|厅|部|府|会|院|处|站|中心|公司|组|署|行|队)")
_TITLE_ISSUER = re.compile(r"([\u4e00-\u9fff（）()、\s]{2,40}?(?:局|委|办|室|厅|部|府|会|院|处|组|署))\s*关于")
_TITLE_YEAR = re.compile(r"((?:19|20)\d\d)(?:\s*[—–-]\s*20\d\d)?\s*(?:年|[〕\]）)])")


def classify(lines: list[Line], rows: Collection[int] = ()) -> dict[int, PassageKind]:
    """Which lines are head or foot, by index; the lines left out are the body.

    :param rows: indexes of lines that are table rows
    """
    kinds: dict[int, PassageKind] = {}
    for index, line in enumerate(lines):
        kind = None if index in rows else _kind_of(line.text, index)
        if kind:
            kinds[index] = kind
    for index in _attachment_followers(lines, kinds):
        kinds[index] = "attachments"
    for index in range(len(lines) - 1):
        signs = kinds.get(index + 1) == "signature" and index not in kinds and index not in rows
        if signs and index and _UNIT_LINE.fullmatch(lines[index].text):
            kinds[index] = "signature"
    for index in _titles(lines, kinds, rows):
        kinds[index] = "title"
    return kinds


def _kind_of(text: str, index: int) -> PassageKind | None:
    if len(text) > 160:
        return None
    if DOCUMENT_NUMBER.fullmatch(text):
        return "document_number"
    if index < 6 and _BANNER.fullmatch(text):
        return "banner"
    if len(text) <= 60 and DISCLOSURE.search(text) and _DISCLOSURE_LINE.match(text):
        return "disclosure"
    if _DATE_LINE.fullmatch(text):
        return "signature"
    if _ATTACHMENT_LIST.match(text) or ATTACHMENT_LABEL.fullmatch(text):
        return "attachments"
    if _CONTACT.search(text) and not read_number(text) and ("（" in text or "：" in text or ":" in text):
        return "contact"
    return None


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
        if kind in ("banner", "document_number", "signature", "disclosure"):
            open_title = True
        elif kind is not None:
            open_title = open_title or bool(ATTACHMENT_LABEL.fullmatch(line.text))
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
    return text[-1] in "：:" and len(text) <= 120 and "。" not in text and not re.search(r"如下|通知[:：]", text)


def read_header(
    lines: list[Line], kinds: dict[int, PassageKind], region_hint: str | None = None, name: str = ""
) -> Header:
    """Header fields from the classified lines.

    :param region_hint: the region that holds where the notice itself names none
    :param name: the file's name, which serves as the title of a notice that prints none
    """
    text_of = {kind: [lines[i].text for i in sorted(kinds) if kinds[i] == kind] for kind in set(kinds.values())}
    title = _title(lines, kinds) or name or (lines[0].text[:60] if lines else "")
    number = next(iter(text_of.get("document_number", [])), None)
    issued_on = next((d for t in text_of.get("signature", []) if (d := iso_date(t))), None)
    disclosure = next((m.group() for t in text_of.get("disclosure", []) if (m := DISCLOSURE.search(t))), None)
    issuer = _issuer(text_of, title)
    region = (
        find_region([title, issuer or "", *text_of.get("banner", []), *text_of.get("signature", [])]) or region_hint
    )
    if region is None:
        region = find_region(["".join(line.text for line in lines)])
    return Header(
        title=title,
        document_number=re.sub(r"\s+", "", number) if number else None,
        issuer=issuer,
        region=region,
        level=region_level(region, issuer or title),
        year=_year(title, number, issued_on),
        issued_on=issued_on,
        disclosure=disclosure,
    )


def _title(lines: list[Line], kinds: dict[int, PassageKind]) -> str:
    indexes = [i for i in sorted(kinds) if kinds[i] == "title"]
    first = [i for n, i in enumerate(indexes) if i - indexes[0] == n]
    title = "".join(lines[i].text for i in first)
    return re.sub(r"\s*\n\s*", "", title)


def _issuer(text_of: dict[PassageKind, list[str]], title: str) -> str | None:
    for banner in text_of.get("banner", []):
        return banner.removesuffix("文件")
    for signature in text_of.get("signature", []):
        if not iso_date(signature):
            return re.sub(r"\s+", "", signature)
    match = _TITLE_ISSUER.match(title)
    return match.group(1) if match else None


def _year(title: str, number: str | None, issued_on: str | None) -> int | None:
    for text in (title, number or ""):
        match = _TITLE_YEAR.search(text)
        if match:
            return int(match.group(1))
    return int(issued_on[:4]) if issued_on else None
