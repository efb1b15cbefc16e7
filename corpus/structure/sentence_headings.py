"""Numbered lines that are headings though they end with a full stop: （一）指导思想。"""

from __future__ import annotations

import re
from collections.abc import Mapping

from corpus.structure.lines import Line, ends_sentence
from corpus.structure.numbering import read_number
from corpus.structure.repair import MAX_HEADING, Mark, heading_like
from corpus.structure.tables import TableRow
from corpus.types import PassageKind

_SHORT = 14  # code points of a numbered line that is a heading wherever a paragraph follows: （二）基本原则。
_SHORT_NAME = 20  # the same where it names and does not order: 第六条　登记部门工作要求。
_ORDERS = re.compile(r"应当|不得|必须|可以|可|须|负责|按照|根据|依照|适用|实行|由|自|为|是|有|不")
_MIN_PROSE = 40  # code points of a paragraph that a heading may stand above
_BRIEF = 24  # the same beside a heading of the same list that stands above such a paragraph
_LABELLED = re.compile(r"[（(]?[\u4e00-\u9fff]{2,8}[：:]")  # 责任单位：… says something of the line above


def sentence_headings(
    lines: list[Line], kinds: dict[int, PassageKind], marks: list[Mark], rows: Mapping[int, TableRow]
) -> frozenset[int]:
    """Short numbered sentences that stand above a paragraph each, as headings do: （一）指导思想。

    Told by the list: most of its members have a long paragraph without a number right below, or are headings without
    a full stop.
    """
    numbered = {mark.index for mark in marks}
    found: set[int] = set()
    for family in {mark.family for mark in marks}:
        own = [mark for mark in marks if mark.family == family]
        above = [mark.index for mark in own if _tops_paragraph(mark, lines, kinds, numbered, rows)]
        found.update(i for i in above if _names(lines[i].text))
        plain = sum(
            mark.number is not None and heading_like(lines[mark.index].text[mark.number.width :]) for mark in own
        )
        if len(own) > 2 and plain * 2 > len(own):
            found.update(above)
        near = set(above)
        for before, mark, after in zip([None, *own], own, [*own[1:], None], strict=False):
            beside = any(m and abs(m.value - mark.value) == 1 and m.index in near for m in (before, after))
            if beside and _tops_paragraph(mark, lines, kinds, numbered, rows, _BRIEF):
                above.append(mark.index)
        if len(above) > 1 and len(above) * 2 >= sum(len(lines[mark.index].text) <= MAX_HEADING for mark in own):
            found.update(above)
    return frozenset(found)


def _names(text: str) -> bool:
    """Whether a short sentence with its number reads as a heading by itself."""
    number = read_number(text)
    plain = text[number.width :] if number else text
    named = len(plain) <= _SHORT_NAME and not _ORDERS.search(plain)
    return (len(text) <= _SHORT or named) and not re.search("[，,]", text)


def _tops_paragraph(
    mark: Mark,
    lines: list[Line],
    kinds: dict[int, PassageKind],
    numbered: set[int],
    rows: Mapping[int, TableRow],
    prose_from: int = _MIN_PROSE,
) -> bool:
    below = mark.index + 1
    if mark.number is None or below >= len(lines) or below in kinds or below in numbered or below in rows:
        return False
    text = lines[mark.index].text[mark.number.width :]
    short = 0 < len(text) <= MAX_HEADING and text[-1] in "。." and not re.search("[。；;]", text[:-1])
    paragraph = lines[below].text
    prose = len(paragraph) >= max(prose_from, 2 * len(text)) and ends_sentence(paragraph)
    return short and prose and not _LABELLED.match(paragraph)
