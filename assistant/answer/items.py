"""An item as an answer shows it: its quotes, its units with their marks, its short name, the notice that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from assistant.answer.citing import CitationBook
from assistant.answer.shard import Entry
from assistant.answer.topic import Match
from assistant.answer.wording import english_unit, role_name, say
from assistant.types import Lang, TableRow
from corpus.structure.split import sentences
from corpus.types import Unit
from index.types import NoticeCard

_MAX_SPAN = 180
_MAX_ACTIVITY = 80  # code points of a cell
_ACTION = re.compile(
    r"(?:活动|行动|宣传|检查|培训|咨询|整治|治理|抽查|抽检|座谈|讲座|推广|服务|开放日|演练|大赛|展|评比|监测|监督|展示|宣讲|答疑|排查|会|日|周|月)[”’）)]?$"
)
_COLLECTIVE = re.compile(r"^(?:各|有关|相关|全市|全区)|(?:有关部门|各单位|各部门|成员单位)$")


@dataclass(frozen=True, slots=True)
class Item:
    """A passage that matched, with the units to answer for it."""

    match: Match
    units: tuple[Unit, ...]

    @property
    def entry(self) -> Entry:
        """The passage."""
        return self.match.entry

    @property
    def notice(self) -> NoticeCard:
        """The notice that it stands in."""
        return self.match.entry.stored.notice


@dataclass(frozen=True, slots=True)
class Shown:
    """An item put into words: its line, its short name, the numbers of its quotes and of its units' own citations."""

    item: Item
    line: str
    activity: str
    said: tuple[int, ...]
    marks: dict[Unit, int]

    def citations(self, unit: Unit) -> tuple[int, ...]:
        """What says that the unit does this."""
        return tuple(dict.fromkeys((*self.said, *([self.marks[unit]] if unit in self.marks else []))))


def in_order(items: Iterable[Item]) -> list[Item]:
    """Newest notice first, within a notice as printed."""
    return sorted(items, key=lambda i: (-(i.notice.year or 0), i.notice.notice_id, i.entry.stored.passage.start))


def by_notice(items: Iterable[Item]) -> Iterator[tuple[NoticeCard, list[Item]]]:
    """Items in order, notice by notice."""
    for _, group in groupby(in_order(items), key=lambda item: item.notice.notice_id):
        held = list(group)
        yield held[0].notice, held


def collective(unit: Unit) -> bool:
    """Whether a name stands for many units and is none itself: 各有关单位."""
    return bool(_COLLECTIVE.search(unit.name))


def show(book: CitationBook, item: Item, lang: Lang, whole: bool) -> Shown:
    """An item's line and citations.

    :param whole: quote the passage, where it is short or a list, not only what matches
    """
    stored = item.entry.stored
    spans = _spans(item.match, whole)
    said = [book.cite(stored, a, b) for a, b in spans]
    named = ((unit, book.cite_unit(stored, unit)) for unit in item.units if not _inside(unit, spans))
    marks = dict(named)
    quoted = "；".join(f"“{one_line(book.quote(n))}”[{n}]" for n in said)
    label = "、".join(unit_label(unit, lang) + (f"[{marks[unit]}]" if unit in marks else "") for unit in item.units)
    line = f"- {label}：{quoted}" if label else f"- {quoted}"
    return Shown(item, line, _activity(item, spans), tuple(said), marks)


def unit_rows(shown: Shown, lang: Lang) -> Iterator[TableRow]:
    """One row for each unit of an item; its columns are those of :func:`unit_columns`."""
    notice = shown.item.notice
    for unit in shown.item.units:
        cells = {
            "unit": unit.name,
            "role": role_name(unit.role, lang),
            "activity": shown.activity,
            "notice": notice.title,
            "year": str(notice.year or ""),
        }
        if lang == "en":
            cells["unit_en"] = english_unit(unit.canonical)
        yield TableRow(cells, shown.citations(unit))


def unit_columns(lang: Lang) -> tuple[str, ...]:
    """Columns of a table of units and their items."""
    return ("unit", *(("unit_en",) if lang == "en" else ()), "role", "activity", "notice", "year")


def notice_line(notice: NoticeCard, lang: Lang) -> str:
    """The year and title that stand above a notice's items."""
    if notice.year:
        return say("year", lang, year=notice.year, title=notice.title)
    return say("no_year", lang, title=notice.title)


def unit_label(unit: Unit, lang: Lang) -> str:
    """A unit's printed name, with its English one in an English answer."""
    english = english_unit(unit.canonical) if lang == "en" else ""
    return f"{unit.name} ({english})" if english else unit.name


def one_line(text: str) -> str:
    """A quote without its line breaks, for a line of an answer."""
    return re.sub(r"\s*\n\s*", "", text) if "\n" in text else text


def _inside(unit: Unit, spans: list[tuple[int, int]]) -> bool:
    return any(a <= unit.start and unit.end <= b for a, b in spans)


def _spans(match: Match, whole: bool) -> list[tuple[int, int]]:
    """What to quote of a passage: its first sentence, joined with the sentences that match; of a list, the parts."""
    entry = match.entry
    passage = entry.stored.passage
    if whole and (passage.kind == "paragraph" or len(passage.text) <= _MAX_SPAN // 2 or not entry.segments):
        return [(passage.start, passage.end)]
    lead = entry.segments[0] if entry.segments else None
    if not match.segments:  # the first sentence whole, not the first part of its list
        first = next(sentences(passage.text), (0, len(passage.text)))
        return [(passage.start + first[0], passage.start + first[1])]
    if lead is None or passage.kind != "item":
        return [(s.start, _end_of_activity(entry, s.end)) for s in match.segments]
    last = max(s.end for s in match.segments)
    if last - lead.start <= _MAX_SPAN:
        return [(lead.start, max(last, lead.end))]
    rest = [(s.start, s.end) for s in match.segments if s.start >= lead.end]
    return [(lead.start, lead.end), *rest]


def _end_of_activity(entry: Entry, end: int) -> int:
    """Where the activity ends that a part of a list begins: 电动自行车、儿童用品等产品质量安全宣传活动."""
    passage = entry.stored.passage
    if end >= passage.end or passage.text[end - passage.start] != "、":
        return end
    if _ACTION.search(passage.text[max(0, end - passage.start - 6) : end - passage.start]):
        return end
    stop = re.compile(r"[、，,；;。]").search(passage.text, end - passage.start + 1)
    return passage.start + stop.start() if stop else passage.end


def _activity(item: Item, spans: list[tuple[int, int]]) -> str:
    """A short name of the item: its first clause, or the parts of a list that match."""
    passage = item.entry.stored.passage
    text = passage.text[spans[0][0] - passage.start : spans[0][1] - passage.start]
    if passage.kind == "item":
        text = passage.text.removeprefix(passage.printed_number or "").lstrip("、.． 　")
        text = re.split(r"[。；;]", text)[0]
    text = one_line(text)
    return text if len(text) <= _MAX_ACTIVITY else text[: _MAX_ACTIVITY - 1] + "…"
