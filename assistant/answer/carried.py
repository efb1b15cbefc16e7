"""The scope that an answer was looked for in, item by item: said by the question, chosen as a filter, or carried over
from an earlier question of the dialogue; and what the reader has taken out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.types import SCOPE_KINDS, Question, ScopeItem, ScopeKind, ScopeSource
from index.errors import BadQuery
from index.fold import fold

if TYPE_CHECKING:  # only names here: requests are checked where nothing is answered
    from assistant.answer.intent import Intent
    from index.types import Filters, NoticeCard


def checked(labels: Iterable[str]) -> tuple[str, ...]:
    """What is to be left out of the scope, each as ``kind:value``.

    :raises BadQuery: a kind is none that a scope has, or no value stands behind it
    """
    out = []
    for label in labels:
        kind, _, value = label.partition(":")
        if kind not in SCOPE_KINDS or not value.strip():
            raise BadQuery(
                f'"without" takes items of the answer\'s scope as kind:value, such as year:2022, not {label[:80]!r}; '
                f"kinds are {', '.join(SCOPE_KINDS)}"
            )
        out.append(f"{kind}:{value.strip()}")
    return tuple(dict.fromkeys(out))


def without_filters(question: Question, cards: Mapping[str, NoticeCard]) -> Question:
    """The question without the filters that it is to be answered without.

    ``disclosure`` stays: it says what may be seen, not what is looked for.
    """
    gone = set(question.without)
    if not gone:
        return question
    kept = question.filters
    for name, item in _chosen(kept, cards):
        if item.label in gone or f"{item.kind}:{getattr(kept, name)}" in gone:
            kept = replace(kept, **{name: None})
    return replace(question, filters=kept)


def left_out(merged: Intent, own: Intent, without: Iterable[str]) -> Intent:
    """``merged`` without what it was to leave out of what it took from the dialogue; says what is ``carried``.

    :param own: the slots that the question fills itself: those stay
    """
    said = {_label(slot) for slot in _slots(own)}
    gone = set(without) - said
    level = merged.notice_level
    kept = replace(
        merged,
        years=tuple(year for year in merged.years if f"year:{year}" not in gone),
        places=tuple(place for place in merged.places if f"place:{place}" not in gone),
        units=tuple(unit for unit in merged.units if f"unit:{unit.name}" not in gone),
        headings=tuple(heading for heading in merged.headings if f"heading:{heading}" not in gone),
        notice_level=None if f"level:{level}" in gone else level,
    )
    return replace(kept, carried=tuple(label for slot in _slots(kept) if (label := _label(slot)) not in said))


def scope_items(
    question: Question, intent: Intent, cards: Mapping[str, NoticeCard], described: Iterable[NoticeCard] = ()
) -> tuple[ScopeItem, ...]:
    """The scope in the order of :data:`SCOPE_KINDS`; an item that is a filter and said as well counts as the filter.

    :param described: the notices that the question describes by their titles
    """
    items = [item for _, item in _chosen(question.filters, cards)]
    taken = {(item.kind, fold(item.value)) for item in items}
    said: list[ScopeItem] = []
    if intent.filters.notice_id != question.filters.notice_id:
        said += [item for name, item in _chosen(intent.filters, cards, "question") if name == "notice_id"]
    said += [ScopeItem("notice", card.title, "question") for card in described]
    for kind, value in _slots(intent):
        said.append(ScopeItem(kind, value, "history" if f"{kind}:{value}" in intent.carried else "question"))
    for item in said:
        if (item.kind, fold(item.value)) not in taken:
            taken.add((item.kind, fold(item.value)))
            items.append(item)
    return tuple(sorted(items, key=lambda item: SCOPE_KINDS.index(item.kind)))


def renewed(question: Question, scope: Iterable[ScopeItem]) -> Question:
    """The question, no longer without what it names itself: the next one may take that over again."""
    named = {item.label for item in scope if item.source == "question"}
    return replace(question, without=tuple(label for label in question.without if label not in named))


def _label(slot: tuple[ScopeKind, str]) -> str:
    return f"{slot[0]}:{slot[1]}"


def _slots(intent: Intent) -> Iterator[tuple[ScopeKind, str]]:
    yield from (("year", str(year)) for year in intent.years)
    yield from (("place", place) for place in intent.places)
    yield from (("unit", unit.name) for unit in intent.units)
    yield from (("heading", heading) for heading in intent.headings)
    if intent.notice_level is not None:
        yield "level", intent.notice_level


def _chosen(
    filters: Filters, cards: Mapping[str, NoticeCard], source: ScopeSource = "filter"
) -> Iterator[tuple[str, ScopeItem]]:
    """The filters that are set: the name of the field, and the item of the scope."""
    if filters.year is not None:
        yield "year", ScopeItem("year", str(filters.year), source)
    if filters.region:
        yield "region", ScopeItem("place", filters.region, source)
    if filters.unit:
        yield "unit", ScopeItem("unit", filters.unit, source)
    if filters.issuer:
        yield "issuer", ScopeItem("issuer", filters.issuer, source)
    if filters.notice_id:
        card = cards.get(filters.notice_id)
        yield "notice_id", ScopeItem("notice", card.title if card else filters.notice_id, source)
