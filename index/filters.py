"""One compiler for filters: both legs and both stores see the same terms.

Every passage carries filter terms (``year=2022``, ``region=天津市``). A filter asks for one term of each field it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from corpus.places import gazetteer, places_in
from corpus.types import Passage
from index.errors import BadQuery
from index.fold import fold
from index.types import Filters, NoticeCard

UNDISCLOSED = "unknown"  # the label of a notice that prints no disclosure line
FIELDS = ("year", "region", "unit", "issuer", "notice_id", "disclosure")


def passage_terms(passage: Passage, notice: NoticeCard) -> list[str]:
    """The filter terms of one passage."""
    terms = notice_terms(notice)
    for unit in passage.units:
        terms |= unit_terms(unit.name, unit.canonical)
    return sorted(terms)


def notice_terms(notice: NoticeCard) -> set[str]:
    """The filter terms of all passages of a notice."""
    terms = {f"notice_id={notice.notice_id}", f"disclosure={notice.disclosure or UNDISCLOSED}"}
    if notice.year is not None:
        terms.add(f"year={notice.year}")
    if notice.region:
        terms |= {f"region={name}" for name in _region_names(notice.region)}
    if notice.issuer:
        terms.add(f"issuer={fold(notice.issuer)}")
    return terms


@lru_cache(4096)
def unit_terms(name: str, canonical: str) -> frozenset[str]:
    """The filter terms of the passages that name a unit."""
    return frozenset({f"unit={fold(name)}", f"unit={fold(canonical)}"})


def required_terms(filters: Filters) -> list[list[str]]:
    """For each field that is filtered, the terms of which a passage must carry at least one."""
    groups: list[list[str]] = []
    if filters.year is not None:
        groups.append([f"year={filters.year}"])
    if filters.region:
        groups.append([f"region={_full_name(filters.region)}"])
    if filters.unit:
        groups.append([f"unit={fold(filters.unit)}"])
    if filters.issuer:
        groups.append([f"issuer={fold(filters.issuer)}"])
    if filters.notice_id:
        groups.append([f"notice_id={filters.notice_id}"])
    if filters.disclosure is not None:
        groups.append([f"disclosure={label}" for label in filters.disclosure])
    return groups


def from_mapping(values: dict[str, object]) -> Filters:
    """Filters from JSON.

    :raises BadQuery: a key or a value is none that can be filtered by
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise BadQuery(f"unknown filter {sorted(unknown)[0]!r}; filters are {', '.join(FIELDS)}")
    year = values.get("year")
    if isinstance(year, str) and year.strip().isdecimal():
        year = int(year)
    if year is not None and (isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2100):
        raise BadQuery(f"year must be a number such as 2024, not {year!r}")
    texts: dict[str, str | None] = {}
    for key in ("region", "unit", "issuer", "notice_id"):
        value = values.get(key)
        if value is not None and not isinstance(value, str):
            raise BadQuery(f"{key} must be text, not {value!r}")
        texts[key] = value.strip() or None if value else None
    disclosure = values.get("disclosure")
    if isinstance(disclosure, str):
        disclosure = [disclosure]
    if disclosure is not None and not (isinstance(disclosure, list) and all(isinstance(d, str) for d in disclosure)):
        raise BadQuery("disclosure must be a label such as 主动公开, or a list of labels")
    return Filters(year=year, disclosure=tuple(disclosure) if disclosure is not None else None, **texts)


def _region_names(region: str) -> Iterator[str]:
    """The region and everything that it lies in: 天津市滨海新区 → 天津市滨海新区, 滨海新区, 天津市."""
    yield region
    for start, end, _ in places_in(region):
        yield region[start:end]
        yield region[:end]


def _full_name(region: str) -> str:
    """天津 → 天津市; names that the gazetteer lacks stay as they are."""
    name = fold(region).strip()
    for place in gazetteer():
        if name in place.aliases or name in (english.lower() for english in place.english):
            return place.name
    return name
