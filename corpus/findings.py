"""What is wrong or unusual in a document itself: each finding has a place and says what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.structure.header import ATTACHMENT_LABEL
from corpus.structure.lines import Line
from corpus.structure.repair import Gap, Mark
from corpus.types import Finding, Header, Passage, PassageKind, Unit

_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_FAMILY_NAME = {
    "decimal": "1", "decimal2": "1.1", "decimal3": "1.1.1", "decimal4": "1.1.1.1", "chapter": "第…章", "part": "第…部分", "article": "第…条", "han": "一、", "han_paren": "（一）",
    "arabic": "1.", "arabic_paren": "（1）", "circled": "①",
}  # fmt: skip


def find(
    text: str, lines: list[Line], kinds: dict[int, PassageKind], marks: list[Mark], gaps: list[Gap],
    header: Header, passages: tuple[Passage, ...],
) -> tuple[Finding, ...]:  # fmt: skip
    """Findings of one notice, in the order of their places."""
    found = [
        *_numbering(lines, marks, gaps),
        *_dates(lines, kinds, header),
        *_units(passages),
        *unit_names(passages),
        *_hidden(text),
    ]
    if lines and ATTACHMENT_LABEL.fullmatch(lines[0].text) and header.document_number is None:
        found.append(
            Finding(
                "attachment_only",
                "这是一份单独的附件，没有文号和发文机关 (an attachment on its own)",
                lines[0].start,
                lines[0].end,
            )
        )
    return tuple(sorted(found, key=lambda f: (f.start, f.code)))


def _numbering(lines: list[Line], marks: list[Mark], gaps: list[Gap]) -> Iterator[Finding]:
    for mark in marks:
        if not mark.repaired:
            continue
        line = lines[mark.index]
        family = _FAMILY_NAME[mark.family]
        if mark.number is None:
            message = f"标题缺少编号，按顺序应为“{family}”类第{mark.value}项 (heading without a number)"
            yield Finding("number_missing", message, line.start, line.end)
        else:
            message = f"编号“{mark.number.printed}”与前后不一致，按顺序应为“{family}”类第{mark.value}项 (number out of sequence)"
            yield Finding("numbering_repaired", message, line.start, line.start + len(mark.number.printed))
    for gap in gaps:
        line = lines[gap.before]
        message = f"此处之前缺少“{_FAMILY_NAME[gap.family]}”类第{gap.value}项 (an item seems to be missing)"
        yield Finding("numbering_gap", message, line.start, min(line.end, line.start + 12))


def _dates(lines: list[Line], kinds: dict[int, PassageKind], header: Header) -> Iterator[Finding]:
    if not header.issued_on or not header.year:
        return
    for index, kind in kinds.items():
        line = lines[index]
        match = re.search(r"(\d{4})\s*年", line.text) if kind == "signature" else None
        signed = int(match.group(1)) if match else header.year
        if signed < header.year - 1 or signed > header.year + 1:
            message = f"落款日期“{line.text}”与文件年份{header.year}年不符 (signature date contradicts the year {header.year})"
            yield Finding("date_conflict", message, line.start, line.end)


def _units(passages: tuple[Passage, ...]) -> Iterator[Finding]:
    """Items without a unit in a list where nearly all others have one."""
    lists: dict[str, list[Passage]] = {}
    for passage in passages:
        if passage.kind == "item" and passage.number:
            lists.setdefault(passage.number.split(".")[0], []).append(passage)
    for items in lists.values():
        bare = [p for p in items if not p.units]
        if len(items) >= 5 and 0 < len(bare) <= len(items) // 5:
            for passage in bare:
                yield Finding(
                    "unit_missing",
                    "同一清单中其他条目都有责任单位，此条没有 (no responsible unit)",
                    passage.start,
                    passage.end,
                )


def unit_names(passages: tuple[Passage, ...]) -> Iterator[Finding]:
    """One unit under two names, or a name with a character twice (市供销社社)."""
    first: dict[str, Unit] = {}
    for unit in (unit for passage in passages for unit in passage.units):
        if len(unit.name) > 3 and unit.name[-1] == unit.name[-2] and not unit.canonical.endswith(unit.name[-2:]):
            yield Finding("unit_name_slip", f"单位名称“{unit.name}”疑有重字 (a character twice)", unit.start, unit.end)
        known = first.setdefault(unit.canonical, unit)
        if known.name != unit.name:
            message = f"同一单位有两种写法：“{known.name}”和“{unit.name}” (two names for one unit)"
            yield Finding("unit_name_varies", message, unit.start, unit.end)
            first[unit.canonical] = unit


def _hidden(text: str) -> Iterator[Finding]:
    match = _HIDDEN.search(text, 1)
    if match:
        yield Finding("hidden_text", "文中有不可见字符 (invisible characters)", match.start(), match.end())
