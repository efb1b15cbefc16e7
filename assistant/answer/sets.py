"""Set answers: all units of a topic, all items of a unit. Computed over every passage in scope, never cut at top-k."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answer.citing import CitationBook
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.naming import names_unit
from assistant.answer.refusing import refuse
from assistant.answer.scope import Scope, place_admits
from assistant.answer.topic import Match, Matcher
from assistant.answer.view import Entry, View
from assistant.answer.wording import english_unit, role_name, say
from assistant.types import Answer, Coverage, Kind, Table, TableRow
from corpus.types import Unit
from corpus.units import resolve
from index.fold import fold_aligned
from index.store import LocalStore
from index.types import NoticeCard

MATCHES = 0.7  # coverage from which on an item is about the topic
NEAR = 0.12  # for a question about one unit: how far below the best an item may lie
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


def matching_items(view: View, intent: Intent, scope: Scope, threshold: float = MATCHES) -> list[Match]:
    """All body passages in scope that are about the topic."""
    matcher = Matcher(intent.topic)
    out = []
    for entry in scope.entries:
        if entry.body and place_admits(intent.places, entry):
            match = matcher.match(entry)
            if match.coverage >= threshold:
                out.append(match)
    return out


def units_answer(store: LocalStore, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """Which units: one row for each unit and item. None where nothing matches that names a unit."""
    one = intent.form == "which_unit"
    if not intent.topic.groups and not (intent.unit_family or intent.units or intent.headings):
        return None
    matches = matching_items(view, intent, scope, MATCHES - NEAR if one else MATCHES)
    if one and matches:
        best = max(m.coverage for m in matches)
        matches = [m for m in matches if m.coverage >= best - NEAR / 2]
    items = [Item(m, units) for m in matches if (units := _wanted_units(m.entry, intent))]
    if intent.unit_family or intent.unit_level:
        items = _without_collectives(items)
    items = _in_role(items, intent)
    if not items:
        if matches and not one:
            return refuse(store, intent, scope, say("no_unit_named", intent.lang), "units", _query(intent))
        return None
    return _compose(store, intent, scope, items, "count" if intent.form == "count" else "units")


def activities_answer(store: LocalStore, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """What a unit does (or, without a unit, what is done about the topic): every item. None where there is none."""
    items = []
    for match in matching_items(view, intent, scope, MATCHES - NEAR):
        units = _asked_units(match.entry, intent)
        if units is not None:
            items.append(Item(match, units))
    if not items:
        return None
    return _compose(store, intent, scope, items, "activities")


def _wanted_units(entry: Entry, intent: Intent) -> tuple[Unit, ...]:
    """The units of a passage that the question's level, kind and exclusions admit."""
    notice = entry.stored.notice
    excluded = [AskedUnit(name) for name in intent.excluded]
    units = []
    for unit in entry.stored.units:
        if intent.unit_level and unit.level != intent.unit_level:
            continue
        if intent.unit_family and _family(unit) != intent.unit_family:
            continue
        if intent.unit_level == "district" and not intent.unit_family and unit.canonical != unit.place:
            continue
        if intent.unit_family is None and _asked_about(intent, unit, notice):
            continue
        if any(names_unit(asked, unit, notice) or fold_aligned(unit.name) == asked.name for asked in excluded):
            continue
        place = unit.place or ""
        if any(
            place != asked.name and place.endswith(asked.name) for asked in excluded
        ):  # 不要滨海新区: nor its bureaus
            continue
        units.append(unit)
    return tuple(units)


def _asked_about(intent: Intent, unit: Unit, notice: NoticeCard) -> bool:
    """Whether a unit is one that the question names as known: 和市公安局一起的是哪个单位 does not ask for 市公安局."""
    known = intent.joint and intent.units
    return bool(known) and any(names_unit(asked, unit, notice) for asked in intent.units)


def _family(unit: Unit) -> str:
    return resolve(unit.name).family


def _asked_units(entry: Entry, intent: Intent) -> tuple[Unit, ...] | None:
    """The units of a passage for an activities question; None where the passage is not the asked unit's."""
    stored = entry.stored
    if intent.units:
        strict = bool(re.search(r"责任|负责|responsible|\bin charge\b", intent.text)) and not re.search(
            "参与|配合|协", intent.text
        )
        own = [u for u in stored.units if any(names_unit(asked, u, stored.notice) for asked in intent.units)]
        own = [u for u in own if not (strict and u.role == "cooperate")]
        if intent.joint and len(stored.units) < 2:
            return None
        if intent.sole and len([u for u in stored.units if u.role != "cooperate"]) != 1:
            return None
        return tuple(own) or None
    if intent.places:
        own = [
            u for u in stored.units if u.place in intent.places and (u.level == "district" or u.canonical == u.place)
        ]
        if own or stored.notice.region in intent.places:
            return tuple(own or stored.units) or None
        return None
    wanted = _wanted_units(entry, intent)
    return wanted if wanted or not (intent.unit_level or intent.unit_family or intent.excluded) else None


def _without_collectives(items: list[Item]) -> list[Item]:
    """各区市场监管局 is left out where single units are named."""
    if not any(not _COLLECTIVE.search(u.name) for item in items for u in item.units):
        return items
    out = []
    for item in items:
        units = tuple(u for u in item.units if not _COLLECTIVE.search(u.name))
        if units:
            out.append(Item(item.match, units))
    return out


def _in_role(items: list[Item], intent: Intent) -> list[Item]:
    """Only the leading (or only the cooperating) units where the question asks for them and the notices tell them apart."""
    if intent.role is None or not any(u.role == intent.role for item in items for u in item.units):
        return items
    kept = (Item(item.match, tuple(u for u in item.units if u.role == intent.role)) for item in items)
    return [item for item in kept if item.units]


def _compose(store: LocalStore, intent: Intent, scope: Scope, items: list[Item], kind: Kind) -> Answer:
    lang = intent.lang
    book = CitationBook(store)
    items = sorted(
        items,
        key=lambda i: (
            -(i.entry.stored.notice.year or 0),
            i.entry.stored.notice.notice_id,
            i.entry.stored.passage.start,
        ),
    )
    names = {unit.canonical for item in items for unit in item.units}
    head = {"units": "units_head", "count": "count_head", "activities": "activities_head"}[kind]
    counts = {"units": len(names), "items": len(items), "notices": len(scope.notices), "passages": len(scope.entries)}
    lines = [say(head, lang, **counts)]
    rows: list[TableRow] = []
    notice_id = None
    for item in items:
        stored = item.entry.stored
        if stored.notice.notice_id != notice_id:
            notice_id = stored.notice.notice_id
            lines.append(_notice_line(item, intent))
        spans = _spans(item.match, whole=kind == "activities")
        said = [book.cite(stored, a, b) for a, b in spans]
        named = [(unit, book.cite_unit(stored, unit)) for unit in item.units if not _inside(unit, spans)]
        marks = dict(named)
        quoted = "；".join(f"“{_one_line(book.quote(n))}”[{n}]" for n in said)
        label = "、".join(
            _unit_label(unit, lang) + (f"[{marks[unit]}]" if unit in marks else "") for unit in item.units
        )
        lines.append(f"- {label}：{quoted}" if label else f"- {quoted}")
        activity = _activity(item, spans)
        for unit in item.units:
            cells = {
                "unit": unit.name,
                "role": role_name(unit.role, lang),
                "activity": activity,
                "notice": stored.notice.title,
                "year": str(stored.notice.year or ""),
            }
            if lang == "en":
                cells["unit_en"] = english_unit(unit.canonical)
            rows.append(TableRow(cells, tuple(dict.fromkeys((*said, *([marks[unit]] if unit in marks else []))))))
    columns = ("unit", *(("unit_en",) if lang == "en" else ()), "role", "activity", "notice", "year")
    return Answer(
        question=intent.text,
        lang=lang,
        kind=kind,
        text="\n".join(lines),
        citations=book.citations,
        table=Table(columns, tuple(rows)) if rows else None,
        coverage=Coverage(len(scope.notices), len(scope.entries), len(items)),
    )


def _notice_line(item: Item, intent: Intent) -> str:
    notice = item.entry.stored.notice
    if notice.year:
        return say("year", intent.lang, year=notice.year, title=notice.title)
    return say("no_year", intent.lang, title=notice.title)


def _unit_label(unit: Unit, lang: str) -> str:
    english = english_unit(unit.canonical) if lang == "en" else ""
    return f"{unit.name} ({english})" if english else unit.name


def _inside(unit: Unit, spans: list[tuple[int, int]]) -> bool:
    return any(a <= unit.start and unit.end <= b for a, b in spans)


def _spans(match: Match, whole: bool) -> list[tuple[int, int]]:
    """What to quote of a passage: its first sentence, joined with the sentences that match; of a list, the parts."""
    entry = match.entry
    passage = entry.stored.passage
    if whole and (passage.kind == "paragraph" or len(passage.text) <= _MAX_SPAN // 2 or not entry.segments):
        return [(passage.start, passage.end)]
    lead = entry.segments[0] if entry.segments else None
    if not match.segments:
        return [(lead.start, lead.end)] if lead else [(passage.start, passage.end)]
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
    text = _one_line(text)
    return text if len(text) <= _MAX_ACTIVITY else text[: _MAX_ACTIVITY - 1] + "…"


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "", text) if "\n" in text else text


def _query(intent: Intent) -> str:
    return " ".join(intent.topic.words) or intent.text
