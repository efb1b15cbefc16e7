"""A task list for one unit across notices: what, in which role, by when, with whom.

A deadline is only ever one that is written: in the item itself, in the heading or the general part of its section, or
in a part that sets the time for the whole notice. What every unit must do by a date (总结报送) is a task of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.answer.citing import CitationBook
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.items import Item, by_notice, collective, notice_line, show
from assistant.answer.naming import names_unit
from assistant.answer.partners import partners_of
from assistant.answer.refusing import refuse
from assistant.answer.scope import Scope, scope_of
from assistant.answer.sets import items_of_units
from assistant.answer.shard import Entry
from assistant.answer.topic import Matcher
from assistant.answer.view import View
from assistant.answer.wording import role_name, say
from assistant.types import Answer, Coverage, Lang, Table, TableRow
from corpus.structure.split import sentences
from corpus.types import Fact, Level, Unit
from corpus.units import resolve
from index.types import Retriever, Stored

COLUMNS = ("task", "role", "deadline", "basis", "with", "notice", "year")
_TIME = re.compile(
    r"时间|期限|时限|进度|阶段|步骤"
)  # headings below which the time of a whole notice or section stands
_ALL = re.compile(r"^(?:各|全体|所有)|成员单位$")  # 有关部门 are only some
_EFFECT = re.compile(r"(?:施行|实施|执行|生效)$")  # from when a notice holds is no deadline
_EVERYBODY = re.compile(r"单位|部门|成员")
_LEVELS: tuple[tuple[re.Pattern[str], tuple[Level, ...]], ...] = (
    (re.compile(r"[区县]$"), ("district",)),
    (re.compile(r"[科处]室?$|科室|处室"), ("office",)),
)
Due = tuple[str, str, Stored, int, int]  # value, basis, and the words that say so


class _Times:
    """The passages in scope that state dates, by notice."""

    def __init__(self, scope: Scope) -> None:
        self._stating = scope.entries.where(scope.entries.columns.stating(("deadline", "date")))
        self._entries: dict[str, list[Entry]] = {}

    def of(self, notice_id: str) -> list[Entry]:
        """Those of a notice."""
        if notice_id not in self._entries:
            self._entries[notice_id] = self._stating.of(notice_id)
        return self._entries[notice_id]


def _dates(entry: Entry) -> list[Fact]:
    """The dates that a passage states."""
    return [fact for fact in entry.facts if fact.kind in ("deadline", "date")]


def tasks_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """The task list of the asked unit. None where the notices give it nothing to do."""
    if not intent.units and not intent.places:
        return refuse(store, intent, scope, say("ask_unit", intent.lang), "tasks")
    items = items_of_units(view, intent, scope)
    if not items:
        return None
    if intent.filters.unit:  # what every unit must do names no unit that the filter could admit
        scope = scope_of(view, replace(intent, filters=replace(intent.filters, unit=None)))
    times = _Times(scope)
    found = {item.entry.stored.passage.passage_id for item in items}
    common = [item for item in _common(intent, items, times) if item.entry.stored.passage.passage_id not in found]
    lang = intent.lang
    book = CitationBook(store)
    counts = {"notices": len(scope.notices), "passages": len(scope.entries)}
    lines = [say("tasks_head", lang, items=len(items) + len(common), **counts)]
    rows: list[TableRow] = []
    for notice, group in by_notice([*items, *common]):
        lines.append(notice_line(notice, lang))
        for item in group:
            line, row = _task(book, item, item in common, intent, times)
            lines.append(line)
            rows.append(row)
    return Answer(
        question=intent.text,
        lang=lang,
        kind="tasks",
        text="\n".join(lines),
        citations=book.citations,
        table=Table(COLUMNS, tuple(rows)),
        coverage=Coverage(len(scope.notices), len(scope.entries), len(rows)),
    )


def _task(book: CitationBook, item: Item, everybody: bool, intent: Intent, times: _Times) -> tuple[str, TableRow]:
    lang, notice = intent.lang, item.notice
    own = tuple(u for u in item.units if any(names_unit(asked, u, notice) for asked in intent.units)) or item.units
    others = () if everybody else partners_of(item, own)
    shown = show(book, item, lang, whole=False)
    role = say("role_collective", lang) if everybody else "、".join(dict.fromkeys(role_name(u.role, lang) for u in own))
    numbers = [*shown.said, *shown.marks.values()]
    line = shown.line + say("task_role", lang, role=role)
    dues = _dues(item.entry, times)
    for value, basis, stored, start, end in dues:
        number = book.cite(stored, start, end)
        numbers.append(number)
        line += say("task_due", lang, value=value, mark=f"[{number}]", basis=say(basis, lang))
    if not dues:
        line += say("task_no_due", lang)
    partners = "、".join(_partner(unit, lang) for unit in others)
    if others:
        numbers += [book.cite_unit(item.entry.stored, unit) for unit in others if not _inside(unit, shown.said, book)]
        line += say("task_with", lang, units=partners)
    cells = {
        "task": shown.activity,
        "role": role,
        "deadline": "、".join(dict.fromkeys(due[0] for due in dues)),
        "basis": "、".join(dict.fromkeys(say(due[1], lang) for due in dues)),
        "with": partners,
        "notice": notice.title,
        "year": str(notice.year or ""),
    }
    return line, TableRow(cells, tuple(dict.fromkeys(numbers)))


def _partner(unit: Unit, lang: Lang) -> str:
    """A partner's name with its role, where that is not the usual one."""
    return unit.name if unit.role == "responsible" else f"{unit.name}（{role_name(unit.role, lang)}）"


def _inside(unit: Unit, said: tuple[int, ...], book: CitationBook) -> bool:
    return any(c.number in said and c.start <= unit.start and unit.end <= c.end for c in book.citations)


def _dues(entry: Entry, times: _Times) -> list[Due]:
    """When an item is due: by its own words, else by its section's, else by those of the whole notice."""
    from corpus.extract.deadlines import stated_times  # 25 ms that no other answer needs

    passage, notice = entry.stored.passage, entry.stored.notice
    own = _stated(_dates(entry), dates=passage.kind == "item")
    if own:
        return [(f.value, "due_item", entry.stored, f.start, f.end) for f in own]
    for depth in range(len(passage.headings), 0, -1):
        heading, title = passage.headings[depth - 1], passage.section_path[depth - 1]
        stated = [t for t in stated_times(title, notice.year, notice.issued_on) if t[0] == "deadline"]
        if stated:
            return [(t[1], "due_section", entry.stored, heading.start, heading.end) for t in stated[:1]]
        general = (
            other
            for other in times.of(notice.notice_id)
            if other.stored.passage.headings == passage.headings[:depth]
            and other.stored.passage.kind == "paragraph"
            and passage.kind == "item"
            and not any(not collective(unit) for unit in other.stored.units)
        )
        found = [
            (f.value, "due_section", other.stored, f.start, f.end)
            for other in general
            for f in _stated(_dates(other), dates=False)
        ]
        if found:
            return found
    return [
        (f.value, "due_notice", other.stored, f.start, f.end)
        for other in times.of(notice.notice_id)
        if other.body
        and not other.stored.units
        and any(_TIME.search(h) for h in other.stored.passage.section_path[-1:])
        for f in _stated(_dates(other), dates=True)
    ]


def _stated(facts: list[Fact], dates: bool) -> list[Fact]:
    """The deadlines among facts; where there are none, ``dates`` admits the days on which something takes place."""
    deadlines = [f for f in facts if f.kind == "deadline"]
    chosen = deadlines or ([f for f in facts if f.kind == "date" and not _EFFECT.search(f.quote)] if dates else [])
    return list({f.value: f for f in reversed(chosen)}.values())[::-1]


def _common(intent: Intent, items: list[Item], times: _Times) -> Iterator[Item]:
    """What every unit must do by a date, in the notices that give the asked unit something to do."""
    notices = sorted({item.notice.notice_id for item in items})
    levels = {unit.level for item in items for unit in item.units}
    matcher = Matcher(intent.topic, intent.relaxed)
    for entry in (entry for notice_id in notices for entry in times.of(notice_id)):
        passage = entry.stored.passage
        if not entry.body:
            continue
        lines = [(passage.start + a, passage.start + b) for a, b in sentences(passage.text)]
        units = tuple(unit for unit in entry.stored.units if _ALL.search(unit.name))
        due = [
            f
            for f in _dates(entry)
            if f.kind == "deadline" and any(a <= u.start < b and a <= f.start < b for a, b in lines for u in units)
        ]
        if due and any(_covers(unit, intent.units, levels) for unit in units):
            match = matcher.match(entry)
            segments = [s for s in entry.segments if any(s.start <= f.start and f.end <= s.end for f in due)]
            whole = tuple(s for s in segments if (s.start, s.end) in lines) or match.segments
            yield Item(replace(match, segments=whole), units)


def _covers(unit: Unit, asked: tuple[AskedUnit, ...], levels: set[Level]) -> bool:
    """Whether a name for many units (各部门, 各区, 各科室, 各区市场监管局) stands for the asked one, too."""
    for pattern, wanted in _LEVELS:
        if pattern.search(unit.name):
            return bool(levels & set(wanted))
    if _EVERYBODY.search(unit.name):
        return True
    family = resolve(unit.name).family
    return bool(family) and any(resolve(a.name).family == family for a in asked)
