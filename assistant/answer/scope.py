"""Which notices and passages a question is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from assistant.answer.columns import Columns, Mask
from assistant.answer.intent import AskedUnit, Intent
from assistant.answer.naming import maybe_naming, names_unit
from assistant.answer.reach import group_shares
from assistant.answer.selection import Selection
from assistant.answer.shard import Entry
from assistant.answer.shard_writer import spelled
from assistant.answer.topic import Group, Term, Topic, make_word
from assistant.answer.view import View
from corpus.places import short_name
from index.filters import required_terms
from index.types import NoticeCard

_IN_DOCUMENT = re.compile(
    r"(?:通知|方案|意见|办法|条例|规定|措施|细则|预案|规划|计划|函|清单|公告)[”\"》]?(?:里面?|中|上|内|规定|要求|明确)|"
    r"\b(?:under|in|according to) the\b.*\b(?:plan|notice|rules|regulations?|measures|opinions?)\b"
)
_DESCRIBED, _CLEARLY = 6.0, 1.5  # weight of the words that a title holds; how much more than another's


@dataclass(frozen=True, slots=True)
class Scope:
    """The notices in scope and their passages; ``missing`` names what was asked for and is not in the corpus."""

    notices: Sequence[NoticeCard]
    entries: Selection
    missing_years: tuple[int, ...] = ()
    missing_places: tuple[str, ...] = ()


def scope_of(view: View, intent: Intent) -> Scope:
    """The scope of an intent: filters, years, level and headings; places are left to :func:`place_admits`."""
    columns = view.columns
    entries = _filtered(columns, intent)
    missing_years: tuple[int, ...] = ()
    if intent.years:
        held = columns.counts(entries.mask) > 0
        dated = {year: columns.years == year for year in intent.years}
        undated = {year: _undated_in(entries, year) for year in intent.years}
        missing_years = tuple(y for y in intent.years if not ((dated[y] & held).any() or undated[y].any()))
        named = [dated[year] for year in intent.years] + [undated[year] for year in intent.years]
        entries = entries.where(columns.of_numbers(np.logical_or.reduce(named)))
    if intent.notice_level is not None:
        entries = entries.where(columns.of_notices(lambda notice: notice.level == intent.notice_level))
    if intent.headings:
        entries = entries.where(
            columns.at(columns.by_heading[heading] for heading in intent.headings if heading in columns.by_heading)
        )
    missing_places = tuple(place for place in intent.places if not _known(place, view))
    return Scope(entries.notices, entries, missing_years, missing_places)


def _undated_in(entries: Selection, year: int) -> Mask:
    """Notices without a year of their own that name one; [number of notices]."""
    columns = entries.columns
    naming = columns.folded.holding(f"{year}年")
    held = np.zeros(len(columns.years), np.bool_)
    held[columns.notice[naming[entries.mask[naming]]]] = True
    undated: Mask = held & (columns.years == 0)
    return undated


def within_described(scope: Scope, intent: Intent) -> Scope:
    """The scope without other notices, where a question describes one by its title (环境污染第三方治理的意见里…)."""
    if not _IN_DOCUMENT.search(intent.meant) or intent.compares:
        return scope
    columns = scope.entries.columns
    told = np.zeros(len(columns.years))
    for group in intent.topic.groups:
        told += group.weight * (group_shares(columns.titles, group) >= 1.0)
    told[columns.counts(scope.entries.mask) == 0] = 0.0
    first, second, *_ = *sorted(told.tolist(), reverse=True), 0.0, 0.0
    if first < _DESCRIBED or second * _CLEARLY > first:
        return scope
    kept = scope.entries.where(columns.of_numbers(told == first))
    return replace(scope, notices=kept.notices, entries=kept)


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
        short = _short(place)
        if short in entry.stored.passage.text or short in entry.stored.notice.title:
            return True
    return False


@lru_cache(maxsize=1024)
def _short(place: str) -> str:
    """A place as texts write it: 重庆, 湖北, 广西, 滨海新区."""
    return re.sub(r"(?<=..)(?:市|省|(?:壮族|回族|维吾尔)?自治区)$", "", short_name(place))


def admitted_by(places: tuple[str, ...], view: View, entries: Selection) -> Selection:
    """The passages that belong to one of the places, as :func:`place_admits` says."""
    if not places:
        return entries
    columns = view.columns
    mask = columns.of_numbers(columns.in_regions(places, inner=True))
    for positions in columns.in_places(places):
        mask[positions] = True
    letters = [spelled(_short(place)) for place in places]
    spoken = columns.of_numbers(columns.spelled_titles.mask(letters))
    for form in letters:
        spoken[columns.spelled.holding(form)] = True
    for position in np.flatnonzero(entries.mask & spoken & ~mask).tolist():
        mask[position] = place_admits(places, columns.entries[position])
    return entries.where(mask)


def notice_admits(places: tuple[str, ...], notice: NoticeCard) -> bool:
    """Whether a notice as a whole is one of the places' own (a district's plan is not the city's)."""
    return not places or any(notice.region == place for place in places)


def speaks_of(scope: Scope, asked: AskedUnit) -> bool:
    """Whether a notice in scope names a unit."""
    columns = scope.entries.columns
    if scope.entries.mask[columns.folded.holding(asked.name)].any():
        return True
    if (described := columns.abouts.mask([asked.name])).any() and scope.entries.mask[
        columns.of_numbers(described)
    ].any():
        return True
    return any(
        names_unit(asked, unit, entry.stored.notice)
        for entry in scope.entries.where(maybe_naming(columns, (asked,)))
        for unit in entry.stored.units
    )


def _filtered(columns: Columns, intent: Intent) -> Selection:
    mask = columns.everywhere()
    for terms in required_terms(intent.filters):
        mask &= columns.carrying(terms)
    return Selection(columns, mask)


def _known(place: str, view: View) -> bool:
    return view.speaks_of(place)
