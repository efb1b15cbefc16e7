"""Comparisons: a table with one row a year, each row cited by its own notices, what differs marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.answer.citing import CitationBook
from assistant.answer.intent import Intent
from assistant.answer.items import Item, by_notice, notice_line, show
from assistant.answer.lookup import lookup_answer
from assistant.answer.scope import Scope
from assistant.answer.sets import items_of_units
from assistant.answer.view import View
from assistant.answer.wording import say
from assistant.types import Answer, Coverage, Lang, Table, TableRow
from index.types import Retriever

_FIXED = ("year", "notice")


def compare_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """What units, places or a topic bring in each year; without either, the passage of each year. None for nothing."""
    items = items_of_units(view, intent, scope) if intent.units or intent.places or intent.topic.groups else []
    items = [item for item in items if item.units]
    if not items:
        answer = lookup_answer(store, intent, scope)
        return by_year(replace(answer, kind="compare")) if answer else None
    lang = intent.lang
    book = CitationBook(store)
    years = sorted({item.notice.year or 0 for item in items} | set(intent.years), reverse=True)
    lines = [say("compare_head", lang, notices=len(scope.notices), passages=len(scope.entries))]
    rows: list[TableRow] = []
    for year in years:
        held = [item for item in items if (item.notice.year or 0) == year]
        shown_year = year or say("undated", lang)
        if not held:
            if year not in scope.missing_years:
                lines.append(say("compare_nothing", lang, year=shown_year))
            continue
        lines.append(say("compare_year", lang, year=shown_year, items=len(held), units=len(_names(held))))
        numbers: list[int] = []
        activities: list[str] = []
        for notice, group in by_notice(held):
            lines.append(notice_line(notice, lang))
            for item in group:
                shown = show(book, item, lang, whole=True)
                lines.append(shown.line)
                activities.append(shown.activity)
                numbers += [*shown.said, *shown.marks.values()]
        elsewhere = _names([item for item in items if (item.notice.year or 0) != year])
        names = _names(held)
        cells = {
            "year": str(year or ""),
            "notice": "；".join(notice.title for notice, _ in by_notice(held)),
            "count": str(len(held)),
            "activity": "；".join(activities),
            "units": "、".join(names.values()),
            "only": "、".join(name for canonical, name in names.items() if canonical not in elsewhere),
        }
        rows.append(TableRow(cells, tuple(dict.fromkeys(numbers))))
    return Answer(
        question=intent.text,
        lang=lang,
        kind="compare",
        text="\n".join(lines),
        citations=book.citations,
        table=Table(("year", "notice", "count", "activity", "units", "only"), tuple(rows)),
        coverage=Coverage(len(scope.notices), len(scope.entries), len(items)),
    )


def _names(items: list[Item]) -> dict[str, str]:
    """Printed names by canonical ones."""
    return {unit.canonical: unit.name for item in items for unit in item.units}


def by_year(answer: Answer) -> Answer:
    """An answer over several years with a table of what it quotes for each."""
    if answer.table is not None or answer.abstained:
        return answer
    years = _years_of(answer)
    rows: dict[str, list[int]] = {}
    for citation in answer.citations:
        rows.setdefault(citation.notice_id, []).append(citation.number)
    made = []
    for notice_id, numbers in rows.items():
        cited = [c for c in answer.citations if c.notice_id == notice_id]
        cells = {"year": years(notice_id), "notice": cited[0].notice_title, "quote": "……".join(c.quote for c in cited)}
        made.append(TableRow(cells, tuple(numbers)))
    return replace(answer, table=Table(("year", "notice", "quote"), tuple(made)))


def _years_of(answer: Answer) -> Callable[[str], str]:
    """The year that stands in front of a notice's title in the answer."""

    def year(notice_id: str) -> str:
        title = next(c.notice_title for c in answer.citations if c.notice_id == notice_id)
        for line in answer.text.splitlines():
            head = line.removeprefix("- ").partition("《")[0].strip().removesuffix("年")
            if f"《{title}》" in line and head.isdecimal():
                return head
        return ""

    return year


def with_differences(answer: Answer) -> Answer:
    """A table of facts by year, one row a notice; each row says whether it differs from the year before it."""
    if answer.table is None or answer.abstained:
        return answer
    columns = answer.table.columns
    facts = [column for column in columns if column not in _FIXED]
    merged: dict[tuple[str, ...], TableRow] = {}
    for row in answer.table.rows:
        key = (row.cells["year"], row.cells["notice"])
        if key in merged:
            old = merged[key]
            cells = {c: "、".join(dict.fromkeys(v for v in (old.cells[c], row.cells[c]) if v)) for c in facts}
            merged[key] = TableRow({**old.cells, **cells}, (*old.citations, *row.citations))
        else:
            merged[key] = row
    rows = list(merged.values())
    out = []
    for n, row in enumerate(rows):
        earlier = next((r for r in rows[n + 1 :] if r.cells["year"] < row.cells["year"]), None)
        mark = _difference(row, earlier, facts, answer.lang) if earlier else ""
        out.append(TableRow({**row.cells, "change": mark}, row.citations))
    return replace(answer, table=Table((*columns, "change"), tuple(out)))


def _difference(row: TableRow, earlier: TableRow, facts: list[str], lang: Lang) -> str:
    same = all(row.cells[c] == earlier.cells[c] for c in facts)
    return say("same_as" if same else "differs_from", lang, year=earlier.cells["year"])
