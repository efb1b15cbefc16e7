"""Who acts together with a unit: the other units of every item that the unit takes part in, their roles marked."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer.citing import CitationBook
from assistant.answer.intent import Intent
from assistant.answer.items import Item, by_notice, collective, notice_line, show, unit_columns, unit_rows
from assistant.answer.naming import names_unit
from assistant.answer.scope import Scope
from assistant.answer.sets import items_of_units
from assistant.answer.view import View
from assistant.answer.wording import echo, say
from assistant.types import Answer, Coverage, Table, TableRow
from corpus.places import short_name
from corpus.types import Unit
from index.types import Retriever


def partners_of(item: Item, own: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """The units of an item that are not the asked one; a unit that is printed twice counts once."""
    known = {unit.canonical for unit in own}
    others = {u.canonical: u for u in reversed(item.entry.stored.units) if u.canonical not in known}
    return tuple(sorted(others.values(), key=lambda unit: unit.start))


def partners_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """One row for each partner and item. None where the asked unit acts alone or not at all."""
    found: list[tuple[Item, tuple[Unit, ...]]] = []
    for item in items_of_units(view, intent, scope):
        own = tuple(u for u in item.units if any(names_unit(a, u, item.notice) for a in intent.units)) or item.units
        others = tuple(u for u in partners_of(item, own) if not collective(u))
        others = tuple(u for u in others if intent.unit_level in (None, u.level))
        if intent.role == "lead":  # who cooperates asks for no role
            others = tuple(u for u in others if u.role == "lead")
        if others:
            found.append((replace(item, units=(*own, *others)), others))
    if not found:
        return None
    lang = intent.lang
    book = CitationBook(store)
    asked = echo("、".join([unit.name for unit in intent.units] or [short_name(place) for place in intent.places]))
    names = {unit.canonical for _, others in found for unit in others}
    counts = {"notices": len(scope.notices), "passages": len(scope.entries)}
    lines = [say("partners_head", lang, unit=asked, units=len(names), items=len(found), **counts)]
    rows: list[TableRow] = []
    partners = {id(item): others for item, others in found}
    for notice, group in by_notice(item for item, _ in found):
        lines.append(notice_line(notice, lang))
        for item in group:
            shown = show(book, item, lang, whole=False)
            lines.append(shown.line)
            own_marks = [shown.marks[u] for u in item.units if u not in partners[id(item)] and u in shown.marks]
            only = replace(shown, item=replace(item, units=partners[id(item)]))
            together = "、".join(u.name for u in item.units if u not in partners[id(item)])
            for row in unit_rows(only, lang):
                cells = {**row.cells, "with": together}
                rows.append(TableRow(cells, tuple(dict.fromkeys((*row.citations, *own_marks)))))
    columns = unit_columns(lang)
    place = columns.index("role") + 1
    return Answer(
        question=intent.text,
        lang=lang,
        kind="units",
        text="\n".join(lines),
        citations=book.citations,
        table=Table((*columns[:place], "with", *columns[place:]), tuple(rows)),
        coverage=Coverage(len(scope.notices), len(scope.entries), len(found)),
    )
