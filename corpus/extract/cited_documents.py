"""Documents that a text cites, and what a list of attachments names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.structure.head_lines import DOCUMENT_NUMBER
from corpus.types import FactKind

_TITLE = re.compile(r"《(?:[^《》]|《[^《》]*》){3,80}》")
# What may stand before a number without a bracket between them: 根据国发〔2018〕23号, 印发的国办发〔2019〕45号
_BEFORE_NUMBER = re.compile(
    r"^.*(?:根据|按照|依据|遵照|依照|参照|执行|落实|转发|印发|通知|文件|规定|办法|意见|结合|公司|集团|政府|办公[室厅]|[和与及的以对按见])(?=[\u4e00-\u9fff]{2})"
)
_NUMBERED = re.compile(r"\d\s*年?[〕\]］）)】]\s*第?\s*\d+\s*号")
_ATTACHED = re.compile(
    r"(?:^|\n)[^\S\n]*+(?:附\s*件\s*\d{0,2}\s*[:：.．、]?\s*)?(?:[（(]?\d{1,2}\s*[.．、）)]\s*)?(?P<name>[^\n]{4,90}?)\s*(?=\n|$|\s+\d{1,2}\s*[.．、])"
)
_ENDING = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|zip|rar)$")


def cited_in(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """Titles in 《》 and document numbers; the value of a number is without blanks."""
    for match in _TITLE.finditer(text):
        yield "reference", match.group(), *match.span()
    for match in DOCUMENT_NUMBER.finditer(text) if _NUMBERED.search(text) else ():
        before = _BEFORE_NUMBER.match(match.group())
        start = match.start() + (before.end() if before else 0)
        yield "reference", "".join(text[start : match.end()].split()), start, match.end()


def attached_in(text: str) -> Iterator[tuple[FactKind, str, int, int]]:
    """The names in a list of attachments, without number, 《》 and the ending of a file."""
    for match in _ATTACHED.finditer(text):
        name = _ENDING.sub("", match.group("name").strip())
        if name.startswith("《") and name.endswith("》") and name.count("《") == 1:
            name = name[1:-1]
        if not re.fullmatch(r"附\s*件\s*\d*\s*[:：]?", name):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield "attachment", name, start, match.end()
