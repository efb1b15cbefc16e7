"""How many: a number that a notice states itself, else what the notices list, counted with the list cited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from assistant.answer.citing import CitationBook
from assistant.answer.intent import Intent
from assistant.answer.items import Item, by_notice, collective, notice_line, show, unit_label
from assistant.answer.lookup import lookup_answer
from assistant.answer.reach import covering
from assistant.answer.scope import Scope, notice_admits
from assistant.answer.sets import MATCHES, items_of_units, items_with_units, matching_items
from assistant.answer.shard import Entry
from assistant.answer.topic import Matcher
from assistant.answer.view import View
from assistant.answer.wording import english_unit, say
from assistant.types import Answer, Coverage, Table, TableRow
from corpus.structure.split import sentences
from corpus.types import Unit
from index.fold import fold_aligned
from index.types import NoticeCard, Retriever

_NUMBER = r"[\d一二三四五六七八九十百千两]+\s*(?:余|多)?\s*"
_STATED = {
    "units": re.compile(_NUMBER + r"(?:个|家)[^，,。；;、]{0,10}?(?:单位|部门|科室|处室|机构|区县|区|街道|企业)"),
    "items": re.compile(
        _NUMBER + r"(?:项|个|场|件)[^，,。；;、]{0,10}?(?:活动|工作|任务|措施|事项)|(?:活动|任务|措施)" + _NUMBER + "项"
    ),
}
_CLASS = re.compile(
    r"^(?:大?中?小?学校|社区|街道|乡镇|企业|医院|院校|高校|家庭|机构|商户|市场|园区|景区|村居?|幼儿园|协会|商会)$|部门$|单位$"
)
# Sections that say how, not what: what stands below them is no activity.
_HOW = re.compile(
    r"要求|保障|组织领导|组织实施|工作机制|附则|总则|原则|目标|主题|背景|意义|思想|说明|时间安排|步骤|联系方式"
)


def count_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """The number of units, items or notices asked for. None where there is nothing to count."""
    wanted = intent.counted or ("items" if intent.units else "units")
    if wanted == "notices":
        return _notices(store, intent, scope)
    counted = _units(store, view, intent, scope) if wanted == "units" else _items(store, view, intent, scope)
    if counted is not None and not intent.years and len({c.notice_id for c in counted.citations}) > 1:
        return counted  # a number that one notice states is not that of several
    return _stated(store, intent, scope, wanted) or counted


def _stated(store: Retriever, intent: Intent, scope: Scope, wanted: str) -> Answer | None:
    """29个部门, 71项活动: what a notice says of itself. A unit's share is no such number."""
    if intent.units:
        return None
    answer = lookup_answer(store, intent, scope)
    if answer is None or not any(_STATED[wanted].search(fold_aligned(c.quote)) for c in answer.citations):
        return None
    notices = {notice.notice_id: notice for notice in scope.notices}
    own = all(notice_admits(intent.places, notices[c.notice_id]) for c in answer.citations if c.notice_id in notices)
    return replace(answer, kind="count") if own else None


def _units(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """Each unit once, by its canonical name, with every item that names it."""
    every = items_with_units(matching_items(view, intent, scope), intent)
    left_out = list(dict.fromkeys(u.name for item in every for u in item.units if _many(u)))
    items = [replace(item, units=tuple(u for u in item.units if not _many(u))) for item in every]
    items = [item for item in items if item.units]
    if not items:
        return None
    lang = intent.lang
    book = CitationBook(store)
    names = {unit.canonical for item in items for unit in item.units}
    lines = [say("count_units", lang, units=len(names), items=len(items), **_over(scope))]
    first: dict[str, Unit] = {}
    cited: dict[str, dict[int, None]] = {}
    held: dict[str, list[Item]] = {}
    for notice, group in by_notice(items):
        here: dict[str, str] = {}
        for item in group:
            shown = show(book, item, lang, whole=False)
            for unit in item.units:
                numbers = shown.citations(unit)
                here.setdefault(unit.canonical, f"{unit_label(unit, lang)}[{numbers[-1]}]")
                first.setdefault(unit.canonical, unit)
                cited.setdefault(unit.canonical, {}).update(dict.fromkeys(numbers))
                held.setdefault(unit.canonical, []).append(item)
        where = notice_line(notice, lang)
        lines.append(say("count_under_units", lang, where=where, units=len(here)))
        lines.append("- " + "、".join(here.values()))
    if left_out:
        lines.append(say("count_collectives", lang, names="、".join(left_out)))
    rows = []
    for name, unit in first.items():
        cells = {
            "unit": unit.name,
            **({"unit_en": english_unit(name)} if lang == "en" else {}),
            "count": str(len(held[name])),
            "notice": "；".join(dict.fromkeys(item.notice.title for item in held[name])),
            "year": "、".join(dict.fromkeys(str(item.notice.year or "") for item in held[name])),
        }
        rows.append(TableRow(cells, tuple(cited[name])))
    columns = ("unit", *(("unit_en",) if lang == "en" else ()), "count", "notice", "year")
    return _answer(intent, scope, lines, book, Table(columns, tuple(rows)), len(items))


def _many(unit: Unit) -> bool:
    """Whether a name is no single unit: 各单位, 学校, 公共交通部门."""
    return collective(unit) or (unit.level == "unknown" and bool(_CLASS.search(unit.name)))


def _items(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """Items of the asked units or places, or all that the notices list; by notice and section."""
    if intent.units or (intent.places and not _own_notices(intent, scope)):
        items = items_of_units(view, intent, scope)
    else:
        lists = _Lists(scope, intent)
        items = [i for i in items_of_units(view, intent, scope) if lists.hold(i.entry)]
        if not items:  # items that name no unit count, too
            items = [Item(m, ()) for m in matching_items(view, intent, scope) if lists.hold(m.entry)]
    if not items:
        return None
    lang = intent.lang
    book = CitationBook(store)
    groups = list(by_notice(items))
    numbered = any(item.entry.stored.passage.kind == "item" for item in items)
    head = "count_by_notice" if len(groups) > 1 else "count_items" if numbered else "count_passages"
    lines = [say(head, lang, items=len(items), **_over(scope))]
    rows = []
    for notice, group in groups:
        under = "count_under" if any(i.entry.stored.passage.kind == "item" for i in group) else "count_paragraphs"
        lines.append(say(under, lang, where=notice_line(notice, lang), items=len(group)))
        sections = Counter(item.entry.stored.passage.section_path[:1] for item in group)
        section: tuple[str, ...] | None = None
        for item in group:
            passage = item.entry.stored.passage
            if len(sections) > 1 and passage.section_path[:1] != section:
                section = passage.section_path[:1]
                prose = all(
                    i.entry.stored.passage.kind != "item"
                    for i in group
                    if i.entry.stored.passage.section_path[:1] == section
                )
                where = "".join(section) or notice.title
                lines.append(
                    say("count_paragraphs" if prose else "count_under", lang, where=where, items=sections[section])
                )
            shown = show(book, item, lang, whole=False)
            lines.append(shown.line)
            cells = {
                "number": passage.number or "",
                "activity": shown.activity,
                "units": "、".join(unit.name for unit in item.units),
                "section": " › ".join(passage.section_path),
                "notice": notice.title,
                "year": str(notice.year or ""),
            }
            rows.append(TableRow(cells, tuple(dict.fromkeys((*shown.said, *shown.marks.values())))))
    columns = ("number", "activity", "units", "section", "notice", "year")
    return _answer(intent, scope, lines, book, Table(columns, tuple(rows)), len(items))


def _own_notices(intent: Intent, scope: Scope) -> bool:
    """Whether a place has issued notices itself: all of their items are asked for."""
    columns = scope.entries.columns
    return not intent.places or bool((columns.counts(scope.entries.mask)[columns.in_regions(intent.places)] > 0).any())


class _Lists:
    """Which passages are items of a list of things to do: numbered, or paragraphs of a section that has no numbers."""

    def __init__(self, scope: Scope, intent: Intent) -> None:
        self._scope, self._intent = scope, intent
        self._numbered: dict[str, set[tuple[str, ...]]] = {}  # sections with numbers, by notice

    def hold(self, entry: Entry) -> bool:
        """Whether a passage is such an item."""
        passage, notice = entry.stored.passage, entry.stored.notice
        if not notice_admits(self._intent.places, notice) or any(_HOW.search(h) for h in passage.section_path):
            return False
        if passage.kind == "item":
            return True
        if passage.kind != "paragraph" or not passage.section_path:
            return False
        under_unit = any(unit.name == passage.section_path[-1] for unit in entry.stored.units)
        return under_unit and passage.section_path[:1] not in self._sections(notice.notice_id)

    def _sections(self, notice_id: str) -> set[tuple[str, ...]]:
        if notice_id not in self._numbered:
            held = (entry.stored.passage for entry in self._scope.entries.of(notice_id))
            self._numbered[notice_id] = {passage.section_path[:1] for passage in held if passage.kind == "item"}
        return self._numbered[notice_id]


def _notices(store: Retriever, intent: Intent, scope: Scope) -> Answer | None:
    """The notices in scope, by their titles; with a topic, those that speak of it."""
    book = CitationBook(store)
    wanted = sorted(_about(intent, scope), key=lambda notice: (-(notice.year or 0), notice.notice_id))
    titles = scope.entries.where(scope.entries.columns.of_kinds(("title",)))
    lines, rows = [say("count_notices", intent.lang, notices=len(wanted))], []
    for notice in wanted:
        entry = (titles.of(notice.notice_id) or [_first(scope.entries.of(notice.notice_id))])[-1]
        passage = entry.stored.passage
        begin, end = next(sentences(passage.text), (0, len(passage.text)))
        numbers = (book.cite(entry.stored, passage.start + begin, passage.start + end),)
        lines.append(f"- {notice_line(notice, intent.lang)}" + "".join(f"[{n}]" for n in numbers))
        cells = {
            "notice": notice.title,
            "document_number": notice.document_number or "",
            "year": str(notice.year or ""),
            "region": notice.region or "",
        }
        rows.append(TableRow(cells, numbers))
    if not rows:
        return None
    table = Table(("notice", "document_number", "year", "region"), tuple(rows))
    return _answer(intent, scope, lines, book, table, len(rows))


def _first(entries: list[Entry]) -> Entry:
    """The passage whose words come first, for a notice whose title no passage holds."""
    return min(reversed(entries), key=lambda entry: entry.stored.passage.start)


def _about(intent: Intent, scope: Scope) -> Iterable[NoticeCard]:
    """The places' own notices that speak of the topic."""
    columns, entries = scope.entries.columns, scope.entries
    if intent.places:
        entries = entries.where(columns.of_numbers(columns.in_regions(intent.places)))
    if not intent.topic.groups:
        return entries.notices
    spoken = np.zeros(len(columns.years), np.bool_)
    for match in covering(Matcher(intent.topic, intent.relaxed), entries, MATCHES):
        spoken[columns.number_of(match.entry.stored.notice.notice_id)] = True
    return entries.where(columns.of_numbers(spoken)).notices


def _over(scope: Scope) -> dict[str, int]:
    return {"notices": len(scope.notices), "passages": len(scope.entries)}


def _answer(intent: Intent, scope: Scope, lines: list[str], book: CitationBook, table: Table, matched: int) -> Answer:
    return Answer(
        question=intent.text,
        lang=intent.lang,
        kind="count",
        text="\n".join(lines),
        citations=book.citations,
        table=table,
        coverage=Coverage(len(scope.notices), len(scope.entries), matched),
    )
