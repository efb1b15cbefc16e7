"""What stands in the margin of a notice, beside the lines it speaks of: warnings, who acts, by when, pages, permanent links."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from html import escape

from assistant.answer.wording import english_unit, role_name
from assistant.check_tree import listed
from assistant.types import Lang
from assistant.web.notice_words import address, chinese, message, said
from corpus.types import Notice, Passage, Unit

_UNITS = 6  # of a passage
_LINKED = ("item", "paragraph", "preamble")
_FACTS = ("deadline", "reporting")


def notes(notice: Notice, starts: Sequence[int], lang: Lang) -> dict[int, str]:
    """The notes of each block as HTML, by the offset at which the block begins.

    :param starts: where the blocks begin, ascending
    """
    found: dict[int, list[str]] = {}

    def add(offset: int, note: str) -> None:
        found.setdefault(starts[max(0, bisect_right(starts, offset) - 1)], []).append(note)

    if not starts:
        return {}
    for number, offset in enumerate(notice.pages, 1):
        if offset < len(notice.text):
            add(offset, f'<p class="page">{said("page", lang, number=number)}</p>')
    for finding in notice.findings:
        add(finding.start, f'<p class="warn">{message(finding.message, lang)}</p>')
    facts: dict[str, list[tuple[str, str]]] = {}
    for fact in notice.facts:
        if fact.kind in _FACTS:
            facts.setdefault(fact.passage_id, []).append((fact.kind, listed(fact.kind, fact.value)))
    for passage in notice.passages:
        if passage.units:
            add(passage.start, _who(passage.units, lang))
        for kind, value in dict.fromkeys(facts.get(passage.passage_id, ())):
            add(passage.start, f'<p class="{kind}">{said(kind, lang)} {chinese(value)}</p>')
        if passage.kind in _LINKED:
            add(passage.start, _permanent(notice.notice_id, passage, lang))
    return {start: "".join(some) for start, some in found.items()}


def _who(units: Iterable[Unit], lang: Lang) -> str:
    """Names as they are printed, with their roles; in English the official name of such a unit stands behind."""
    named: dict[str, Unit] = {}
    for unit in units:
        named.setdefault(unit.name, unit)
    parts = [_unit(unit, lang) for unit in list(named.values())[:_UNITS]]
    more = f" +{len(named) - _UNITS}" if len(named) > _UNITS else ""
    return f'<p class="who">{("、" if lang == "zh" else ", ").join(parts)}{more}</p>'


def _unit(unit: Unit, lang: Lang) -> str:
    role = "" if unit.role == "responsible" else role_name(unit.role, lang)
    if lang == "zh":
        return f"{chinese(unit.name)}{f'（{role}）' if role else ''}"
    aside = ", ".join(part for part in (english_unit(unit.canonical), role) if part)
    return f"{chinese(unit.name)}{f' ({escape(aside)})' if aside else ''}"


def _permanent(notice_id: str, passage: Passage, lang: Lang) -> str:
    """The link of a passage, which marks all of it; shown as its number, the end of its id: 2.3.9, 3.4/p1."""
    name = passage.passage_id.removeprefix(f"{notice_id}/")
    href = address(notice_id, lang, passage.start, passage.end, passage.passage_id)
    label = said("permanent", lang, name=name)
    shown = escape(name) if name[:1].isdigit() else "¶"
    return f'<a class="permanent" href="{href}" aria-label="{label}">{shown}</a>'
