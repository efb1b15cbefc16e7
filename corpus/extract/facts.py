"""Facts with their spans: deadlines, dates, themes, contacts, places, amounts, targets, photos, references, reporting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.dates import iso_date
from corpus.types import Fact, FactKind, Passage

_DAY = r"(?:(?:19|20)\d\d\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日"
_MONTH = r"(?:19|20)\d\d\s*年(?:\s*\d{1,2}\s*月)?"
_DEADLINE = re.compile(
    rf"(?:于|截至|截止到?|请在|最迟|务必|须在|应在|在)?\s*({_DAY}|{_MONTH})(?:（[^）]{{1,8}}）|\([^)]{{1,8}}\))?\s*(?:\d{{1,2}}[:：点时]\d{{0,2}}|下午|上午|下班|底|末)?\s*(?:之?前|以前|截止)"
)
_DATE = re.compile(rf"{_DAY}")
_THEME = re.compile(r"主题(?:为|是)\s*[:：]?\s*[“\"「]([^”\"」]{4,60})[”\"」]")
_CONTACTS = (
    ("联系人", re.compile(r"联系人\s*[:：]\s*([\u4e00-\u9fff]{2,4}(?:[、，,\s]+[\u4e00-\u9fff]{2,4})*)")),
    ("电话", re.compile(r"(?:联系电话|联系方式|咨询电话|电话)\s*[:：]\s*([\d\-—－（）()、，,\s]{7,40}\d)")),
    ("传真", re.compile(r"传\s*真\s*[:：]\s*([\d\-—－（）()]{7,20})")),
    ("邮箱", re.compile(r"(?<![A-Za-z0-9_.+-])([A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")),
    ("网址", re.compile(r"(https?://[A-Za-z0-9./_?=&%#:~-]+)")),
)
_PLACE = re.compile(r"在([\u4e00-\u9fffA-Za-z0-9]{2,24}?)(?:举办|举行|召开)")
_AMOUNT = re.compile(r"\d[\d,.]*\s*(?:万|亿|百|千)?元")
_TARGET = re.compile(
    r"(?:达到|不低于|不少于|不得低于|提高到|提升至|降至|控制在)\s*\d[\d.]*\s*(?:%|％|个百分点|家|个|项|人|亿元|万元|以上)?"
)
_PHOTO = re.compile(r"[^（）()，。]{0,12}JPG格式[^）)。]*照片[^）)。]*")
_REFERENCE = re.compile(r"《[^《》]{3,60}》|[\u4e00-\u9fff]{2,10}[〔\[]\d{4}[〕\]]\s*\d+\s*号")
_REPORTING = re.compile(r"(?:报送|上报|报|反馈|提交|发送)(?:至|到|给)\s*([^，。；;、]{2,40}?)(?=[（(，。；;、\n]|$)")

_ATTACHED = re.compile(r"(?:^|\n|[:：])\s*(?:附件[:：]\s*)?(?:\d{1,2}\s*[.．、]\s*)?([^\n：:]{4,60})(?=\n|$)")
_SIMPLE: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    ("place", _PLACE),
    ("amount", _AMOUNT),
    ("target", _TARGET),
    ("photo", _PHOTO),
    ("reporting", _REPORTING),
)


def facts_of(passage: Passage, year: int | None) -> Iterator[Fact]:
    """Facts stated in one passage; values normalised, quotes verbatim.

    :param year: the notice's year, for dates printed without one
    """
    yield from _dates(passage, year)
    yield from _themes(passage)
    for label, pattern in _CONTACTS:
        for match in pattern.finditer(passage.text):
            yield _fact(passage, "contact", f"{label}：{match.group(1).strip()}", match)
    for kind, pattern in _SIMPLE:
        for match in pattern.finditer(passage.text):
            value = match.group(1) if pattern.groups else match.group()
            yield _fact(passage, kind, value.strip("（("), match)
    if passage.kind == "attachments":
        for match in _ATTACHED.finditer(passage.text):
            yield _fact(passage, "attachment", match.group(1).strip(), match)
    elif passage.kind in ("item", "paragraph", "preamble"):
        for match in _REFERENCE.finditer(passage.text):
            yield _fact(passage, "reference", match.group(), match)


def _dates(passage: Passage, year: int | None) -> Iterator[Fact]:
    patterns: list[tuple[FactKind, re.Pattern[str]]] = [("deadline", _DEADLINE)]
    if passage.kind not in ("title", "document_number"):
        patterns.append(("date", _DATE))
    for kind, pattern in patterns:
        for match in pattern.finditer(passage.text):
            value = iso_date(match.group(), year)
            if value:
                yield _fact(passage, kind, value, match)


def _themes(passage: Passage) -> Iterator[Fact]:
    for match in _THEME.finditer(passage.text):
        yield _fact(passage, "theme", match.group(1), match)
    if (
        passage.section_path
        and re.fullmatch(r".{0,8}主题\s*[:：]?", passage.section_path[-1])
        and len(passage.text) <= 60
    ):
        yield Fact("theme", passage.text, passage.text, passage.start, passage.end, passage.passage_id)


def _fact(passage: Passage, kind: FactKind, value: str, match: re.Match[str]) -> Fact:
    start, end = match.span()
    while start < end and passage.text[start].isspace():
        start += 1
    return Fact(kind, value, passage.text[start:end], passage.start + start, passage.start + end, passage.passage_id)
