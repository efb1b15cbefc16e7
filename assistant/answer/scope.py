"""Which notices and passages a question is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.naming import names_unit
from assistant.answer.topic import Group, Term, Topic, make_word
from assistant.answer.view import Entry, View
from corpus.places import short_name
from index.filters import passage_terms, required_terms
from index.fold import fold
from index.types import NoticeCard

_IN_DOCUMENT = re.compile(
    r"(?:通知|方案|意见|办法|条例|规定|措施|细则|预案|规划|计划|函|清单|公告)[”\"》]?(?:里面?|中|上|内|规定|要求|明确)|"
    r"\b(?:under|in|according to) the\b.*\b(?:plan|notice|rules|regulations?|measures|opinions?)\b"
)
_DESCRIBED, _CLEARLY = 6.0, 1.5  # weight of the words that a title holds; how much more than another's


@dataclass(frozen=True, slots=True)
class Scope:
    """The notices in scope and their passages; ``missing`` names what was asked for and is not in the corpus."""

    notices: tuple[NoticeCard, ...]
    entries: tuple[Entry, ...]
    missing_years: tuple[int, ...] = ()
    missing_places: tuple[str, ...] = ()


def scope_of(view: View, intent: Intent) -> Scope:
    """The scope of an intent: filters, years, level and headings; places are left to :func:`place_admits`."""
    entries = _filtered(view, intent)
    undated = _undated_in(entries, intent.years)
    years = {entry.stored.notice.year for entry in entries} | {year for held in undated.values() for year in held}
    missing_years = tuple(year for year in intent.years if year not in years)
    kept = [
        entry
        for entry in entries
        if (not intent.years or entry.stored.notice.year in intent.years or entry.stored.notice.notice_id in undated)
        and (intent.notice_level is None or entry.stored.notice.level == intent.notice_level)
        and (not intent.headings or _below(entry, intent.headings))
    ]
    missing_places = tuple(place for place in intent.places if not _known(place, view))
    notices = {entry.stored.notice.notice_id: entry.stored.notice for entry in kept}
    return Scope(tuple(notices.values()), tuple(kept), missing_years, missing_places)


def _undated_in(entries: list[Entry], years: tuple[int, ...]) -> dict[str, set[int]]:
    """Notices without a year of their own that name one of the years."""
    held: dict[str, set[int]] = {}
    for entry in entries if years else ():
        if entry.stored.notice.year is None:
            for year in years:
                if f"{year}年" in entry.folded:
                    held.setdefault(entry.stored.notice.notice_id, set()).add(year)
    return held


def within_described(scope: Scope, intent: Intent) -> Scope:
    """The scope without other notices, where a question describes one by its title (环境污染第三方治理的意见里…)."""
    if not _IN_DOCUMENT.search(intent.meant) or intent.compares:
        return scope
    told: dict[str, float] = {}
    for entry in scope.entries:
        notice_id = entry.stored.notice.notice_id
        if notice_id not in told:
            told[notice_id] = sum(g.weight * (g.match(entry.title) >= 1.0) for g in intent.topic.groups)
    first, second, *_ = *sorted(told.values(), reverse=True), 0.0, 0.0
    if first < _DESCRIBED or second * _CLEARLY > first:
        return scope
    kept = tuple(e for e in scope.entries if told[e.stored.notice.notice_id] == first)
    return replace(scope, notices=tuple(n for n in scope.notices if told.get(n.notice_id) == first), entries=kept)


def years_as_words(view: View, intent: Intent, missing: tuple[int, ...]) -> Intent:
    """A question whose years are no notice's years, but stand in one: the years are words of it then."""
    if not all(view.document_frequency(f"{year}年") for year in missing):
        return intent
    terms = tuple(Term(f"{year}年", make_word(view, f"{year}年")) for year in intent.years)
    return replace(intent, years=(), topic=Topic((*intent.topic.groups, Group(terms, each=True))))


def place_admits(places: tuple[str, ...], entry: Entry) -> bool:
    """Whether a passage belongs to one of the places: by its notice, by a unit in it, or because it names it."""
    if not places:
        return True
    region = entry.stored.notice.region or ""
    for place in places:
        if region.startswith(place) or any((unit.place or "").startswith(place) for unit in entry.stored.units):
            return True
        if short_name(place) in entry.stored.passage.text or short_name(place) in entry.stored.notice.title:
            return True
    return False


def notice_admits(places: tuple[str, ...], notice: NoticeCard) -> bool:
    """Whether a notice as a whole is one of the places' own (a district's plan is not the city's)."""
    return not places or any(notice.region == place for place in places)


def speaks_of(scope: Scope, asked: AskedUnit) -> bool:
    """Whether a notice in scope names a unit."""
    return any(
        asked.name in entry.folded
        or asked.name in entry.about
        or any(names_unit(asked, unit, entry.stored.notice) for unit in entry.stored.units)
        for entry in scope.entries
    )


def _filtered(view: View, intent: Intent) -> list[Entry]:
    required = required_terms(intent.filters)
    if not required:
        return view.entries
    out = []
    for entry in view.entries:
        terms = set(passage_terms(entry.stored.passage, entry.stored.notice))
        if all(terms & set(group) for group in required):
            out.append(entry)
    return out


def _below(entry: Entry, headings: tuple[str, ...]) -> bool:
    path = {fold(heading) for heading in entry.stored.passage.section_path}
    return bool(path & set(headings))


def _known(place: str, view: View) -> bool:
    return any(known.startswith(place) for known in view.places)
