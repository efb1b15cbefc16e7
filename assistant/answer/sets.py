"""Set answers: all units of a topic, all items of a unit. Computed over every passage in scope, never cut at top-k."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.answer.citing import CitationBook
from assistant.answer.columns import Mask
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.items import Item, by_notice, collective, notice_line, show, unit_columns, unit_rows
from assistant.answer.naming import maybe_naming, names_unit
from assistant.answer.reach import reaching
from assistant.answer.refusing import nearest, refuse
from assistant.answer.scope import Scope, admitted_by
from assistant.answer.searching import best_hits
from assistant.answer.shard import Entry
from assistant.answer.stages import stage
from assistant.answer.stretches import matched, owned, segments_in
from assistant.answer.topic import Match, Matcher, Topic
from assistant.answer.view import View
from assistant.answer.wording import say
from assistant.types import Answer, Coverage, Kind, Table, TableRow
from corpus.types import Unit
from corpus.units import resolve
from index.fold import fold_aligned
from index.types import NoticeCard, Retriever

MATCHES = 0.7  # coverage from which on an item is about the topic
_ROSTER = re.compile(
    r"成员(?:单位|部门)?(?:都)?(?:有|是|包括)|(?:哪些|哪几个|哪几家)成员|由哪(?:些|几)[^,。?]{0,8}组成|组成(?:单位|部门|人员)|当成员|成员[^,。?]{0,8}(?:来自|是谁)|\bmakes? up\b|\bmembers\b|\bconsists?\b|\bcomposed\b"
)
_AND_WHAT = re.compile(r"[,，。?？].*(?:什么|哪项|怎么)[^,，。?？]*[?？]?$")  # 谁去帮忙，帮了什么
_TITLE = 4  # code points of a title that a question may call
_BEFORE_NAME = re.compile(r"(?:^|[\s里中上内的,，、“\"'《是对])$")
_BEHIND_NAME = re.compile(
    r"[”\"'》]?(?:这|由|归|是|有哪|的?(?:任务|工作|措施|事项)?(?:这|的?(?:责任|牵头|配合)|由|归|是|有哪|,|，|$|\?)|中|里|方面)"
)
WITHOUT = 0.85  # coverage from which on an item answers though a word of the question stands nowhere
_SHOWN_NEAR = 5  # passages listed as possibly related
HALFWAY, _FIRST = 0.55, 2  # coverage of a single item that the search ranks among the first so many
NEAR = 0.12  # for a question about one unit: how far below the best an item may lie


def matching_items(
    view: View, intent: Intent, scope: Scope, threshold: float = MATCHES, among: Mask | None = None
) -> list[Match]:
    """All body passages in scope that are about the topic.

    :param among: the passages of the view that are wanted at all
    """
    matcher = Matcher(intent.topic, intent.relaxed)
    threshold = _enough(intent, threshold)
    entries = scope.entries.where(view.columns.body)
    entries = reaching(matcher, entries if among is None else entries.where(among), threshold)
    entries = admitted_by(intent.places, view, entries)
    return [
        match
        for entry in entries
        if (match := matcher.match(entry)).coverage >= threshold
        and (not intent.relaxed or intent.units or matcher.asks(entry))
    ]


def _enough(intent: Intent, threshold: float) -> float:
    """The coverage that is asked for; more of it where some of what is asked about stands nowhere."""
    absent = threshold > HALFWAY and any(group.absent for group in intent.topic.groups)
    return max(threshold, WITHOUT) if absent else threshold


def units_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """Which units: one row for each unit and item. None where nothing matches that names a unit."""
    one = intent.form == "which_unit"
    if not intent.topic.groups and not (intent.unit_family or intent.units or intent.headings):
        return None
    about = matching_items(view, intent, scope, HALFWAY)  # once for what counts and for what comes near
    enough = _enough(intent, MATCHES - NEAR if one else MATCHES)
    matches = [match for match in about if match.coverage >= enough]
    if intent.headings and not matches:  # the headings say what is asked about
        matches = matching_items(view, replace(intent, topic=Topic()), scope)
    if one and matches:
        best = max(m.coverage for m in matches)
        matches = [m for m in matches if m.coverage >= best - NEAR / 2]
    if not matches:
        matches = _single_best(store, intent, about)
    items = items_with_units(_named(matches, intent) or matches, intent)
    if _ROSTER.search(intent.meant):
        items = _rosters(items)
    if not items:
        if matches and not one:
            return refuse(store, intent, scope, say("no_unit_named", intent.lang), "units", _query(intent))
        return None
    near = [] if one or _ROSTER.search(intent.meant) else _border(about, intent, items)
    return _compose(store, intent, scope, items, "units", near)


def _single_best(store: Retriever, intent: Intent, about: list[Match]) -> list[Match]:
    """The one item that is about more of a topic than any other and that the search finds first; empty for none.

    :param about: all that are about half of it or more
    """
    matches = sorted(about, key=lambda m: -m.coverage)
    if not matches or (len(matches) > 1 and matches[1].coverage > matches[0].coverage - NEAR / 2):
        return []
    with stage("searching"):
        hits = best_hits(store, _query(intent), _FIRST, intent.filters)
    best = matches[0].entry.stored.passage.passage_id
    return matches[:1] if any(hit.stored.passage.passage_id == best for hit in hits) else []


def _rosters(items: list[Item]) -> list[Item]:
    """Of each notice the item that names most units: who belongs to a body stands in one list."""
    out = []
    for _, held in by_notice(items):
        single = [Item(item.match, tuple(u for u in item.units if not collective(u))) for item in held]
        out.append(max(single, key=lambda item: len(item.units)))
    most = max((len(item.units) for item in out), default=0)
    return [item for item in out if len(item.units) * 2 > most]


def _named(matches: list[Match], intent: Intent) -> list[Match]:
    """The items that a question calls by their own title (加强农村公路养护管理这项任务由谁负责); empty for none."""
    text = intent.meant
    return [m for m in matches if len(m.entry.lead) >= _TITLE and _calls(text, m.entry.lead)]


def _calls(text: str, title: str) -> bool:
    at = text.find(title)
    return at >= 0 and bool(_BEFORE_NAME.search(text[:at]) and _BEHIND_NAME.match(text, at + len(title)))


def activities_answer(store: Retriever, view: View, intent: Intent, scope: Scope) -> Answer | None:
    """What a unit does (or, without a unit, what is done about the topic): every item. None where there is none."""
    items = items_of_units(view, intent, scope)
    near = [] if intent.units or intent.places else _border(matching_items(view, intent, scope, HALFWAY), intent, items)
    return _compose(store, intent, scope, items, "activities", near) if items else None


def _border(about: list[Match], intent: Intent, items: list[Item]) -> list[Match]:
    """Passages with units that are about much of the topic, yet not enough to be counted: the likeliest first.

    :param about: all that are about half of it or more
    """
    counted = {item.entry.stored.passage.passage_id for item in items}
    others = [
        match
        for match in about
        if match.entry.stored.passage.passage_id not in counted and _wanted_units(match.entry, intent)
    ]
    return sorted(others, key=lambda m: (-m.coverage, m.entry.stored.passage.passage_id))[:_SHOWN_NEAR]


def items_with_units(matches: list[Match], intent: Intent) -> list[Item]:
    """The passages that name units which the question's level, kind, role and exclusions admit, with these units."""
    items = [Item(m, units) for m in matches if (units := _of_stretch(m, _wanted_units(m.entry, intent)))]
    if intent.unit_family or intent.unit_level:
        items = _without_collectives(items)
    return _in_role(items, intent)


def items_of_units(view: View, intent: Intent, scope: Scope) -> list[Item]:
    """Every item of the asked units (or places) about the topic; without any, every item about the topic."""
    matches = matching_items(view, intent, scope, MATCHES - NEAR, _maybe_asked(view, intent))
    items = [Item(match, units) for match in matches if (units := _asked_units(match.entry, intent)) is not None]
    return [_own_words(item) for item in items]


def _of_stretch(match: Match, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Of a passage that names units several times over, those that answer for what is asked."""
    stretches = matched(match)
    return tuple(unit for unit in units if any(unit in stretch.units for stretch in stretches)) or units


def _own_words(item: Item) -> Item:
    """An item that quotes the sentences of its units, where the passage names others for the rest."""
    segments = segments_in(item.entry, owned(item.entry, item.units))
    return Item(replace(item.match, segments=segments), item.units) if segments else item


def _maybe_asked(view: View, intent: Intent) -> Mask | None:
    """The passages that can be the asked units' or places'; None where any can."""
    columns = view.columns
    if intent.units:
        mask = maybe_naming(columns, intent.units)
        for asked in intent.units:
            mask[columns.opening_with(asked.name)] = True
        return mask
    if intent.places:
        own = columns.at(columns.by_unit_place.of(place) for place in intent.places)
        return own | columns.of_numbers(columns.in_regions(intent.places))
    return None


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
        text = fold_aligned(stored.passage.text).removeprefix(fold_aligned(stored.passage.printed_number or ""))
        if not own and any(text.lstrip(" 、.．").startswith(asked.name) for asked in intent.units):
            return ()  # its subject, though no unit was read there
        if intent.joint and len(stored.units) < 2:
            return None
        if intent.sole and len([u for u in stored.units if u.role != "cooperate"]) != 1:
            return None
        return (tuple(stored.units) if intent.joint and own else tuple(own)) or None
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
    if not any(not collective(u) for item in items for u in item.units):
        return items
    out = []
    for item in items:
        units = tuple(u for u in item.units if not collective(u))
        if units:
            out.append(Item(item.match, units))
    return out


def _in_role(items: list[Item], intent: Intent) -> list[Item]:
    """Only the leading (or only the cooperating) units where the question asks for them and the notices tell them apart."""
    if intent.role is None or not any(u.role == intent.role for item in items for u in item.units):
        return items
    kept = (Item(item.match, tuple(u for u in item.units if u.role == intent.role)) for item in items)
    return [item for item in kept if item.units]


def _compose(
    store: Retriever, intent: Intent, scope: Scope, items: list[Item], kind: Kind, near: list[Match]
) -> Answer:
    lang = intent.lang
    book = CitationBook(store)
    names = {unit.canonical for item in items for unit in item.units}
    counts = {"units": len(names), "items": len(items), "notices": len(scope.notices), "passages": len(scope.entries)}
    lines = [say("activities_head" if kind == "activities" else "units_head", lang, **counts)]
    rows: list[TableRow] = []
    for notice, held in by_notice(items):
        lines.append(notice_line(notice, lang))
        for item in held:
            shown = show(book, item, lang, whole=kind == "activities" or bool(_AND_WHAT.search(intent.text)))
            lines.append(shown.line)
            rows += unit_rows(shown, lang)
    if near:
        lines.append(say("possibly", lang, n=len(near)))
    return Answer(
        question=intent.text,
        lang=lang,
        kind=kind,
        related=tuple(nearest(store, match.entry.stored, n) for n, match in enumerate(near, 1)),
        text="\n".join(lines),
        citations=book.citations,
        table=Table(unit_columns(lang), tuple(rows)) if rows else None,
        coverage=Coverage(len(scope.notices), len(scope.entries), len(items)),
    )


def _query(intent: Intent) -> str:
    return " ".join(intent.topic.words) or intent.text
