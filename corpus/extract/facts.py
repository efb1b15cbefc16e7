"""Facts with their spans: deadlines, dates, themes, contacts, places, amounts, targets, photos, references, reporting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.extract.cited_documents import attached_in, cited_in
from corpus.extract.contacts import contacts_in
from corpus.extract.deadlines import stated_times
from corpus.extract.quantities import amounts_in, targets_in
from corpus.types import Fact, FactKind, Passage

_THEMES = (
    re.compile(r"主题(?:为|是)\s*[:：]?\s*[“\"「]([^”\"」]{4,60})[”\"」]"),
    re.compile(r"以\s*[“\"「]([^”\"」]{4,60})[”\"」]\s*为主题"),
    re.compile(r"《([^《》]{4,60})》\s*(?:为)?主题(?:培训|讲座|报告|演讲|展览|活动)"),
)
_THEMED = re.compile(r".{0,8}主题\s*[:：]?")  # a heading above a theme
_HELD = re.compile(r"在([\u4e00-\u9fffA-Za-z0-9]{2,24}?)(?:举办|举行|召开)")
_AT = re.compile(r"(?:地\s*点|场地|会场|地\s*址)\s*[:：]\s*([^，。；;\n\t]{2,40})")
_GATHER = re.compile(r"(?:到|赴|前往)([\u4e00-\u9fffA-Za-z0-9]{3,24}?)(?:报到|集合|签到)")
_NO_PLACE = re.compile(r"http|网站|\d\s*[日月年]$|期间|范围|批准|安排|会议$|[:：]$|基础上|同时|时间")
_PHOTO = re.compile(r"[^（）()，。]{0,12}JPG格式[^）)。]*照片[^）)。]*")
_REPORTING = re.compile(
    r"(?:报送|上报|报(?!到[时后的处须])|反馈|提交|发送)(?:至|到|给)\s*([^，。；;、]{2,40}?)(?=[（(，。；;、\n]|$)"
)
# Each pattern with words one of which it needs: most passages hold none of them.
_SIMPLE: tuple[tuple[FactKind, re.Pattern[str], tuple[str, ...]], ...] = (
    ("place", _HELD, ("举办", "举行", "召开")),
    ("place", _AT, ("点", "场地", "会场", "址")),
    ("place", _GATHER, ("报到", "集合", "签到")),
    ("photo", _PHOTO, ("JPG",)),
    ("reporting", _REPORTING, ("报", "反馈", "提交", "发送")),
)


def facts_of(passage: Passage, year: int | None, issued_on: str | None = None) -> Iterator[Fact]:
    """Facts stated in one passage; values normalised, quotes verbatim.

    :param year: the notice's year, for dates printed without one
    :param issued_on: ISO date of the notice, from which terms run (自印发之日起30日内)
    """
    text = passage.text
    for kind, value, start, end in _stated(passage, text, year, issued_on):
        while start < end and text[start].isspace():
            start += 1
        yield Fact(kind, value, text[start:end], passage.start + start, passage.start + end, passage.passage_id)


def _stated(
    passage: Passage, text: str, year: int | None, issued_on: str | None
) -> Iterator[tuple[FactKind, str, int, int]]:
    """Kind, value and the span in the passage's text."""
    yield from stated_times(text, year, issued_on, days=passage.kind not in ("title", "document_number"))
    for pattern in _THEMES if "主题" in text else ():
        for match in pattern.finditer(text):
            yield "theme", match.group(1), *match.span()
    if passage.section_path and _THEMED.fullmatch(passage.section_path[-1]) and len(text) <= 60:
        yield "theme", text, 0, len(text)
    yield from contacts_in(text)
    for kind, pattern, words in _SIMPLE:
        for word in words:
            if word in text:
                break
        else:
            continue
        for match in pattern.finditer(text):
            value = match.group(1) if pattern.groups else match.group()
            if kind != "place" or not _NO_PLACE.search(value):
                yield kind, value.strip("（( \u3000\xa0"), *match.span()
    yield from amounts_in(text)
    yield from targets_in(text)
    if passage.kind == "attachments":
        yield from attached_in(text)
    elif passage.kind in ("item", "paragraph", "preamble"):
        yield from cited_in(text)
